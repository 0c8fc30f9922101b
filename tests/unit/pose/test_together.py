"""Side by side or one by one: the same results, in the order of the jobs."""

from __future__ import annotations

import threading
import time

import cv2
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from behaviorvlm.errors import VideoError
from behaviorvlm.pose.together import ONE_BY_ONE, SideBySide

PATIENCE_S = 20.0


def refuse(job: int) -> int:
    raise VideoError(f"job {job} cannot be done")


def later_first(job: int) -> int:
    """Return ten times the job; the first jobs take longest."""
    time.sleep(0.02 * max(0, 5 - job))
    return 10 * job


def test_one_by_one_everything_is_done_here_and_at_once() -> None:
    future = ONE_BY_ONE.begin(lambda job: (job, threading.current_thread()), 7)
    assert future.done()
    assert future.result() == (7, threading.current_thread())
    assert ONE_BY_ONE.each(later_first, iter([3, 1, 2])) == [30, 10, 20]


def test_side_by_side_results_come_in_the_order_of_the_jobs() -> None:
    with SideBySide(4, 4) as together:
        assert together.each(later_first, iter(range(6))) == [0, 10, 20, 30, 40, 50]
        begun = [together.begin(later_first, job) for job in range(6)]
        assert [future.result() for future in begun] == [0, 10, 20, 30, 40, 50]


def test_as_many_views_and_regions_as_were_said_are_under_way_at_once() -> None:
    """Each waits for all others: with one thread fewer nobody would come through."""
    views, regions = threading.Barrier(3, timeout=PATIENCE_S), threading.Barrier(4, timeout=PATIENCE_S)
    with SideBySide(3, 4) as together:
        begun = [together.begin(lambda _: views.wait(), job) for job in range(3)]
        assert sorted(future.result() for future in begun) == [0, 1, 2]
        assert sorted(together.each(lambda _: regions.wait(), range(4))) == [0, 1, 2, 3]


def test_no_more_than_were_said_are_under_way_at_once() -> None:
    lock, at_once, most = threading.Lock(), [0], [0]

    def count(job: int) -> None:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.01)
        with lock:
            at_once[0] -= 1

    with SideBySide(2, 1) as together:
        for future in [together.begin(count, job) for job in range(8)]:
            future.result()
    assert most == [2]


def test_a_view_that_waits_for_its_regions_keeps_none_of_them_from_running() -> None:
    with SideBySide(1, 1) as together:
        views = [together.begin(lambda job: sum(together.each(later_first, range(job))), job) for job in (3, 4)]
        assert [view.result(PATIENCE_S) for view in views] == [30, 60]


@pytest.mark.parametrize("side_by_side", [False, True])
def test_an_error_reaches_who_asked(side_by_side: bool) -> None:
    with SideBySide(2, 2) as threads:
        together = threads if side_by_side else ONE_BY_ONE
        with pytest.raises(VideoError, match="job 3 cannot be done"):
            together.begin(refuse, 3).result()
        with pytest.raises(VideoError, match="job 5 cannot be done"):
            together.each(refuse, [5])


def test_on_leaving_what_is_under_way_is_finished_and_the_threads_end() -> None:
    begun, done = threading.Event(), []

    def slow(job: int) -> None:
        begun.set()
        time.sleep(0.05)
        done.append(job)

    with SideBySide(1, 1) as together:
        together.begin(slow, 1)
        begun.wait(PATIENCE_S)
    assert done == [1]
    with pytest.raises(RuntimeError, match="shutdown"):
        together.begin(done.append, 2)


def test_after_an_error_what_has_not_begun_is_dropped_and_nobody_is_waited_for() -> None:
    begun, free, done = threading.Event(), threading.Event(), []

    def wait(job: int) -> None:
        begun.set()
        free.wait(PATIENCE_S)
        done.append(job)

    with pytest.raises(KeyError), SideBySide(1, 1) as together:
        futures = [together.begin(wait, job) for job in range(3)]
        begun.wait(PATIENCE_S)
        raise KeyError
    assert not done  # the first still waits
    free.set()
    futures[0].result(PATIENCE_S)
    assert [future.cancelled() for future in futures] == [False, True, True]
    assert done == [0]


def test_opencv_leaves_the_processors_to_these_threads_and_has_them_back() -> None:
    before = cv2.getNumThreads()
    with SideBySide(2, 2) as together:
        assert together.each(lambda _: cv2.getNumThreads(), [1]) == [1]
    assert cv2.getNumThreads() == before


def test_linear_algebra_works_in_one_thread_meanwhile() -> None:
    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    with threadpool_limits(2, user_api="blas"):
        with SideBySide(1, 1):
            assert set(threads()) == {1}
        assert set(threads()) == {2}
