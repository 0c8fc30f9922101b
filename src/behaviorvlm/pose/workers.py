"""Independent jobs on several processes, or threads: bounded, ordered, interruptible."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import TypeVar

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


@dataclass
class Workers:
    """A pool that exists only if more than one worker is asked for; use as a context manager.

    Attributes:
        count: Number of processes; 1 does everything in this one.
        threads: Threads of this process instead: for jobs that mostly wait for a server.
    """

    count: int
    threads: bool = False
    _pool: Executor | None = field(default=None, init=False)

    def __enter__(self) -> Workers:
        """Start nothing yet: the first jobs start the processes."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the processes; after an error or an interrupt without waiting for jobs not yet begun."""
        # Processes die with Ctrl-C themselves; without waiting for that, Python might wake a pool that is being closed
        # when it exits, and say so (CPython 3.11: "call not protected by ProcessPoolExecutor._shutdown_lock").
        dying = kind is not None and issubclass(kind, KeyboardInterrupt) and not self.threads
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None or dying, cancel_futures=True)

    def map(self, work: Callable[[_Job], _Result], jobs: Iterable[_Job]) -> Iterator[tuple[_Job, _Result]]:
        """Yield each job with its result, in the order of the jobs; at most two jobs per worker are in flight.

        For processes, `work` must be a function of a module, and jobs and results picklable.
        """
        if self.count <= 1:
            for job in jobs:
                yield job, work(job)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.count) if self.threads else _processes(self.count)
        waiting: deque[tuple[_Job, Future[_Result]]] = deque()
        for job in jobs:
            with _children_born_deaf():
                future = self._pool.submit(work, job)
            waiting.append((job, future))
            if len(waiting) >= 2 * self.count:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()


def _processes(count: int) -> ProcessPoolExecutor:
    # Spawned, not forked: decoders and linear algebra hold threads that do not survive a fork.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=context, initializer=_serve)


@contextmanager
def _children_born_deaf() -> Iterator[None]:
    """Hold Ctrl-C back while processes may be started: a child inherits that, and so cannot die half imported.

    The tracker of shared resources is started first, because starting it lifts the block. Windows has neither.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve() -> None:
    """Prepare a worker: it dies silently with Ctrl-C, and does not outlive a parent that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
