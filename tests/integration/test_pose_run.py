"""Videos in, tables out, through the command line: simulated sessions, real pixels, the whole pipeline."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from behaviorvlm.api.corrections import correct_pose, rerun
from behaviorvlm.runs.correction_kinds import AcceptExemplar, ClearPoint, MoveBox, SwapSides

COMMAND = str(Path(sys.executable).parent / "behaviorvlm")
WORK = """
import sys
from behaviorvlm import api
from behaviorvlm.pose.settings import PoseSettings

if __name__ == "__main__":
    settings = PoseSettings(block_timepoints=6, chunk_timepoints=12, refine_calibration=True)
    api.estimate_pose(api.open_session(sys.argv[1]), run=sys.argv[2], settings=settings, workers=int(sys.argv[3]))
"""
pytestmark = pytest.mark.slow


def command(*words: object, code: int = 0) -> dict[str, Any]:
    """Return the JSON object a command prints."""
    call = [COMMAND, *map(str, words), "--json"]
    answer = subprocess.run(call, capture_output=True, text=True, check=False)
    assert answer.returncode == code, answer.stderr
    return dict(json.loads(answer.stdout))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pose")


@pytest.fixture(scope="module")
def session(folder: Path) -> Path:
    command("simulate", "arena", folder / "session", "--cameras", 4, "--timepoints", 24, "--seed", 2)
    return folder / "session"


@pytest.fixture(scope="module")
def script(folder: Path) -> Path:
    """Return a program that runs the pipeline in several stretches, so that there is much to resume."""
    path = folder / "work.py"
    path.write_text(WORK)
    return path


@pytest.fixture(scope="module")
def run(folder: Path, session: Path, script: Path) -> Path:
    """Return a run that nobody interrupted."""
    subprocess.run([sys.executable, script, session, folder / "run", "1"], check=True)
    return folder / "run"


def tables(run: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in [*run.glob("*.csv"), run / "calibration_refined.toml"]}


def kill_between(call: list[object], earliest_s: float, latest_s: float) -> None:
    process = subprocess.Popen([str(word) for word in call], start_new_session=True)
    try:
        process.wait(random.uniform(earliest_s, latest_s))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_simulated_session_is_a_good_one(session: Path) -> None:
    assert command("check", session, "--preview", session.parent / "preview.png")["ok"] is True
    assert (session.parent / "preview.png").stat().st_size > 10_000


def test_most_keypoints_are_found_and_named_right(run: Path, session: Path) -> None:
    scores = command("evaluate", "pose", run, "--truth", session / "truth")
    named = {"mean_error_mm", "median_error_mm", "p95_error_mm", "share_over_10mm", "oracle_mean_mm", "coverage"}
    assert named | {"identity_accuracy", "swap_rate", "unsupported", "model_calls_per_timepoint"} < scores.keys()
    assert scores["identity_accuracy"] > 0.95
    assert scores["coverage"] > 0.8
    assert len(scores["per_keypoint"]) == 12


def test_the_run_can_be_looked_into(run: Path) -> None:
    summary = command("runs", "show", run)
    assert (summary["timepoints_done"], summary["timepoints_asked"]) == (24, 24)
    assert len(summary["calibration_residuals_px"]) == 4
    view = command("runs", "show", run, "--timepoint", 11, "--view", "cam1")
    placed = [row for row in view["keypoints"] if row["final"] is not None]
    assert len(placed) >= 4
    assert {row["final"] for row in placed} <= {row["number"] for row in view["candidates"]}
    assert command("runs", "verify", run)["problems"] == []


def test_quality_has_a_reason_for_all_that_is_missing(run: Path) -> None:
    with (run / "quality.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 24 * 12
    assert all(row["reason"] for row in rows if not row["reprojection_error_px"] or row["flags"])


def test_killed_at_any_moment_it_ends_with_the_same_bytes(folder: Path, session: Path, script: Path, run: Path) -> None:
    killed = folder / "killed"
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "import behaviorvlm.api, behaviorvlm.pose.pipeline"], check=True)
    start_s = time.monotonic() - begun  # nothing is worth killing before
    for workers in (2, 1):
        kill_between([sys.executable, script, session, killed, workers], start_s, start_s + 8)
    subprocess.run([sys.executable, script, session, killed, "2"], check=True)
    assert tables(killed) == tables(run)


def held(run: Path) -> list[tuple[str, ...]]:
    """Return the results that a run keeps, and their hashes."""
    with contextlib.closing(sqlite3.connect(run / "journal.sqlite")) as journal:
        return journal.execute("SELECT stage, key, content_hash FROM result ORDER BY stage, key").fetchall()


def test_a_corrected_run_given_again_makes_its_tables_and_nothing_else(
    folder: Path, session: Path, script: Path, run: Path
) -> None:
    corrected = folder / "corrected"
    shutil.copytree(run, corrected)
    pair = ("left_forepaw", "right_forepaw")
    changes = [
        SwapSides(start=10, stop=15, pairs=(pair,)),  # over the end of a stretch
        ClearPoint(timepoint=3, camera="cam1", keypoint="tail_base"),
        MoveBox(timepoint=4, camera="cam0", region="paws", box_px=(10, 10, 60, 50)),
        AcceptExemplar(timepoint=5),
    ]
    correct_pose(corrected, changes, author="ada")
    rerun(corrected)
    reviewed, results = tables(corrected), held(corrected)
    assert reviewed["points3d.csv"] != tables(run)["points3d.csv"]
    for table in corrected.glob("*.csv"):
        table.unlink()
    subprocess.run([sys.executable, script, session, corrected, "1"], check=True)
    assert tables(corrected) == reviewed and held(corrected) == results
    assert command("runs", "verify", corrected)["problems"] == []


def alive(group: int) -> int:
    """Return how many processes of a group still run (a dead one may wait for its parent to notice)."""
    count = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended while we looked
            state, _, process_group, *_ = path.read_text().rpartition(")")[2].split()
            count += process_group == str(group) and state != "Z"
    return count


def test_workers_do_not_outlive_a_run_that_was_killed(folder: Path, session: Path, script: Path) -> None:
    call = [str(word) for word in (sys.executable, script, session, folder / "orphaned", 2)]
    process = subprocess.Popen(call, start_new_session=True, stderr=subprocess.DEVNULL)
    while alive(process.pid) < 3:
        time.sleep(0.02)
    process.kill()
    process.wait()
    patience = time.monotonic() + 20
    while alive(process.pid) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not alive(process.pid)


def test_ctrl_c_ends_calmly_and_the_same_command_goes_on(folder: Path, session: Path) -> None:
    call = [COMMAND, "pose", "run", session, "--run", folder / "stopped", "--timepoints", "0:12", "--workers", "2"]
    process = subprocess.Popen(call, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not (folder / "stopped" / "run.toml").exists():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    assert command(*call[1:])["timepoints_done"] == 12


def test_no_dots_at_all_is_a_finished_run_that_says_so(folder: Path, session: Path) -> None:
    blind = folder / "blind"
    (blind / "candidates").mkdir(parents=True)
    for name in ("calibration.toml", "skeleton.toml", "seeds"):
        (blind / name).symlink_to(session / name)
    (blind / "session.toml").write_text("frame_rate_hz = 30.0\n")
    for place in range(4):
        (blind / "candidates" / f"candidates_cam{place}.csv").write_text("frame,x,y\n23,10,10\n")
    summary = command("pose", "run", blind, "--run", folder / "blind_run", "--timepoints", "0:4")
    assert (summary["timepoints_done"], summary["share_named"]) == (4, 0.0)
    with (folder / "blind_run" / "quality.csv").open(newline="") as stream:
        assert {row["reason"] for row in csv.DictReader(stream)} == {"no camera shows a dot"}


def test_the_demo_measures_and_draws(tmp_path: Path) -> None:
    sizes = "demo.N_TIMEPOINTS, demo.N_CAMERAS, demo.ENCOUNTER_S = 14, 3, 8.0"
    small = f"from behaviorvlm.cli import demo, main; {sizes}; main()"
    call = [sys.executable, "-c", f"if __name__ == '__main__':\n    {small}", "demo", "--out", tmp_path / "demo"]
    answer = subprocess.run(call, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "These figures are of simulated recordings." in answer.stdout
    drawn = "ethogram/pictures/ethogram_simulated_encounter.png"
    for name in ("labelled_views.png", "poses_3d.png", drawn):
        assert str(tmp_path / "demo" / name) in answer.stdout
        assert (tmp_path / "demo" / name).stat().st_size > 10_000


def test_what_check_warns_of_is_said_before_a_run(folder: Path, session: Path) -> None:
    part = shutil.copytree(session, folder / "part")
    for path in (part / "seeds").glob("*.csv"):
        rows = list(csv.reader(path.read_text().splitlines()))
        blank = [place for place, name in enumerate(rows[1]) if name == "tail_tip"]
        for row in rows[3:]:
            for place in blank:
                row[place] = ""
        path.write_text("\n".join(",".join(row) for row in rows) + "\n")
    call = [COMMAND, "pose", "run", str(part), "--run", str(folder / "part_run"), "--timepoints", "0:2"]
    said = subprocess.run(call, capture_output=True, text=True, check=True).stderr
    assert "warning: keypoints that no seed places in 3D: tail_tip" in said
    assert f"behaviorvlm check {part}" in said
