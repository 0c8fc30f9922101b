"""One event loop in one thread, shared by all models: many threads ask and wait, one thread talks to the servers."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import weakref
from collections.abc import Coroutine
from typing import Any, TypeVar

from behaviorvlm.errors import ModelServerError

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for threads that wait for them.

    The thread is a daemon: a process that is told to end does not wait for a server.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="behaviorvlm-chat", daemon=True)
        self._closing = threading.Lock()
        self._closed = False
        self._works = weakref.WeakSet[Coroutine[Any, Any, Any]]()  # each until it has ended
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the loop and return its result; if the waiting thread is interrupted, the work is cancelled.

        Raises:
            ModelServerError: If the loop was closed before the work was done.
        """
        with self._closing:
            if self._closed:
                work.close()
                raise _stopped()
            self._works.add(work)
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise _stopped() from None
        except BaseException:
            future.cancel()  # Ctrl-C while waiting; no effect on work that is done
            raise

    def close(self, farewell: Coroutine[Any, Any, None] | None = None) -> None:
        """Cancel what runs, run `farewell`, and end the thread. Closing twice does nothing."""
        with self._closing:
            if self._closed:
                if farewell is not None:
                    farewell.close()
                return
            self._closed = True
        asyncio.run_coroutine_threadsafe(self._end(farewell), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self, farewell: Coroutine[Any, Any, None] | None) -> None:
        # Ours alone: what a library started for them it ends itself, and complains if it had not yet begun.
        tasks = [task for task in asyncio.all_tasks() if task.get_coro() in self._works]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if farewell is not None:
            await farewell
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()


def _stopped() -> ModelServerError:
    return ModelServerError("asking was stopped before an answer came")
