from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import FormatError
from behaviorvlm.io.toml_file import did_you_mean, read_toml, toml_key, toml_table, toml_value

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(-(2**60), 2**60), st.booleans(), st.floats(allow_nan=False)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_values_come_back(value: object) -> None:
    assert tomllib.loads(f"v = {toml_value(value)}")["v"] == value


@given(st.dictionaries(TEXTS, st.integers(0, 9), max_size=4))
def test_tables_come_back(table: dict[str, int]) -> None:
    assert tomllib.loads(toml_table("t", table))["t"] == table


def test_plain_keys_stand_without_quotes() -> None:
    assert toml_key("left_ear-2") == "left_ear-2"
    assert toml_key("left ear") == '"left ear"'


@pytest.mark.parametrize("content", [None, b"a = ", b"\xff\xfe"])
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "t.toml").write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read_toml(tmp_path / "t.toml")
    assert caught.value.where == str(tmp_path / "t.toml")


def test_suggests_the_nearest_name() -> None:
    assert did_you_mean("left_eer", ["left_ear", "tail"]) == "did you mean left_ear?"
    assert did_you_mean("zzz", ["left_ear"]) == ""
