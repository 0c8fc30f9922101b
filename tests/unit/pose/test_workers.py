from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from unit.pose.jobs import double, refuse_three

from behaviorvlm.errors import VideoError
from behaviorvlm.pose.workers import Workers


def test_one_worker_is_this_process() -> None:
    with Workers(1) as pool:
        found = list(pool.map(double, [5, 6]))
    assert found == [(5, (10, os.getpid())), (6, (12, os.getpid()))]


def test_one_worker_does_a_job_when_its_result_is_asked_for() -> None:
    taken = []

    def jobs() -> Iterator[int]:
        for number in (7, 8, 9):
            taken.append(number)
            yield number

    with Workers(1) as pool:
        results = pool.map(double, jobs())
        next(results)
        assert taken == [7]


def test_several_workers_keep_the_order_pass_errors_whole_and_hold_few_jobs() -> None:
    taken = []

    def jobs() -> Iterator[int]:
        for number in range(8):
            taken.append(number)
            yield number

    with Workers(2) as pool:
        results = pool.map(double, jobs())
        first = next(results)
        assert len(taken) == 4  # two per worker are in flight, the others not even made
        found = [first, *results]
        assert [job for job, _ in found] == list(range(8))
        assert [result[0] for _, result in found] == [0, 2, 4, 6, 8, 10, 12, 14]
        assert os.getpid() not in {result[1] for _, result in found}

        with pytest.raises(VideoError) as raised:
            list(pool.map(refuse_three, range(6)))
    error = raised.value
    assert (error.message, error.where, error.expected) == ("the video ends early", "top.mp4", "40 frames")
    assert (error.actual, error.remedy) == ("33", "copy it")


@pytest.mark.parametrize("count", [1, 2])
def test_no_jobs_need_no_process(count: int) -> None:
    with Workers(count) as pool:
        assert list(pool.map(double, [])) == []


def test_an_error_of_the_caller_ends_the_pool_without_waiting_for_jobs_not_begun() -> None:
    with pytest.raises(KeyError), Workers(1) as pool:
        for _ in pool.map(double, [7, 8]):
            raise KeyError


def test_threads_stay_in_this_process_keep_the_order_and_pass_errors_whole() -> None:
    with Workers(3, threads=True) as pool:
        found = list(pool.map(double, range(7)))
        assert found == [(number, (2 * number, os.getpid())) for number in range(7)]
        with pytest.raises(VideoError, match="the video ends early"):
            list(pool.map(refuse_three, range(6)))


def test_as_many_threads_as_were_said_work_at_once_on_what_no_process_could_take() -> None:
    meeting = threading.Barrier(3, timeout=20)
    with Workers(3, threads=True) as pool:
        assert sorted(place for _, place in pool.map(lambda job: meeting.wait(), range(3))) == [0, 1, 2]


def test_threads_hold_few_jobs() -> None:
    taken = []

    def jobs() -> Iterator[int]:
        for number in range(9):
            taken.append(number)
            yield number

    with Workers(2, threads=True) as pool:
        results = pool.map(double, jobs())
        next(results)
        assert len(taken) == 4
        assert [job for job, _ in results] == list(range(1, 9))


INTERRUPTED = """
import sys
from behaviorvlm.pose.workers import Workers
from unit.pose.jobs import double
if __name__ == "__main__":
    try:
        with Workers(2) as pool:
            print("begun", flush=True)
            for _ in pool.map(double, range(10**6)):
                pass
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.parametrize("delay_s", [0.0, 0.03, 0.1, 0.3])
def test_ctrl_c_is_silent_however_far_the_workers_have_come(delay_s: float, tmp_path: Path) -> None:
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    tests = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(tests)},
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(delay_s)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "")
