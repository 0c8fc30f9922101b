"""Overlapping windows over a long row of segments, and what was said in each put together again.

An overlap is read twice. Up to its middle the earlier window decides, from there on the later one: each decides where
it has seen what comes before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

LEAST_OVERLAP = 2
"""With less, no window would see both sides of the seam."""


@dataclass(frozen=True)
class Part:
    """Neighbouring segments that are one, by their places in the row.

    Attributes:
        start: Place of the first.
        stop: Place behind the last.
        behavior, target, confidence, reason, source: As in `MergeGroup`.
    """

    start: int
    stop: int
    behavior: str
    target: str
    confidence: float
    reason: str
    source: str


def windows_over(lengths: Sequence[int], *, most: int, overlap: int, budget: int) -> list[range]:
    """Return the places that each window holds; together they hold all, and neighbours overlap.

    Args:
        lengths: How long each segment is in words.
        most: The most segments of a window, more than `overlap`.
        overlap: How many segments two windows share, at least `LEAST_OVERLAP`; fewer where the budget is tight.
        budget: How long the words of a window may be; one of three segments may be longer.
    """
    found: list[range] = []
    start = stop = 0
    while True:
        stop = max(stop + 1, start + LEAST_OVERLAP + 1)
        while stop < len(lengths) and stop - start < most and sum(lengths[start : stop + 1]) <= budget:
            stop += 1
        found.append(range(start, min(stop, len(lengths))))
        if stop >= len(lengths):
            return found
        start = max(stop - max(overlap, LEAST_OVERLAP), start + 1)
        while start < stop - LEAST_OVERLAP and sum(lengths[start : stop + 1]) > budget:
            start += 1


def stitched(windows: Sequence[range], said: Sequence[Sequence[Part]]) -> list[Part]:
    """Return the parts of the whole row.

    Args:
        windows: As `windows_over` gave them.
        said: For each window, its parts: all of its places, each once, in order; places of the row.

    Returns:
        A part that two windows have joined is called what most of its segments are called by the window that decides
        there; the earlier one where it is even.
    """
    seams = [(later.start + earlier.stop) // 2 for earlier, later in pairwise(windows)]
    bounds = zip([windows[0].start, *seams], [*seams, windows[-1].stop], strict=True)
    deciding: list[Part] = []
    for (first, last), parts in zip(bounds, said, strict=True):
        for part in parts:
            start, stop = max(part.start, first), min(part.stop, last)
            if start < stop:
                goes_on = part.start < start == first != windows[0].start
                deciding.append(replace(part, start=start, stop=stop))
                if goes_on and len(deciding) > 1:
                    deciding[-2:] = [_joined(deciding[-2], deciding[-1])]
    return deciding


def _joined(earlier: Part, later: Part) -> Part:
    longer = later if later.stop - later.start > earlier.stop - earlier.start else earlier
    return replace(longer, start=earlier.start, stop=later.stop)
