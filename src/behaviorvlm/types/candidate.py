"""Candidates: detected, unnamed points of one view."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from behaviorvlm.types.arrays import FloatArray, IntArray, frozen_floats, frozen_ints


class CandidateFlag(IntFlag):
    """Why a candidate may be no dot on the animal. Flags are evidence, never a verdict: nothing is thrown away."""

    NONE = 0
    STATIC_SPECK = 1
    FLOOR_MIRROR = 2


@dataclass(frozen=True, eq=False)
class CandidateSet:
    """The candidates of one view. A candidate's number is its row, from 0, and never changes within a run.

    Attributes:
        timepoint: Index of the synchronised instant.
        camera: Camera name.
        points_px: (candidate, 2) float64 x, y in px of the raw (distorted) image.
        brightness: (candidate,) float64 peak above the local background in DN; NaN where a file gave none.
        size_px: (candidate,) float64 standard deviation of the spot in px; NaN where a file gave none.
        flags: (candidate,) int64 bits of `CandidateFlag`.
    """

    timepoint: int
    camera: str
    points_px: FloatArray
    brightness: FloatArray
    size_px: FloatArray
    flags: IntArray

    def __post_init__(self) -> None:
        points = frozen_floats(self.points_px, (None, 2), name="points_px")
        object.__setattr__(self, "points_px", points)
        for field in ("brightness", "size_px"):
            object.__setattr__(self, field, frozen_floats(getattr(self, field), (len(points),), name=field))
        object.__setattr__(self, "flags", frozen_ints(self.flags, (len(points),), name="flags"))

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.points_px)

    @classmethod
    def from_points(cls, timepoint: int, camera: str, points_px: FloatArray) -> CandidateSet:
        """Return candidates of which only the (candidate, 2) positions are known, as a file of points gives them."""
        unknown = np.full(len(points_px), np.nan)
        return cls(timepoint, camera, points_px, unknown, unknown, np.zeros(len(points_px), dtype=np.int64))
