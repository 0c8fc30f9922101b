from __future__ import annotations

from pathlib import Path

import pytest

from behaviorvlm.errors import RunStorageError
from behaviorvlm.io.atomic import replacing, write_text


def test_makes_the_folder_and_leaves_only_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.csv"
    write_text(path, "a\nb\n")
    assert path.read_bytes() == b"a\nb\n"
    assert [file.name for file in path.parent.iterdir()] == ["table.csv"]


def test_a_failing_block_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text("half of the new")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text(path, "old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunStorageError, match="disk is full"), replacing(tmp_path / "x") as temporary:
        raise OSError(28, "No space left on device", str(temporary))


def test_a_place_that_takes_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunStorageError, match="cannot be written") as caught:
        write_text(tmp_path / "file" / "table.csv", "x")
    assert "table.csv" in caught.value.where
    assert "writable" in caught.value.remedy
