from __future__ import annotations

import json
from pathlib import Path

import pytest

from behaviorvlm.errors import RunStorageError, SettingsError
from behaviorvlm.io.export_folder import RECORD, read_cameras, read_record, replacing_folder


def write(path: Path, text: str = "1", **options: object) -> None:
    with replacing_folder(path, format="coco", **options) as folder:  # type: ignore[arg-type]
        (folder / "in").mkdir()
        (folder / "in" / "a.txt").write_text(text)
        (folder / "link").symlink_to("/nowhere")


def test_a_folder_says_what_it_holds_and_is_replaced(tmp_path: Path) -> None:
    write(tmp_path / "out", notes={"cameras": {"top.csv": "top"}, "frame_offsets": {"top": 3, "odd": "x"}})
    record = read_record(tmp_path / "out")
    assert record["format"] == "coco"
    assert set(record["files"]) == {"in/a.txt", "link"}  # type: ignore[call-overload]
    assert read_cameras(tmp_path / "out") == ({"top.csv": "top"}, {"top": 3})
    write(tmp_path / "out", "2")
    assert (tmp_path / "out/in/a.txt").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    write(tmp_path)
    assert (tmp_path / "in" / "a.txt").exists()


@pytest.mark.parametrize("change", ["added", "changed", "relinked"])
def test_work_in_the_folder_is_not_lost(tmp_path: Path, change: str) -> None:
    write(tmp_path / "out")
    if change == "added":
        (tmp_path / "out" / "model.pt").write_text("weeks of training")
    elif change == "changed":
        (tmp_path / "out" / "in" / "a.txt").write_text("corrected by hand")
    else:
        (tmp_path / "out" / "link").unlink()
        (tmp_path / "out" / "link").symlink_to("/elsewhere")
    with pytest.raises(SettingsError, match="changed or added since"):
        write(tmp_path / "out", "2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize("name", ["out", "out.partial", "out.former"])
def test_a_folder_of_others_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.docx").write_text("x")
    with pytest.raises(SettingsError, match="would be overwritten"):
        write(tmp_path / "out")
    assert (tmp_path / name / "thesis.docx").exists()


def test_an_export_in_another_format_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "out")
    with (
        pytest.raises(SettingsError, match=r"(?s)would be overwritten.*an export to coco"),
        replacing_folder(tmp_path / "out", format="sleap"),
    ):
        pass
    assert (tmp_path / "out" / "in" / "a.txt").exists()


def test_a_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(SettingsError, match="would be overwritten"):
        write(tmp_path / "out")


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    write(tmp_path / "out")
    with pytest.raises(KeyError), replacing_folder(tmp_path / "out", format="coco") as folder:
        (folder / "half").write_text("x")
        raise KeyError
    assert (tmp_path / "out" / "in" / "a.txt").read_text() == "1"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_kill_left_behind_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / RECORD).write_text(json.dumps({"format": "coco", "files": {}}))
    (tmp_path / "out.partial" / "half.png").write_text("x")
    write(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunStorageError), replacing_folder(tmp_path / "out", format="coco"):
        raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())
