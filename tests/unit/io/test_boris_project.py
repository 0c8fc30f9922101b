import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from bout_tables import keys, recording

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io import boris_project
from behaviorvlm.types import Behavior, Ethogram
from behaviorvlm.types.bout_table import BoutTable

SAID = [
    ("m1", "m2", "chase", 3, 6), ("m1", "m2", "chase", 6, 9), ("m1", "m2", "chase", 8, 12), ("m2", "", "startle", 5, 6),
]  # fmt: skip


def project(folder: Path, *, video: str = "day.mp4") -> tuple[Path, dict]:
    ethogram = Ethogram((Behavior("chase", "runs\nafter"), Behavior("startle", kind="point"), Behavior("a|b, (c)")))
    path = folder / "x.boris"
    boris_project.write(
        path, BoutTable((recording("day", SAID, video=video),), ethogram, {"created": "2026-01-02T03:04:05"})
    )
    return path, json.loads(path.read_text(encoding="utf-8"))


def test_events_alternate_and_overlaps_are_joined(tmp_path: Path) -> None:
    _, content = project(tmp_path)
    events = content["observations"]["day"]["events"]
    assert [(event[0], event[2], event[5]) for event in events] == [
        (0.1, "chase", 3), (0.167, "startle", 5), (0.2, "chase", 6), (0.2, "chase", 6), (0.4, "chase", 12),
    ]  # fmt: skip
    kinds = {one["code"]: one["type"] for one in content["behaviors_conf"].values()}
    assert kinds == {"chase": "State event", "startle": "Point event", "a/b; (c)": "State event"}
    assert content["behaviors_conf"]["0"]["description"] == "runs after"
    assert content["behaviors_conf"]["0"]["modifiers"]["0"]["values"] == ["m2"]


def test_without_video_an_observation_is_live_and_keeps_its_rate(tmp_path: Path) -> None:
    path, content = project(tmp_path, video="")
    one = content["observations"]["day"]
    assert one["type"] == "LIVE" and {len(event) for event in one["events"]} == {5}
    found = boris_project.read(path)
    assert (found.recordings[0].frame_rate_hz, found.recordings[0].n_frames) == (30.0, 50)
    assert found.recordings[0].groups == {"sex": "f"}


def test_points_and_definitions_come_back_and_so_from_gzip(tmp_path: Path) -> None:
    path, _ = project(tmp_path)
    packed = tmp_path / "x.boris.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    for file in (path, packed):
        found = boris_project.read(file)
        assert keys(found, "behavior", "start_frame", "stop_frame") == [
            ("chase", 3, 6), ("chase", 6, 12), ("startle", 5, 6)
        ]  # fmt: skip
        assert found.ethogram["startle"].kind == "point"
        assert found.recordings[0].video == "day.mp4"


def test_a_state_that_never_stops_ends_with_the_recording(tmp_path: Path) -> None:
    path, content = project(tmp_path)
    content["observations"]["day"]["events"] = [[1.0, "m1", "chase", "", "", "NA"]]
    path.write_text(json.dumps(content))
    found = boris_project.read(path)
    assert keys(found, "start_frame", "stop_frame") == [(30, 50)]
    assert "never stopped" in found.notes[0]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"project_format_version": "8.0"}, "later version"),
        ({"observations": {"day": {"events": [[1]]}}}, "damaged"),
        ({"behaviors_conf": {"0": {}}}, "damaged"),
        ({"observations": {"day": {"events": [["soon", "m1", "chase", "", ""]]}}}, "no event"),
    ],
)
def test_projects_that_cannot_be_read(tmp_path: Path, change: dict, what: str) -> None:
    path, content = project(tmp_path)
    path.write_text(json.dumps(content | change))
    with pytest.raises(FormatError, match=what):
        boris_project.read(path)


def test_a_project_without_a_frame_rate_needs_one(tmp_path: Path) -> None:
    path, content = project(tmp_path, video="")
    content["observations"]["day"]["independent_variables"] = {}
    path.write_text(json.dumps(content))
    with pytest.raises(SettingsError, match="--fps"):
        boris_project.read(path)
    assert len(boris_project.read(path, frame_rate_hz=30.0).bouts) == 3


def test_names_that_become_the_same_are_told_apart(tmp_path: Path) -> None:
    said = [("m1", "a|b", "x|y", 0, 2), ("m1", "a,b", "x/y", 3, 4)]
    table = BoutTable((replace(recording("day", said), individuals=("m1",)),), Ethogram(()))
    (path,) = boris_project.write(tmp_path / "x.boris", table)
    assert keys(boris_project.read(path), "behavior", "target") == [("x/y", "a_b_2"), ("x/y_2", "a_b")]
