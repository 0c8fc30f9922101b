"""The measuring instruments of the benchmarks, measured."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
GRANDCHILD = "import time; held = bytearray(150_000_000); held[::4096] = bytes(len(held[::4096])); time.sleep(0.6)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {GRANDCHILD!r}])"


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("_harness")


def test_a_goal_is_met_missed_or_not_measured(harness: ModuleType) -> None:
    assert harness.Goal("<=", 0.8).met(0.8) is True
    assert harness.Goal(">=", 0.95).met(0.94) is False
    assert harness.Goal(">=", 0.95).met(None) is None


def test_memory_of_grandchildren_counts(harness: ModuleType) -> None:
    cost = harness.measure([sys.executable, "-c", PARENT])
    assert cost.peak_tree_gb > cost.peak_process_gb > 0.15
    assert 0.6 < cost.wall_s < 30


def test_a_command_that_fails_stops_the_benchmark_with_its_words(harness: ModuleType) -> None:
    with pytest.raises(SystemExit, match="the disk is full"):
        harness.measure([sys.executable, "-c", "import sys; sys.exit('the disk is full')"])


def test_absent_recordings_are_named(harness: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"arena_ring.*--data"):
        harness.recordings(tmp_path, "arena_ring")


def test_a_report_ends_with_one_line_of_json(harness: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    report = harness.Report("mine", "everything")
    report.add("default", {"error": 0.5, "detail": {"a": 1}}, {"error": harness.Goal("<=", 0.4)})
    report.finish()
    lines = capsys.readouterr().out.splitlines()
    assert any("MISSED" in line for line in lines)
    found = json.loads(lines[-1])
    assert (found["simulated"], found["goals"]["default: error"]["met"]) == ("everything", False)


def test_a_seed_row_is_corrupted_in_its_labels_alone(harness: ModuleType, tmp_path: Path) -> None:
    corruption = importlib.import_module("seed_corruption")
    path = tmp_path / "CollectedData_cam0.csv"
    path.write_text(
        "scorer,human,human,human,human\nbodyparts,left_ear,left_ear,right_ear,right_ear\ncoords,x,y,x,y\n"
        "img00002.png,1.0,2.0,,\nimg00012.png,5.0,6.0,7.0,8.0\n"
    )
    corruption.corrupt_file(path, row=0, corrupt=corruption.corruptions()["ears swapped"])
    assert path.read_text().splitlines()[3:] == ["img00002.png,,,1.0,2.0", "img00012.png,5.0,6.0,7.0,8.0"]
    corruption.corrupt_file(path, row=1, corrupt=corruption.corruptions()["5 px jitter"])
    jittered = np.array(path.read_text().splitlines()[4].split(",")[1:], dtype=float)
    assert 0 < np.abs(jittered - [5, 6, 7, 8]).max() < 30
