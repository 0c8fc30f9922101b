"""Every format of bouts: written, recognized, read, and what it says it keeps is kept."""

import csv
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest
from bout_tables import keys, recording, two_recordings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.behavior_formats import BEHAVIOR_FORMATS
from behaviorvlm.io.behavior_labels import detect_label_format, read_labels
from behaviorvlm.io.file_format import FileFormat, function
from behaviorvlm.io.registry import recognized, told_by_ending
from behaviorvlm.types import Ethogram
from behaviorvlm.types.bout_table import BoutTable

FRAMES = ("behavior", "start_frame", "stop_frame")
WHOLE = ("csv", "parquet", "boris", "boris-aggregated", "boris-tabular", "srt", "nwb")
"""Those that keep who does what to whom."""
KIND = {
    "boris-aggregated": "boris",
    "boris-tabular": "boris",
    "boris-binary": "boris",
    "asoid": "boris",
    "simba": "boris",
}


ODD = (b"", b"\x89HDF\r\n\x1a\n\x00\x00", b"PAR1\x00", b'{"observations": 1', b"a,b\n1,2\n", b"\xff\xfe")


def formats(*names: str) -> list[object]:
    ready = [one for one in BEHAVIOR_FORMATS if not names or one.name in names]
    return [
        pytest.param(one, id=one.name, marks=pytest.mark.skipif(not one.is_ready, reason=f"{one.needs} is missing"))
        for one in ready
    ]


def place(one: FileFormat, folder: Path) -> Path:
    return folder / ("out" if "a file for each" in one.title else f"x{one.endings[0] if one.endings else '.csv'}")


def written(one: FileFormat, table: BoutTable, folder: Path) -> Path:
    path = place(one, folder)
    files = function(one.write)(path, table)
    assert files and all(file.is_file() and folder in file.resolve().parents for file in files)
    return path


@pytest.mark.parametrize("one", formats())
def test_what_is_written_is_recognized_and_read_to_the_same_frames(one: FileFormat, tmp_path: Path) -> None:
    table = two_recordings()
    path = written(one, table, tmp_path)
    kind = {"asoid": "boris-binary", "simba": "boris-tabular"}.get(one.name, one.name)
    assert recognized(path).name == kind
    found = function(one.read)(path, frame_rate_hz=None if one.name in WHOLE[:-2] else 30.0)
    fields = () if one.name in WHOLE else FRAMES
    if one.name in ("csv", "parquet", "boris", "boris-aggregated", "boris-tabular", "nwb"):
        assert keys(found) == keys(table)
    elif one.name == "mabe":
        assert keys(found, *FRAMES) == keys(table, *FRAMES)
    elif one.name == "caltech":  # no spaces there
        spaced = [(str(name).replace("_", " "), *frames) for name, *frames in keys(found, *FRAMES)]
        assert spaced == keys(table, *FRAMES)
    else:  # seconds of day 2, read at another rate, and columns in which what touches is one
        first = BoutTable(tuple(each for each in found.recordings if each.name.startswith("day 1")), Ethogram(()))
        wanted = BoutTable(table.recordings[:1], Ethogram(()))
        joined = one.name in ("simba", "boris-binary", "asoid", "calms21")
        assert joined or keys(first, *(fields or FRAMES)) == keys(wanted, *(fields or FRAMES))
        assert _frames_of(first) == _frames_of(wanted)


def _frames_of(table: BoutTable) -> set[tuple[str, int]]:
    return {(bout.behavior, frame) for bout in table.bouts for frame in range(bout.start_frame, bout.stop_frame)}


@pytest.mark.parametrize("one", formats())
def test_one_recording_is_labels_for_evaluation(one: FileFormat, tmp_path: Path) -> None:
    said = [("m1", "", "sniff", 0, 1), ("m1", "", "rest", 10, 50)]
    table = BoutTable((recording("day", said, individuals=("m1",)),), Ethogram(()))
    path = tmp_path / (f"day{one.endings[0]}" if one.endings else "day.csv")
    function(one.write)(path, table)
    assert detect_label_format(path) == KIND.get(one.name, one.name)
    labels = read_labels(path, frame_rate_hz=30.0, recording="day")
    assert [(bout.behavior, bout.start_frame, bout.stop_frame) for bout in labels.bouts] == [
        ("sniff", 0, 1), ("rest", 10, 50),
    ]  # fmt: skip


@pytest.mark.parametrize("one", formats())
def test_names_that_would_leave_the_folder_stay_in_it(one: FileFormat, tmp_path: Path) -> None:
    said = [("../m1", "", "sniff", 3, 9)]
    hostile = (recording("../../up", said), recording("/etc/passwd", said), recording("..", said))
    folder = tmp_path / "deep" / "deeper"
    written(one, BoutTable(hostile, Ethogram(())), folder)
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and folder not in path.parents]
    assert not outside


@pytest.mark.parametrize("one", formats("csv", "boris-aggregated", "boris-tabular", "mabe", "vtrace", "simba", "asoid"))
def test_no_cell_is_a_formula(one: FileFormat, tmp_path: Path) -> None:
    said = [("=1+1", "", '=HYPERLINK("http://x","y")', 3, 9), ("=1+1", "", "@SUM(A1)\nsecond, line", 10, 12)]
    table = BoutTable((recording("-day", said, individuals=("=1+1",)),), Ethogram(()))
    path = tmp_path / "x.csv"
    for file in function(one.write)(path, table):
        with file.open(newline="", encoding="utf-8") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "\t", "\r"))], file
    found = function(one.read)(path, frame_rate_hz=30.0)
    assert {bout.behavior.split("(")[0] for bout in found.bouts} == {"=HYPERLINK", "@SUM"}


@pytest.mark.parametrize("one", formats("nwb", "simba", "asoid", "caltech", "vtrace", "srt", "boris-binary"))
def test_a_folder_in_use_is_not_written_over_but_an_export_is(one: FileFormat, tmp_path: Path) -> None:
    table = two_recordings()
    path = written(one, table, tmp_path)
    shorter = BoutTable(table.recordings[:1], table.ethogram)
    function(one.write)(path, shorter)
    assert not list(path.rglob("day 2*"))
    (path / "mine.txt").write_text("notes")
    with pytest.raises(SettingsError, match=r"mine\.txt"):
        function(one.write)(path, table)


@pytest.mark.parametrize("one", formats("nwb", "simba", "asoid", "caltech", "vtrace", "srt", "boris-binary"))
def test_one_file_for_two_recordings_is_refused(one: FileFormat, tmp_path: Path) -> None:
    ending = one.endings[0] if one.endings else ".csv"
    with pytest.raises(SettingsError, match="folder"):
        function(one.write)(tmp_path / f"x{ending}", two_recordings())


@pytest.mark.parametrize("one", formats())
@pytest.mark.parametrize("content", ODD)
def test_what_it_is_not_is_refused_by_name(one: FileFormat, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    assert not (one.name != "parquet" and function(one.recognize)(path))
    with pytest.raises(FormatError, match=r"odd\.csv"):
        function(one.read)(path, frame_rate_hz=30.0)


def test_endings_say_the_format() -> None:
    found = {name: told_by_ending(Path(name), "behavior") for name in ("a.csv", "a.boris", "a.nwb", "a_aggregated.csv")}
    assert {name: one.name if one else "" for name, one in found.items()} == {
        "a.csv": "csv", "a.boris": "boris", "a.nwb": "nwb", "a_aggregated.csv": "boris-aggregated",
    }  # fmt: skip


NAME = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=8)


@st.composite
def bouts_of_one(draw: st.DrawFn) -> BoutTable:
    n_frames = draw(st.integers(2, 60))
    cuts = sorted(draw(st.sets(st.integers(0, n_frames), min_size=2, max_size=8)))
    behaviors = draw(st.lists(NAME, min_size=1, max_size=3, unique=True))
    said = [
        ("m1", "", draw(st.sampled_from(behaviors)), start, stop)
        for start, stop in pairwise(cuts)
        if draw(st.booleans())
    ]
    rate = draw(st.sampled_from([15.0, 25.0, 29.97, 30.0, 59.94, 120.0]))
    return BoutTable((recording("day", said, n_frames=n_frames, rate_hz=rate, individuals=("m1",)),), Ethogram(()))


@pytest.mark.parametrize("one", formats("csv", "boris-aggregated", "boris-tabular", "mabe", "vtrace", "calms21"))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=bouts_of_one())
def test_any_bouts_come_back(one: FileFormat, tmp_path: Path, table: BoutTable) -> None:
    path = tmp_path / ("x.json" if one.name == "calms21" else "x.csv")
    function(one.write)(path, table)
    found = function(one.read)(path, frame_rate_hz=table.recordings[0].frame_rate_hz)
    if one.name == "calms21":  # what touches is one stretch there
        wanted, got = _frames_of(table), _frames_of(found)
        assert got == {pair for pair in wanted if pair[0] != "other"}
    else:
        assert keys(found, *FRAMES) == keys(table, *FRAMES)


def test_every_row_says_what_it_keeps_and_who_judged_it() -> None:
    assert len({one.name for one in BEHAVIOR_FORMATS}) == len(BEHAVIOR_FORMATS)
    assert all(one.keeps and one.loses and one.judge and one.title for one in BEHAVIOR_FORMATS)
    assert all(
        find_spec(place.split(":")[0]) for one in BEHAVIOR_FORMATS for place in (one.read, one.write, one.recognize)
    )
