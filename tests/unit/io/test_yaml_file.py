from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.yaml_file import read_yaml, yaml_text

yaml = pytest.importorskip("yaml")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**6), 10**6), TEXT, st.sampled_from([0.5, -1.25]))
VALUES = st.recursive(
    SCALARS | st.lists(SCALARS | st.lists(TEXT)), lambda inner: st.dictionaries(TEXT, inner, max_size=3)
)


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_what_is_written_is_read_by_pyyaml(values: dict[str, object]) -> None:
    assert (yaml.safe_load(yaml_text(values)) or {}) == values


def test_words_of_yaml_are_not_taken_for_text() -> None:
    assert yaml.safe_load(yaml_text({"on": "no", "x": ["null", "1e3", "3", "y"]})) == {
        "on": "no",
        "x": ["null", "1e3", "3", "y"],
    }


@pytest.mark.parametrize("text", ["a: [1", "- 1\n", "a: !!python/object:os.system x\n"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(FormatError, match=r"c\.yaml"):
        read_yaml(tmp_path / "c.yaml")


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(SettingsError, match=r"behaviorvlm\[labels\]"):
        read_yaml(tmp_path / "c.yaml")
