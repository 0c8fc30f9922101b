"""A prompt is parsed, checked and filled; what is unknown or lacking is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import PromptError
from behaviorvlm.prompts.template import Prompt

TEXT = '---\nneeds: view, names\nmay_use: hints\n---\nFind {{names}}.\n{{ view }}\nAnswer {"a": {"b": 1}}.\n'
PACKAGED = Prompt.parse(TEXT, "find")


def test_front_matter_declares_the_variables() -> None:
    assert (PACKAGED.needs, PACKAGED.may_use) == (("view", "names"), ("hints",))
    assert PACKAGED.used == {"view", "names"}
    assert PACKAGED.body.startswith("Find {{names}}")


def test_texts_join_and_other_parts_stay_between_them() -> None:
    picture = object()
    parts = PACKAGED.fill(names="a, b", view=["Look:", picture])
    assert parts == ["Find a, b.\nLook:", picture, 'Answer {"a": {"b": 1}}.']


def test_blank_values_leave_no_empty_part() -> None:
    assert PACKAGED.fill(names="a", view=[object()], hints="")[0] == "Find a."


def test_a_value_is_never_filled_again() -> None:
    assert PACKAGED.fill(names="{{view}}", view="x")[0].startswith("Find {{view}}.\nx")


@given(st.dictionaries(st.sampled_from(["view", "names"]), st.text(max_size=20), min_size=2))
def test_filling_is_the_text_with_its_places_replaced(values: dict[str, str]) -> None:
    (text,) = PACKAGED.fill(**values)
    assert text == f'Find {values["names"]}.\n{values["view"]}\nAnswer {{"a": {{"b": 1}}}}.'.strip()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{{view}} {{names}} {{nmes}}", "nmes"),
        ("{{view}} {{Names}} {{names}}", "Names"),
        ("{{view}} {{names-of}} {{names}}", "names-of"),
        ("{{view}}", "names"),
        ("nothing at all", "view"),
    ],
)
def test_an_unknown_or_lacking_variable_is_named_beside_those_allowed(text: str, named: str) -> None:
    with pytest.raises(PromptError) as caught:
        Prompt.parse(text, "find", like=PACKAGED)
    assert named in caught.value.message
    assert all(name in caught.value.expected for name in ("view", "names", "hints"))
    assert caught.value.remedy


def test_a_users_front_matter_may_not_invent_variables() -> None:
    with pytest.raises(PromptError, match="no variable sky"):
        Prompt.parse("---\nneeds: view, sky\n---\n{{view}} {{sky}} {{names}}", "find", like=PACKAGED)


def test_a_users_file_may_leave_the_front_matter_out() -> None:
    mine = Prompt.parse("Mine: {{names}} {{view}} {{hints}}", "find", like=PACKAGED)
    assert mine.variables == PACKAGED.variables
    assert mine.fill(names="a", view="b", hints="c") == ["Mine: a b c"]


@pytest.mark.parametrize("head", ["needs view", "wants: view", "needs: view\n\nhello"])
def test_a_head_that_is_not_understood_is_refused(head: str) -> None:
    with pytest.raises(PromptError, match="head of the prompt find"):
        Prompt.parse(f"---\n{head}\n---\n{{{{view}}}}", "find")


def test_packaged_text_must_use_what_it_needs() -> None:
    with pytest.raises(PromptError, match="does not use names"):
        Prompt.parse("---\nneeds: view, names\n---\n{{view}}", "find")


def test_filling_wants_every_used_variable_and_no_other() -> None:
    with pytest.raises(PromptError, match="not given view"):
        PACKAGED.fill(names="a")
    with pytest.raises(PromptError, match="no variable sky"):
        PACKAGED.fill(names="a", view="b", sky="c")


def test_the_hash_is_of_the_whole_text_whatever_the_line_ends() -> None:
    assert Prompt.parse(TEXT.replace("\n", "\r\n"), "find").sha256 == PACKAGED.sha256
    assert Prompt.parse(TEXT + " ", "find").sha256 != PACKAGED.sha256
