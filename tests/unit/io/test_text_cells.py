from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.io.text_cells import FORMULA, guarded, legal_names, one_line, unguarded


@given(st.text(st.sampled_from("'=+-@\t\ra1 ")))
def test_guarding_is_undone(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in tuple("=+-@\t\r")


def test_plain_names_are_left_alone() -> None:
    assert [guarded(name) for name in ("rear up", "'quoted'", "", "a=b")] == ["rear up", "'quoted'", "", "a=b"]
    assert FORMULA.match("=1")


@given(st.lists(st.text(max_size=4)))
def test_legal_names_are_different(names: list[str]) -> None:
    legal = legal_names(names, lambda name: one_line(name).replace("|", "/")[:2])
    assert len(set(legal.values())) == len(set(names)) and set(legal) == set(names)
