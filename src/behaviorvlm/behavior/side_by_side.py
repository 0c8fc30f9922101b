"""Questions that wait for a model, side by side; results in the order of the jobs, whichever ends first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


def side_by_side(work: Callable[[_Job], _Result], jobs: Iterable[_Job], *, at_once: int) -> list[_Result]:
    """Return the result of every job, in the order of the jobs.

    Jobs are made in this thread, one after the other, and no more than `at_once` of them ahead of the oldest that is
    unfinished: they may hold pictures.

    Args:
        work: Done in threads; what it raises is raised here.
        jobs: Made as they are needed.
        at_once: The most that are done at the same time.
    """
    futures: list[Future[_Result]] = []
    with _threads(at_once) as pool:
        for job in jobs:
            futures.append(pool.submit(work, job))
            if len(futures) >= at_once:
                futures[-at_once].result()
        return [future.result() for future in futures]


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Lend threads; after an error nobody waits for what they do, and what has not begun is dropped."""
    pool = ThreadPoolExecutor(count, thread_name_prefix="question")
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
