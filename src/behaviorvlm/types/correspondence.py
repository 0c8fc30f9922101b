"""Unnamed 3D points: which candidates in different views may be one point."""

from __future__ import annotations

from dataclasses import dataclass

from behaviorvlm.types.arrays import BoolArray, FloatArray, IntArray, frozen_bools, frozen_floats, frozen_ints


@dataclass(frozen=True, eq=False)
class Correspondence:
    """The unnamed 3D points of one timepoint. Points may compete for a candidate; naming decides.

    Attributes:
        timepoint: Index of the synchronised instant.
        points_mm: (point, 3) float64, world frame, mm.
        numbers: (point, camera) int64 candidate number seen by each camera, -1 where none.
        error_px: (point,) float64 root mean square reprojection error over the views used.
        mirrored: (point,) bool, True where the floor mirrors another point there.
    """

    timepoint: int
    points_mm: FloatArray
    numbers: IntArray
    error_px: FloatArray
    mirrored: BoolArray

    def __post_init__(self) -> None:
        points = frozen_floats(self.points_mm, (None, 3), name="points_mm")
        object.__setattr__(self, "points_mm", points)
        object.__setattr__(self, "numbers", frozen_ints(self.numbers, (len(points), None), name="numbers"))
        object.__setattr__(self, "error_px", frozen_floats(self.error_px, (len(points),), name="error_px"))
        object.__setattr__(self, "mirrored", frozen_bools(self.mirrored, (len(points),), name="mirrored"))

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.points_mm)
