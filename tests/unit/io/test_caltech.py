from pathlib import Path

from bout_tables import recording

from behaviorvlm.io import caltech
from behaviorvlm.types import Behavior, Ethogram
from behaviorvlm.types.bout_table import BoutTable


def test_every_frame_of_a_stream_has_a_behavior_and_overlaps_get_a_stream(tmp_path: Path) -> None:
    said = [
        ("m1", "", "rear up", 2, 6),
        ("m1", "", "groom", 4, 8),
        ("m1", "", "rear up", 8, 9),
        ("m2", "", "other", 0, 1),
    ]
    table = BoutTable((recording("day", said, n_frames=10),), Ethogram((Behavior("rear_up"),)))
    path, names = caltech.write(tmp_path / "day_annot.txt", table)
    lines = path.read_text().splitlines()
    assert lines[:3] == ["Caltech Behavior Annotator - Annotation File", "", "Configuration file:"]
    streams = [line[:2] for line in lines if line.startswith("S")]
    assert streams == ["S1", "S2", "S3"]
    rows = [tuple(line.split()) for line in lines if line.startswith("   ")]
    assert rows == [
        ("1", "2", "other"), ("3", "6", "rear_up_2"), ("7", "8", "other"), ("9", "9", "rear_up_2"),
        ("10", "10", "other"),
        ("1", "4", "other"), ("5", "8", "groom"), ("9", "10", "other"),
        ("1", "1", "other_"), ("2", "10", "other"),
    ]  # fmt: skip
    said_names = names.read_text().splitlines()
    assert ",behavior,rear_up_2,rear up" in said_names
    assert "day,stream,S2,m1" in said_names and "day,stream,S3,m2" in said_names


def test_what_nobody_named_makes_no_bout(tmp_path: Path) -> None:
    table = BoutTable((recording("day", [("m1", "", "rest", 0, 5)], n_frames=9, individuals=("m1",)),), Ethogram(()))
    path, *_ = caltech.write(tmp_path / "day.txt", table)
    found = caltech.read(path, frame_rate_hz=30.0)
    assert [(bout.behavior, bout.start_frame, bout.stop_frame) for bout in found.bouts] == [("rest", 0, 5)]
    assert found.recordings[0].n_frames == 9
