"""Questions that do not depend on each other, asked side by side or one after the other; the answers are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from threadpoolctl import threadpool_limits

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


class OneByOne:
    """Everything at once and in this thread: right where an answer costs less than handing the question over."""

    def begin(self, work: Callable[[_Job], _Result], job: _Job) -> Future[_Result]:
        """Return the finished future of `work(job)`."""
        future: Future[_Result] = Future()
        future.set_result(work(job))
        return future

    def each(self, work: Callable[[_Job], _Result], jobs: Iterable[_Job]) -> list[_Result]:
        """Return the results in the order of the jobs."""
        return [work(job) for job in jobs]


@dataclass
class SideBySide:
    """Threads that wait for a model; use as a context manager.

    Views wait in one pool and the regions of a view in another, so that no thread waits for one it keeps busy itself.

    Attributes:
        views: How many views may be in the making at once.
        regions: How many regions of them.
    """

    views: int
    regions: int
    _views: ThreadPoolExecutor = field(init=False)
    _regions: ThreadPoolExecutor = field(init=False)
    _opencv_threads: int = field(default=0, init=False)
    _algebra: threadpool_limits = field(init=False)

    def __post_init__(self) -> None:
        self._views = ThreadPoolExecutor(self.views, thread_name_prefix="view")
        self._regions = ThreadPoolExecutor(self.regions, thread_name_prefix="region")

    def __enter__(self) -> SideBySide:
        """Return it; threads start when they are needed."""
        import cv2
        from threadpoolctl import threadpool_limits

        # Threads of OpenCV and of linear algebra wait for work by spinning; beside ours they would take a quarter of
        # the processors.
        self._opencv_threads = cv2.getNumThreads()
        cv2.setNumThreads(0)
        self._algebra = threadpool_limits(1, user_api="blas")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the threads; what has not begun is dropped, and after an error nobody waits for what has."""
        for pool in (self._views, self._regions):
            pool.shutdown(wait=kind is None, cancel_futures=True)
        self._algebra.restore_original_limits()

    def begin(self, work: Callable[[_Job], _Result], job: _Job) -> Future[_Result]:
        """Return the future of `work(job)`, for a whole view."""
        return self._views.submit(work, job)

    def each(self, work: Callable[[_Job], _Result], jobs: Iterable[_Job]) -> list[_Result]:
        """Return the results in the order of the jobs, for the regions of a view."""
        return [future.result() for future in [self._regions.submit(work, job) for job in jobs]]


Together = OneByOne | SideBySide
ONE_BY_ONE = OneByOne()
