"""``evaluate behavior``: a finished run, made here record by record, against files of labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from unit.cli.conftest import Call

from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types import Behavior, Bout, Ethogram, KeypointRoles, Recording, RecordingSummary, Segment, Tracks
from behaviorvlm.types.packing import pack_json, pack_segments

RATE, FRAMES, ANIMALS = 10.0, 60, ("left", "right")
LABELS = """\
recording,individual,behavior,start_s,stop_s
one,left,sniff,0,2
one,left,run,2,6
one,right,sniff,1,4
two,left,sniff,0,3
two,right,run,3,6
"""


def recording(name: str) -> Recording:
    points = np.zeros((FRAMES, 2, 1, 2))
    tracks = Tracks(ANIMALS, ("nose",), points, np.ones((FRAMES, 2, 1)), np.arange(FRAMES) / RATE)
    return Recording(name, tracks.times_s, RATE, tracks, KeypointRoles())


def bout(name: str, who: str, behavior: str, seconds: tuple[int, int]) -> Bout:
    start, stop = seconds
    return Bout(name, who, "", behavior, int(start * RATE), int(stop * RATE), float(start), float(stop), 0.9, (0,))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a run of two recordings that found its labels but for the names."""
    folder, names = tmp_path / "run", ("one", "two")
    found = {
        "one": [("left", "sniff", (0, 2)), ("left", "locomotion", (2, 6)), ("right", "sniff", (1, 4))],
        "two": [("left", "sniff", (0, 3)), ("right", "locomotion", (4, 6))],
    }
    with BehaviorRun.start(folder, [recording(name) for name in names], settings=BehaviorSettings()) as made:
        for name in names:
            summary = RecordingSummary.of(recording(name))
            segments = [
                Segment(name, who, 3 * place + part, 20 * part, 20 * part + 20, (place + part) % 2, 0.9)
                for place, who in enumerate(ANIMALS)
                for part in range(3)
            ]
            made.sink.save("recordings", name, pack_json(summary))
            made.sink.save("times", name, {"times_s": recording(name).times_s})
            made.sink.save("segments", name, pack_segments(segments, ANIMALS))
            made.sink.save("bouts", name, pack_json([bout(name, *one) for one in found[name]]))
        made.sink.save("ethogram", "", pack_json(Ethogram((Behavior("sniff"), Behavior("locomotion")))))
    return folder


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text(LABELS)
    return path


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "map.toml"
    path.write_text('[map]\nlocomotion = "run"\nsniff = "sniff"\n')
    return path


def test_scores_are_printed_with_ceiling_and_mapped_clusters(call: Call, run: Path, labels: Path, words: Path) -> None:
    answer = call("evaluate", "behavior", run, "--labels", labels, "--map", words)
    assert answer.code == 0, answer.err
    for text in (
        "labels of left, right, 2 recordings, 0.4 min",
        "macro-F1",
        "ceiling",
        "clusters mapped",
        "locomotion",
    ):
        assert text in answer.out
    assert "not mapped" not in answer.out


def test_json_holds_every_score(call: Call, run: Path, labels: Path, words: Path) -> None:
    scores = call("evaluate", "behavior", run, "--labels", labels, "--map", words, "--json").json
    assert scores["recordings"] == ["one", "two"]
    assert scores["behaviors"] == {"sniff": "sniff", "locomotion": "run"}
    assert scores["named"]["frames"]["per_behavior"]["run"]["recall"] == pytest.approx(6 / 7)
    assert scores["named"]["frames"]["per_behavior"]["sniff"]["f1"] == 1
    assert scores["named"]["bouts"]["f1"]["0.5"] == 1
    assert scores["named"]["intervals"]["macro_f1"]["n_recordings"] == 2
    assert scores["ceiling"]["frames"]["accuracy"] == pytest.approx(1 - 30 / 240)  # a second is lost in three segments
    assert scores["mapped"]["frames"]["n_frames"] == 240
    assert 0 <= scores["clusters"]["nmi"] <= 1
    unmapped = call("evaluate", "behavior", run, "--labels", labels, "--json").json
    assert unmapped["behaviors"] == {"sniff": "sniff", "locomotion": "background"}
    assert any("no such name: locomotion" in note for note in unmapped["notes"])


def test_one_animal_one_file_and_ignored_labels(call: Call, run: Path, tmp_path: Path) -> None:
    path = tmp_path / "one_labels.csv"
    path.write_text("behavior,start_frame,stop_frame\nsniff,0,20\nbase,20,60\n")
    words = ("evaluate", "behavior", run, "--labels", path, "--individual", "left", "--ignore", "base", "--json")
    scores = call(*words).json
    assert scores["recordings"] == ["one"]
    assert scores["seconds"] == 2
    assert scores["named"]["frames"]["accuracy"] == 1
    assert scores["mapped"] is None
    assert scores["notes"][-1] == "Recordings without labels, left out: two"


def test_labels_that_do_not_overlap_the_recording_are_an_error(call: Call, run: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("behavior,start_s,stop_s\nsniff,700,710\n")
    answer = call("evaluate", "behavior", run, "--labels", path)
    assert answer.code == 1
    assert "do not overlap" in answer.err


def test_streams_files_and_folders_that_do_not_fit_are_errors(call: Call, run: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("individual,behavior,start_s,stop_s\nS1,sniff,0,1\nS2,run,0,1\n")
    several = call("evaluate", "behavior", run, "--labels", path)
    assert "--stream" in several.err
    assert call("evaluate", "behavior", run, "--labels", path, "--stream", "S1", "--json").json["labels"] == ["sniff"]
    assert "there is no stream S9" in call("evaluate", "behavior", run, "--labels", path, "--stream", "S9").err
    assert "no run" in call("evaluate", "behavior", tmp_path, "--labels", path).err
    assert call("evaluate", "behavior", run, "--labels", tmp_path / "nothing.csv", "--json").json["error"]
