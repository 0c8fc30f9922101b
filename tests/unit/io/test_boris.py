from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import FormatError
from behaviorvlm.io import boris_tables
from behaviorvlm.io.behavior_labels import read_labels
from behaviorvlm.io.boris import AGGREGATED, read_intervals, write_boris_aggregated
from behaviorvlm.types import Bout

RATES = (15.0, 29.97, 30.0, 119.88)
NAMES = st.text(st.characters(codec="utf-8", blacklist_categories=("C", "Z")), min_size=1, max_size=6).filter(
    lambda name: name.lower() not in ("none", "na", "nan") and "|" not in name
)
OBSERVATION = """Observation id,DLC3,,,
,,,,
Media file(s),,,,
Player #1,/videos/a.avi,,,
,,,,
"""
OLD = "Time,Media file path,Total length,FPS,Subject,Behavior,Behavioral category,Comment,Status\n"
NEW = (
    "Observation id\tObservation date\tMedia duration (s)\tFPS\tSubject\tBehavior\tBehavioral category\tModifier #1\t"
    "Behavior type\tTime\tMedia file name\tImage index\tComment\n"
)


def old_row(time: float, subject: str, behavior: str, status: str) -> str:
    return f"{time:.3f},a.avi,100.000,30.0,{subject},{behavior},,,{status}\n"


def new_row(time: float, subject: str, behavior: str, status: str, *, target: str = "") -> str:
    return f"obs\t2026\t100.0\t30.0\t{subject}\t{behavior}\t\t{target}\t{status}\t{time:.3f}\ta.avi\t3\t\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@st.composite
def ethograms(draw: st.DrawFn) -> tuple[float, list[Bout]]:
    rate, cuts = (
        draw(st.sampled_from(RATES)),
        draw(st.lists(st.integers(0, 50_000), min_size=2, max_size=12, unique=True)),
    )
    edges = sorted(cuts)
    made = [
        Bout(
            "rec 1", draw(NAMES), draw(st.one_of(st.just(""), NAMES)), draw(NAMES), a, b, a / rate, b / rate, 0.5, (1,)
        )
        for a, b in pairwise(edges)
    ]
    return rate, made


@given(ethograms())
def test_what_is_exported_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[float, list[Bout]]
) -> None:
    rate, bouts = made
    path = tmp_path_factory.mktemp("boris") / "boris.csv"
    write_boris_aggregated(path, bouts, frame_rates_hz={"rec 1": rate}, durations_s={"rec 1": 60_000 / rate})
    for times in (None, np.arange(60_000) / rate):
        labels = read_labels(path, format="boris", times_s=times, frame_rate_hz=rate)
        assert [_what(bout) for bout in labels.bouts] == [_what(bout) for bout in bouts]
        assert labels.notes == ()


def _what(bout: Bout) -> tuple[object, ...]:
    return bout.recording, bout.individual, bout.target, bout.behavior, bout.start_frame, bout.stop_frame


def test_the_export_has_the_columns_of_boris(tmp_path: Path) -> None:
    bout = Bout("r", "", "m2", "chase", 30, 60, 1.0, 2.0, 0.25, (7, 8))
    write_boris_aggregated(
        tmp_path / "b.csv", [bout], frame_rates_hz={"r": 30}, durations_s={"r": 9.5}, media={"r": "v.mp4"}
    )
    header, row = csv.reader((tmp_path / "b.csv").read_text().splitlines())
    assert tuple(header) == AGGREGATED
    cells = dict(zip(header, row, strict=True))
    assert (cells["Subject"], cells["Behavior type"], cells["Duration (s)"]) == (
        "No focal subject",
        "STATE",
        "1.000000",
    )
    assert (cells["Image index start"], cells["Image index stop"], cells["FPS (frame/s)"]) == ("30", "60", "30")
    assert (cells["Comment start"], cells["Media file name"]) == ("confidence 0.2500; segments 7 8", "v.mp4")


def events(path: Path) -> list[Sequence[object]]:
    return [(one.individual, one.target, one.behavior, one.start, one.stop) for one in read_intervals(path).intervals]


def test_starts_and_stops_below_a_block_about_the_observation(tmp_path: Path) -> None:
    rows = [(1, "a", "rest", "START"), (1.5, "b", "rest", "START"), (2, "a", "rest", "STOP"), (3, "b", "rest", "STOP")]
    path = written(tmp_path / "b.csv", OBSERVATION + OLD + "".join(old_row(*row) for row in rows))
    assert events(path) == [("a", "", "rest", 1, 2), ("b", "", "rest", 1.5, 3)]
    file = read_intervals(path)
    assert (file.n_frames, file.frame_rate_hz, file.notes) == (3000, 30, ())
    assert {one.recording for one in file.intervals} == {"DLC3"}


def test_tabs_modifiers_and_points_of_newer_versions(tmp_path: Path) -> None:
    rows = [
        new_row(1, "a", "chase", "START", target="b"), new_row(1, "a", "chase", "START", target="c"),
        new_row(2, "a", "chase", "STOP", target="c"), new_row(4, "a", "chase", "STOP", target="b"),
        new_row(5, "No focal subject", "door", "POINT", target="None"),
    ]  # fmt: skip
    path = written(tmp_path / "b.tsv", NEW + "".join(rows))
    assert events(path) == [("a", "c", "chase", 1, 2), ("a", "b", "chase", 1, 4), ("", "", "door", 5, 5)]
    point = read_labels(path).bouts[-1]
    assert (point.start_frame, point.stop_frame, point.recording) == (150, 151, "obs")


def test_a_behavior_that_stops_and_starts_at_once_is_two_bouts(tmp_path: Path) -> None:
    rows = [(1, "START"), (2, "START"), (2, "STOP"), (3, "STOP")]
    path = written(tmp_path / "b.csv", OLD + "".join(old_row(time, "a", "rest", status) for time, status in rows))
    assert events(path) == [("a", "", "rest", 1, 2), ("a", "", "rest", 2, 3)]


def test_unpaired_states_are_told(tmp_path: Path) -> None:
    rows = [(1, "a", "rest", "STOP"), (2, "a", "walk", "START"), (3, "a", "walk", "START"), (4, "a", "eat", "START")]
    rows += [(6, "a", "eat", "STOP")]
    path = written(tmp_path / "b.csv", OLD + "".join(old_row(*row) for row in rows))
    assert events(path) == [("a", "", "walk", 2, 100), ("a", "", "eat", 4, 6)]
    assert read_intervals(path).notes == (
        "1 states that stopped without a start were left out",
        "1 states that were started twice went on",
        "1 states that were never stopped end with the recording",
    )


def test_aggregated_events_of_older_versions(tmp_path: Path) -> None:
    text = (
        "Observation id;Media file;Total length;FPS;Subject;Behavior;Modifiers;Behavior type;Start (s);Stop (s)\n"
        "o;v.mp4;10;25;m1;chase;m2|fast;STATE;1.0;2.0\no;v.mp4;10;25;m1;rear;;POINT;3.0;NA\n"
    )
    path = written(tmp_path / "b.csv", text)
    assert events(path) == [("m1", "", "chase", 1, 2), ("m1", "", "rear", 3, 3)]
    assert read_intervals(path).n_frames == 250


def test_binary_tables(tmp_path: Path) -> None:
    text = "time\trest\twalk\n0.0\t1\t0\n0.5\t1\t1\n1.0\t0\t1\n1.5\t1\t0\n"
    path = written(tmp_path / "b.tsv", text)
    assert events(path) == [("", "", "rest", 0, 1), ("", "", "rest", 1.5, 2), ("", "", "walk", 0.5, 1.5)]


BAD = {
    "no table": ("Observation id,x\nnothing,here\n", "holds no events"),
    "no time": (OLD + old_row(1, "a", "rest", "START").replace("1.000", "one"), "line 2"),
    "odd status": (OLD + old_row(1, "a", "rest", "BEGIN"), "BEGIN"),
    "no start": ("Behavior,Start (s),Stop (s)\nrest,x,3\n", "no start"),
    "not binary": ("time,rest\n0,1\n1,2\n", "neither 0 nor 1"),
    "one row": ("time,rest\n0,1\n", "no times"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_bad_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_intervals(written(tmp_path / "b.csv", text))


def test_observations_keep_their_own_rates_and_videos(tmp_path: Path) -> None:
    path = tmp_path / "both.csv"
    path.write_text(
        "Observation id,Media duration (s),FPS,Subject,Behavior,Behavior type,Time,Media file name\n"
        "a,10,30,m1,rest,START,1,a.mp4\na,10,30,m1,rest,STOP,2,a.mp4\nb,20,50,m1,rest,START,1,b.mp4\nb,20,50,m1,rest,STOP,2,b.mp4\n"
    )
    found = boris_tables.read(path)
    assert [(one.name, one.frame_rate_hz, one.n_frames, one.video) for one in found.recordings] == [
        ("a", 30.0, 300, "a.mp4"), ("b", 50.0, 1000, "b.mp4"),
    ]  # fmt: skip
    assert [(bout.start_frame, bout.stop_frame) for bout in found.bouts] == [(30, 60), (50, 100)]
