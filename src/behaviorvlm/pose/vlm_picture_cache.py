"""Pictures of exemplars, painted once: every question about a camera shows them again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class PictureCache(Generic[V]):
    """The pictures used last, or what goes with them. May be called from many threads; each is painted once.

    Args:
        capacity: How many pictures are kept.
    """

    def __init__(self, capacity: int = 512) -> None:
        self._capacity = capacity
        self._lock = Lock()
        self._pictures: OrderedDict[Hashable, Future[V]] = OrderedDict()

    def get(self, key: Hashable, paint: Callable[[], V]) -> V:
        """Return the picture kept under `key`, painted now if there is none."""
        with self._lock:
            kept = self._pictures.get(key)
            if kept is not None:
                self._pictures.move_to_end(key)
            else:
                mine: Future[V] = Future()
                self._pictures[key] = mine
                while len(self._pictures) > self._capacity:
                    self._pictures.popitem(last=False)
        return kept.result() if kept is not None else self._fill(key, mine, paint=paint)

    def __len__(self) -> int:
        """Return the number of pictures kept."""
        return len(self._pictures)

    def _fill(self, key: Hashable, mine: Future[V], *, paint: Callable[[], V]) -> V:
        try:
            mine.set_result(paint())
        except BaseException as error:
            with self._lock:
                if self._pictures.get(key) is mine:
                    del self._pictures[key]
            mine.set_exception(error)
        return mine.result()
