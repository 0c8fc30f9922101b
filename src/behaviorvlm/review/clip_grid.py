"""Which clips of a behavior are on a page, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from behaviorvlm.types import Bout

PAGE = 12


def _doubt(bout: Bout) -> tuple[Any, ...]:
    return (bout.confidence if np.isfinite(bout.confidence) else -1.0, bout.recording, bout.start_s)


ORDERS: dict[str, Callable[[Bout], tuple[Any, ...]]] = {
    "in order of time": lambda bout: (bout.recording, bout.start_s, bout.individual),
    "least sure first": _doubt,
    "longest first": lambda bout: (bout.start_s - bout.stop_s, bout.recording, bout.start_s),
    "shortest first": lambda bout: (bout.stop_s - bout.start_s, bout.recording, bout.start_s),
}


def n_pages(count: int) -> int:
    """Return how many pages so many clips fill, one at least."""
    return max(-(-count // PAGE), 1)


def clip_page(bouts: Sequence[Bout], *, order: str, page: int) -> list[Bout]:
    """Return the bouts on a page, counted from 0.

    Args:
        bouts: All bouts of a behavior.
        order: One of `ORDERS`.
        page: Which page.
    """
    return sorted(bouts, key=ORDERS[order])[page * PAGE : (page + 1) * PAGE]
