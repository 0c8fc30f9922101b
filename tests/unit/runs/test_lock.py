"""One writer at a time; whoever dies lets go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from behaviorvlm.errors import RunStorageError
from behaviorvlm.runs.lock import WriterLock

HOLD = """
import sys, time
from pathlib import Path
from behaviorvlm.runs.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""

FORK = """
import os, sys, time
from pathlib import Path
from behaviorvlm.runs.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
worker = os.fork()
if worker:
    print(worker, flush=True)
time.sleep(60)
"""


def test_a_second_writer_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path)
    with pytest.raises(RunStorageError, match="another process is writing this run") as error:
        WriterLock(tmp_path)
    assert error.value.where == str(tmp_path)
    assert error.value.remedy
    lock.release()
    WriterLock(tmp_path).release()


def test_a_second_process_is_refused_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunStorageError, match="another process"):
            WriterLock(tmp_path)
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    WriterLock(tmp_path).release()
    assert [path.name for path in tmp_path.iterdir()] == ["run.lock"]


def test_a_forked_worker_does_not_keep_the_lock(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", FORK, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    WriterLock(tmp_path).release()
    os.kill(worker, signal.SIGKILL)
    parent.stdout.close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunStorageError, match="cannot be written"):
        WriterLock(tmp_path / "missing")
