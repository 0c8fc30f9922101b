from pathlib import Path

import pytest
from bout_tables import keys, recording

from behaviorvlm.errors import FormatError
from behaviorvlm.io import srt
from behaviorvlm.types import Ethogram
from behaviorvlm.types.bout_table import BoutTable


def test_styles_and_separators_in_names_do_no_harm(tmp_path: Path) -> None:
    said = [("m: 1", "m → 2", "<b>rear</b>\n\n{\\an8}: up", 0, 1)]
    (path,) = srt.write(tmp_path / "day.srt", BoutTable((recording("day", said),), Ethogram(())))
    assert path.read_text().splitlines()[:3] == [
        "1", "00:00:00,000 --> 00:00:00,033", "m:1: \u2039b\u203arear\u2039/b\u203a  (\\an8):up → m→2",
    ]  # fmt: skip
    (bout,) = srt.read(path, frame_rate_hz=30.0).bouts
    assert (bout.individual, bout.target, bout.start_frame, bout.stop_frame) == ("m:1", "m→2", 0, 1)


def test_a_folder_holds_one_for_each_animal_too(tmp_path: Path) -> None:
    said = [("m1", "", "rest", 0, 5), ("m2", "", "run", 3, 9)]
    table = BoutTable((recording("day", said),), Ethogram(()))
    files = srt.write(tmp_path / "out", table)
    names = [file.relative_to(tmp_path / "out").as_posix() for file in files]
    assert names == ["day.srt", "individuals/day_m1.srt", "individuals/day_m2.srt"]
    assert "run" not in files[1].read_text() and "rest" not in files[2].read_text()
    assert keys(srt.read(tmp_path / "out", frame_rate_hz=30.0)) == keys(table)


def test_subtitles_of_people(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    first = "1\r\n100:00:01.5 --> 100:00:02,000\r\n<i>rest</i>\r\nm1: run\r\n\r\n"
    path.write_text(f"\ufeff{first}2\r\n0:00:00,000 --> 0:00:01,000\r\n\r\n", encoding="utf-8", newline="")
    assert [(one.individual, one.behavior, one.start) for one in srt.read_intervals(path).intervals] == [
        ("", "rest", 360001.5), ("m1", "run", 360001.5),
    ]  # fmt: skip
    path.write_text("1\n00:00:02,000 --> 00:00:01,000\nrest\n")
    with pytest.raises(FormatError, match="line 2"):
        srt.read_intervals(path)
