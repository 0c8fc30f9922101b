"""Many threads, few commits: whoever comes first writes for all who wait meanwhile.

A commit costs one flush of the disk whatever is in it, so a thread that finds another one writing leaves its item and
waits; the next to write takes all that was left. There is no thread of its own that would have to be started, stopped
and survived.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from behaviorvlm.errors import RunError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class _Place(Generic[Item, Outcome]):
    """An item in the queue, and later what became of it."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.outcomes: list[Outcome] = []


class GroupCommit(Generic[Item, Outcome]):
    """Writes items of many threads together.

    Args:
        commit: Writes some items, all or none, and returns the outcome of each; never called by two threads at once.
        where: What is written, for errors.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], Sequence[Outcome]], *, where: str) -> None:
        self._commit = commit
        self._where = where
        self._turn = threading.Condition()
        self._waiting: list[_Place[Item, Outcome]] = []
        self._writing = False
        self._fault: Exception | None = None

    def write(self, item: Item) -> Outcome:
        """Return the item's outcome once it is committed.

        Raises:
            Exception: What `commit` raised, now or for anybody before: after a fault nothing is written any more.
        """
        place = _Place[Item, Outcome](item)
        with self._turn:
            self._waiting.append(place)
            self._turn.wait_for(lambda: place.outcomes or self._fault or not self._writing)
            batch = [] if place.outcomes else self._take_all()
        if batch:
            self._write(batch)
        return place.outcomes[0]

    def close(self) -> None:
        """Let the thread that writes finish; refuse everybody after it."""
        with self._turn:
            self._turn.wait_for(lambda: not self._writing)
            self._fault = self._fault or RunError("the journal was closed", where=self._where)
            self._turn.notify_all()

    def _take_all(self) -> list[_Place[Item, Outcome]]:
        if self._fault is not None:
            raise copy.copy(self._fault) from self._fault  # a fresh one for each thread, which adds its own traceback
        batch, self._waiting = self._waiting, []
        self._writing = True
        return batch

    def _write(self, batch: list[_Place[Item, Outcome]]) -> None:
        try:
            for place, outcome in zip(batch, self._commit([place.item for place in batch]), strict=True):
                place.outcomes.append(outcome)
        except Exception as error:
            self._fault = error
            raise
        finally:
            with self._turn:
                # after Ctrl-C nothing of it is written: the next thread takes it up with its own
                self._waiting = [place for place in batch if not place.outcomes] + self._waiting
                self._writing = False
                self._turn.notify_all()
