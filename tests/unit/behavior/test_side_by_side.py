"""Jobs side by side: in order, bounded, and over at once after an error."""

import threading
import time

import pytest

from behaviorvlm.behavior.side_by_side import side_by_side


def test_results_come_in_the_order_of_the_jobs() -> None:
    def work(job: int) -> int:
        time.sleep(0.02 * (job % 3))
        return -job

    assert side_by_side(work, range(20), at_once=7) == [-job for job in range(20)]
    assert side_by_side(work, [], at_once=7) == []


def test_no_more_jobs_are_made_than_are_worked_on() -> None:
    made, finished = [], []
    ahead = []

    def jobs():
        for job in range(30):
            made.append(job)
            ahead.append(len(made) - len(finished))
            yield job

    def work(job: int) -> None:
        time.sleep(0.002)
        finished.append(job)

    side_by_side(work, jobs(), at_once=4)
    assert max(ahead) <= 5


def test_jobs_are_made_in_one_thread_and_done_in_others() -> None:
    makers, workers = set(), set()

    def jobs():
        for job in range(5):
            makers.add(threading.get_ident())
            yield job

    side_by_side(lambda job: workers.add(threading.get_ident()), jobs(), at_once=3)
    assert makers == {threading.get_ident()}
    assert not makers & workers


def test_an_error_is_raised_at_once_though_others_still_wait() -> None:
    released = threading.Event()

    def work(job: int) -> None:
        if job == 0:
            raise ValueError("no server")
        released.wait(30)

    began = time.monotonic()
    with pytest.raises(ValueError, match="no server"):
        side_by_side(work, range(50), at_once=4)
    assert time.monotonic() - began < 5
    released.set()
