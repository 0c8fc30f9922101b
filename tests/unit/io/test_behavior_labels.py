from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from track_files import calms21

from behaviorvlm.errors import FormatError, InputError, SettingsError
from behaviorvlm.io.behavior_labels import detect_label_format, read_labels
from behaviorvlm.types import Bout

CALTECH = """Caltech Behavior Annotator - Annotation File

Configuration file:
base\tz
social contact\ts

S1:\tstart\tend\ttype
-----------------------------
   \t1\t10\tbase
   \t11\t20\tsocial contact
BLANKS
S2:\tstart\tend\ttype
-----------------------------
   \t1\t20\tbase
""".replace("BLANKS", "  ")
CALMS21_TABLE = "labelId,timestamp,endTimestamp\ninvestigation,0.100,0.300\nattack,0.300,0.400\n"
TABLE = "recording,individual,behavior,start_frame,stop_frame\nr1,m1,rest,0,4\nr1,m2,walk,2,6\nr2,m1,eat,1,3\n"


def written(folder: Path, text: str, name: str = "labels.txt") -> Path:
    (folder / name).write_text(text)
    return folder / name


def spans(bouts: tuple[Bout, ...]) -> list[tuple[str, str, int, int]]:
    return [(bout.individual, bout.behavior, bout.start_frame, bout.stop_frame) for bout in bouts]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_caltech_counts_from_one_and_includes_both_ends(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "a_annot.txt"
    path.write_bytes(CALTECH.replace("\n", newline).encode())
    assert detect_label_format(path) == "caltech"
    labels = read_labels(path, frame_rate_hz=10, recording="r")
    assert labels.streams == ("S1", "S2")
    assert labels.n_frames == 20
    assert set(spans(labels.bouts)) == {
        ("S1", "base", 0, 10), ("S1", "social contact", 10, 20), ("S2", "base", 0, 20)
    }  # fmt: skip
    assert {bout.recording for bout in labels.bouts} == {"r"}
    only = read_labels(path, stream="S1", frame_rate_hz=10)
    assert (only.streams, only.behaviors) == (("S1", "S2"), ("base", "social contact"))
    assert [(bout.start_s, bout.stop_s) for bout in only.bouts] == [(0, 1), (1, 2)]


def test_a_stream_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no stream S3") as caught:
        read_labels(written(tmp_path, CALTECH), stream="S3", frame_rate_hz=10)
    assert caught.value.expected == "one of S1, S2"


@pytest.mark.parametrize("line", ["   \t11\tsocial", "   \t20\t11\tsocial", "   \t0\t11\tsocial"])
def test_bad_lines_of_caltech_are_told(tmp_path: Path, line: str) -> None:
    with pytest.raises(FormatError, match="no interval") as caught:
        read_labels(written(tmp_path, CALTECH.replace("   \t11\t20\tsocial contact", line)), frame_rate_hz=10)
    assert "line 10" in caught.value.where


def test_tables_of_calms21(tmp_path: Path) -> None:
    path = written(tmp_path, CALMS21_TABLE)
    assert detect_label_format(path) == "calms21"
    labels = read_labels(path, frame_rate_hz=30)
    assert spans(labels.bouts) == [("resident", "investigation", 3, 9), ("resident", "attack", 9, 12)]
    assert labels.bouts[0].target == "intruder"
    with pytest.raises(FormatError, match="no label"):
        read_labels(written(tmp_path, CALMS21_TABLE + "mount,x,1\n"), frame_rate_hz=30)


def test_labels_beside_the_points_of_calms21(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(calms21()), "calms21.json")
    labels = read_labels(path, frame_rate_hz=30, recording="task1_train_mouse002_task1_annotator1")
    assert spans(labels.bouts) == [("resident", "attack", 2, 4), ("resident", "investigation", 4, 6)]
    assert labels.n_frames == 7
    with pytest.raises(InputError, match="several sequences"):
        read_labels(path, frame_rate_hz=30)


def test_points_of_calms21_without_labels(tmp_path: Path) -> None:
    content = calms21(sequences=1)
    del next(iter(content["annotator-id_0"].values()))["annotations"]  # type: ignore[attr-defined]
    with pytest.raises(FormatError, match="no labels"):
        read_labels(written(tmp_path, json.dumps(content), "c.json"), frame_rate_hz=30)


def test_our_own_table_of_one_recording_among_several(tmp_path: Path) -> None:
    path = written(tmp_path, TABLE)
    assert detect_label_format(path) == "csv"
    assert spans(read_labels(path, frame_rate_hz=10, recording="r2").bouts) == [("m1", "eat", 1, 3)]
    assert len(read_labels(path, frame_rate_hz=10).bouts) == 3
    with pytest.raises(InputError, match="no labels of r3") as caught:
        read_labels(path, frame_rate_hz=10, recording="r3")
    assert caught.value.expected == "one of r1, r2"


def test_a_table_of_one_recording_is_taken_whatever_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, "recording,behavior,start_s,stop_s\nold name,rest,0,1\n")
    assert read_labels(path, frame_rate_hz=10, recording="new").bouts[0].recording == "new"


def test_labels_of_a_longer_recording_are_cut(tmp_path: Path) -> None:
    labels = read_labels(written(tmp_path, CALTECH), stream="S1", times_s=np.arange(15) / 10)
    assert spans(labels.bouts) == [("S1", "base", 0, 10), ("S1", "social contact", 10, 15)]
    assert labels.notes == (
        "1 labels that reach behind the end of the recording were cut",
        "20 frames were labelled, and the recording has 15",
    )
    shorter = read_labels(written(tmp_path, CALTECH), stream="S1", times_s=np.arange(8) / 10)
    assert spans(shorter.bouts) == [("S1", "base", 0, 8)]
    assert "1 labels behind the end of the recording were left out" in shorter.notes


def test_labels_of_another_recording_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "behavior,start_s,stop_s\nrest,100,110\n")
    with pytest.raises(InputError, match="do not overlap"):
        read_labels(path, times_s=np.arange(30) / 10)
    assert read_labels(path, frame_rate_hz=10).bouts[0].start_frame == 1000


def test_irregular_times_are_honoured(tmp_path: Path) -> None:
    path = written(tmp_path, "behavior,start_s,stop_s\nrest,1.1,6.8\n")
    bout = read_labels(path, times_s=np.array([0.0, 1.0, 5.0, 7.0, 8.0])).bouts[0]
    assert (bout.start_frame, bout.stop_frame, bout.start_s, bout.stop_s) == (1, 3, 1.0, 7.0)


def test_without_times_a_rate_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="how many frames"):
        read_labels(written(tmp_path, CALTECH))


def test_unknown_formats(tmp_path: Path) -> None:
    for text in ("", "hello", "a,b\n1,2\n"):
        with pytest.raises(FormatError, match="no labels of a known format"):
            read_labels(written(tmp_path, text), frame_rate_hz=10)
    with pytest.raises(SettingsError, match="did you mean boris"):
        read_labels(written(tmp_path, CALTECH), format="boriss", frame_rate_hz=10)
    with pytest.raises(FormatError, match="not the Caltech annotator's"):
        read_labels(written(tmp_path, TABLE), format="caltech", frame_rate_hz=10)
    with pytest.raises(FormatError, match="cannot be read"):
        read_labels(tmp_path / "nowhere.txt")
