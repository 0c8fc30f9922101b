"""Where a video is cut: into stretches that are tracked by themselves, at timepoints settled from nothing.

The cuts depend on the data and the settings only, so any number of workers gives the same result, memory is that of a
few stretches, and a killed run loses none but the stretches under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from behaviorvlm.pose.tracking import Stretch, name_from_nothing
from behaviorvlm.types import FloatArray

LONGEST = 1.5
"""A stretch up to this many times the wanted length is not cut."""
SEARCH_TIMEPOINTS = 100
"""A cut is looked for so far after its nominal place."""
SEARCH_STEP = 4
"""Every so many timepoints."""
SETTLED_SHARE = 0.8
"""Share of the keypoints a settled timepoint names."""
SETTLED_MARGIN = 4.0
"""Nats by which each of these is ahead of its runner-up; below, exchanged paws were seen among settled timepoints."""
SETTLED_LEAD = 15.0
"""Nats by which the naming as a whole is ahead; a wrong cut misleads two stretches, so it must be surer than a find."""


@dataclass(frozen=True, eq=False)
class Anchor:
    """A timepoint whose pose is trusted.

    Attributes:
        timepoint: Index of the synchronised instant.
        points_mm: (keypoint, 3) float64 mm, NaN = missing.
        lead: Nats by which the pose leads any different one; infinite for a seed.
    """

    timepoint: int
    points_mm: FloatArray
    lead: float


def nominal_cuts(start: int, stop: int, length: int) -> list[int]:
    """Return where stretches of about `length` timepoints would begin, without the first."""
    pieces = max(1, round((stop - start) / length)) if stop - start > LONGEST * length else 1
    return [start + round((stop - start) * piece / pieces) for piece in range(1, pieces)]


def find_anchor(stretch: Stretch) -> Anchor | None:
    """Return the first timepoint of a stretch that is settled from nothing, or None."""
    for row in range(0, min(len(stretch), SEARCH_TIMEPOINTS), SEARCH_STEP):
        found = name_from_nothing(stretch, row)
        if found is None or found[1] < SETTLED_LEAD:
            continue
        pose, lead = found
        here = pose.present
        if here.mean() >= SETTLED_SHARE and pose.margin[here].min() >= SETTLED_MARGIN:
            return Anchor(pose.timepoint, pose.points_mm, lead)
    return None


def place_cuts(nominal: Sequence[int], anchors: Sequence[Anchor | None]) -> list[int]:
    """Return the cuts: at the anchor found for each nominal cut, else at the nominal place itself."""
    return [place if anchor is None else anchor.timepoint for place, anchor in zip(nominal, anchors, strict=True)]


def stretches(start: int, stop: int, cuts: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first (included) and last (excluded) timepoint of each stretch."""
    edges = [start, *cuts, stop]
    return list(pairwise(edges))


def anchors_of(first: int, last: int, anchors: Sequence[Anchor]) -> list[Anchor]:
    """Return the anchors at which passes over [first, last) start: the outermost ones, at most two."""
    inside = sorted((one for one in anchors if first <= one.timepoint <= last), key=lambda one: one.timepoint)
    chosen = inside[:1] + inside[1:][-1:]
    return [one for one in chosen if np.isfinite(one.points_mm).any()]
