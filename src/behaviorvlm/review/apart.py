"""Work in a process of its own: what takes seconds must not hold up the app."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")


def apart(work: Callable[..., _Result], *given: object) -> _Result:
    """Return what `work` makes of what is given, done in another process; its errors are raised here."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given).result()
