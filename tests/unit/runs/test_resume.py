"""Killed at any moment, a run goes on from there and ends with the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from unit.runs.scripted_pipeline import make_session
from unit.runs.test_tables import table_bytes

from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.verify import verify_run

TESTS = Path(__file__).resolve().parents[2]
WORK = """
import sys
from pathlib import Path
from unit.runs.scripted_pipeline import make_session, scripted_run_pose
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.tables import write_tables

session, settings = make_session(Path(sys.argv[1]), offsets={"side": 3}), PoseSettings(refine_calibration=True)
print("begun", flush=True)
with PoseRun.start(sys.argv[2], session, settings=settings) as run:
    scripted_run_pose(session, sink=run.sink, settings=settings, pause_s=float(sys.argv[3]))
    for _ in range(int(sys.argv[4])):
        write_tables(run)
"""


def begin(session_folder: Path, run: Path, *, pause_s: float, tables: int = 1) -> subprocess.Popen[str]:
    call = [sys.executable, "-c", WORK, str(session_folder), str(run), str(pause_s), str(tables)]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(TESTS)})
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def kill_after(process: subprocess.Popen[str], seconds: float) -> None:
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_killed_while_it_works(tmp_path: Path, finished: Path) -> None:
    moments = random.Random(1)  # where they strike differs from time to time in any case
    session, run = tmp_path / "session", tmp_path / "killed"
    for _ in range(3):
        kill_after(begin(session, run, pause_s=0.01), moments.uniform(0.0, 0.12))
    last = begin(session, run, pause_s=0.0)
    last.communicate(timeout=60)
    assert last.returncode == 0
    assert table_bytes(run) == table_bytes(finished)
    with PoseRun.open(run) as opened:
        assert verify_run(opened).problems == ()


def test_killed_while_it_writes_tables(tmp_path: Path, finished: Path) -> None:
    session, run = tmp_path / "session", tmp_path / "killed"
    kill_after(begin(session, run, pause_s=0.0, tables=1000), 0.4)
    left = {path.name: path.read_bytes() for path in run.glob("*.csv")}
    assert left
    assert left == {name: content for name, content in table_bytes(finished).items() if name in left}  # none is half
    begin(session, run, pause_s=0.0).communicate(timeout=60)
    assert table_bytes(run) == table_bytes(finished)
    assert not list(run.glob("*.partial"))


def test_two_processes_do_not_write_one_run(tmp_path: Path) -> None:
    session, run = tmp_path / "session", tmp_path / "shared"
    first = begin(session, run, pause_s=0.2)
    try:
        while not (run / "run.toml").exists():
            time.sleep(0.01)
        make_session(session)
        second = begin(session, run, pause_s=0.0)
        second.communicate(timeout=60)
        assert second.returncode == 1
    finally:
        kill_after(first, 0.0)
