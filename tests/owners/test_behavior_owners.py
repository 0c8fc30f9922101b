"""What is written of bouts, opened by the programs that own the formats; see README.md of this folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from owners.owner import check, expected_file, folder_of

from behaviorvlm.io.file_format import function
from behaviorvlm.io.registry import find_format
from behaviorvlm.types import Behavior, Bout, Ethogram
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

POINTS = ("startle",)
CASES = {
    "boris": ("boris", "check_boris.py", "x.boris"),
    "nwb": ("nwb", "check_nwb_ethogram.py", "out"),
    "simba": ("simba", "check_simba.py", "out"),
    "asoid": ("asoid", "check_asoid.py", "out"),
    "vtrace": ("vtrace", "check_vtrace.py", "out"),
    "srt": ("tables", "check_srt.py", "out"),
    "csv": ("tables", "check_bout_tables.py", "x.csv"),
    "parquet": ("tables", "check_bout_tables.py", "x.parquet"),
    "mabe": ("tables", "check_bout_tables.py", "x.csv"),
    "boris-aggregated": ("tables", "check_bout_tables.py", "x.csv"),
}


@pytest.mark.parametrize("name", CASES)
def test_owner_agrees(name: str, tmp_path: Path) -> None:
    tool, script, target = CASES[name]
    folder_of(tool)
    table = _table(points=() if name in ("simba", "asoid", "vtrace") else POINTS)
    function(find_format(name, "behavior", to="write").write)(tmp_path / target, table)
    check(tool, script, tmp_path / target, expected_file(tmp_path / "expected.json", _expected(table)))


@pytest.mark.parametrize("release", ["boris-9", "boris-10"])
def test_later_releases_of_boris_open_the_project(release: str, tmp_path: Path) -> None:
    source, path = folder_of(release), tmp_path / "x.boris"
    function(find_format("boris", "behavior", to="write").write)(path, _table(points=POINTS))
    check("boris", "check_boris_later.py", source, path)


def _table(*, points: tuple[str, ...]) -> BoutTable:
    behaviors = (
        Behavior("chase", 'runs after the other, "close"', clusters=(3,)),
        Behavior("rear up", clusters=(1, 2)),
        Behavior("größe 鼠", "with letters of all kinds"),
        Behavior("startle", kind="point" if "startle" in points else "state"),
        Behavior("never seen"),
    )
    recordings = (
        _recording("day 1", 25.0, 250, video="day 1.mp4"),
        _recording("day 2", 30.0, 301, video="day 2.mp4"),
    )
    return BoutTable(recordings, Ethogram(behaviors), {"software": "behaviorvlm", "version": "0.1.0"})


def _recording(name: str, rate: float, n_frames: int, *, video: str) -> LabelledRecording:
    edges_s = np.arange(n_frames + 1) / rate
    said = [
        ("m1", "m2", "chase", 0, 1), ("m1", "m2", "chase", 10, 20), ("m1", "m2", "chase", 20, 30),
        ("m1", "", "rear up", 30, 31), ("m2", "", "rear up", 40, 90), ("m1", "", "größe 鼠", 45, 60),
        ("m2", "m1", "chase", 100, 101), ("m2", "", "startle", 120, 121), ("m1", "", "rear up", 200, n_frames),
        ("m2", "", "größe 鼠", n_frames - 1, n_frames),
    ]  # fmt: skip
    bouts = tuple(
        Bout(name, who, whom, behavior, start, stop, float(edges_s[start]), float(edges_s[stop]), 0.5, (start,))
        for who, whom, behavior, start, stop in said
    )
    one = LabelledRecording(name, ("m1", "m2"), edges_s, rate, bouts, groups={"sex": "f"})
    return replace(one, video=video)


def _expected(table: BoutTable) -> dict:
    fields = ("individual", "target", "behavior", "start_frame", "stop_frame", "start_s", "stop_s")
    return {
        "behaviors": [
            {"name": one.name, "definition": one.definition, "clusters": list(one.clusters)}
            for one in table.ethogram.behaviors
        ],
        "recordings": [
            {
                "name": one.name, "stem": one.name, "individuals": list(one.individuals), "n_frames": one.n_frames,
                "frame_rate_hz": one.frame_rate_hz, "times_s": one.edges_s[:-1].tolist(),
                "points": [behavior.name for behavior in table.ethogram.behaviors if behavior.kind == "point"],
                "bouts": [{field: getattr(bout, field) for field in fields} for bout in one.bouts],
            }
            for one in table.recordings
        ],
    }  # fmt: skip
