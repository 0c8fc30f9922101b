"""Every row of the registry can be kept: its functions are there, take what they must, and endings tell one format."""

from __future__ import annotations

import inspect
from collections import Counter
from pathlib import Path

import pytest

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.file_format import FileFormat, function
from behaviorvlm.io.registry import FORMATS, find_format, recognized, told_by_ending, writable_names

HINTS = {"pose": (), "behavior": ("frame_rate_hz",), "calibration": ("units", "image_size")}
IDS = [f"{one.name}-{one.content}" for one in FORMATS]


@pytest.mark.parametrize("row", FORMATS, ids=IDS)
def test_functions_are_there_and_take_what_they_must(row: FileFormat) -> None:
    if not row.is_ready:
        pytest.skip(f"{row.needs} is not installed")
    if row.read:
        taken = inspect.signature(function(row.read)).parameters
        assert set(HINTS[row.content]) <= set(taken), "a hint the reader does not take"
        assert next(iter(taken)) == "path"
    if row.write:
        taken = inspect.signature(function(row.write)).parameters
        assert len(taken) >= (3 if row.content == "pose" else 2)
    if row.recognize:
        assert function(row.recognize)(Path(__file__)) is False, "it takes a Python file for its own"


@pytest.mark.parametrize("row", FORMATS, ids=IDS)
def test_rows_say_what_users_ask(row: FileFormat) -> None:
    assert row.title and row.keeps and row.loses
    assert row.read or row.write
    assert row.judge or not row.write or row.content == "calibration"
    assert bool(row.needs) == bool(row.extra), "who needs a package says which extra brings it"


def test_a_name_holds_each_content_once_and_an_ending_tells_one_format() -> None:
    assert not [key for key, count in Counter((one.name, one.content) for one in FORMATS).items() if count > 1]
    endings = Counter((one.content, ending) for one in FORMATS if one.write for ending in one.endings)
    assert not [key for key, count in endings.items() if count > 1]


def test_the_longest_ending_wins() -> None:
    found = told_by_ending(Path("my.points3d.csv"), "pose")
    assert found is not None and found.name == "anipose"
    assert told_by_ending(Path("my.unheard"), "pose") is None
    assert "anipose" in writable_names("pose")


def test_unknown_names_are_answered_with_the_known(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="anipose"):
        find_format("aniposee", "pose", to="write")
    (tmp_path / "a.csv").write_text("nonsense")
    with pytest.raises(FormatError, match="no known format"):
        recognized(tmp_path / "a.csv")
    with pytest.raises(FormatError, match="no such file"):
        recognized(tmp_path / "b.csv")
    with pytest.raises(SettingsError, match="can be read"):
        recognized(tmp_path / "a.csv", name="unheard")
