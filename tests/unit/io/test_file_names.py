from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.io.file_names import file_names


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_names_stay_in_their_folder_and_differ(names: list[str]) -> None:
    found = file_names(names)
    assert len(set(found)) == len(names)
    for name in found:
        assert Path("/a/b", name).parent == Path("/a/b") and Path(f"/a/{name}").resolve() != Path("/a").resolve()
        assert "\0" not in name and 0 < len(name.encode()) < 130


def test_usual_names_are_kept_and_hostile_ones_are_not() -> None:
    assert file_names(["cam 0", "Käfig-2", "../../etc/passwd", "a/b", "a_b", ""]) == (
        "cam 0", "Käfig-2", "__.._etc_passwd", "a_b", "a_b_2", "_",
    )  # fmt: skip
