"""How far a keypoint may step, and how long a bone may be: what the flags of jumps and bone lengths are raised by.

They are kept with a run, so that the flags can be raised anew where a person moved a point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from behaviorvlm.types.arrays import AnyArray, BoolArray, FloatArray, IntArray, all_finite, frozen_floats
from behaviorvlm.types.pose import PoseFlag


@dataclass(frozen=True, eq=False)
class BodyLimits:
    """What one animal's exemplars allow.

    Attributes:
        jump_mm: A longer step away from both neighbours in time is a jump.
        bones_mm: (edge, 2) float64 shortest and longest length of each edge of the skeleton, NaN = no exemplar shows
            it, and it is not judged.
    """

    jump_mm: float
    bones_mm: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "bones_mm", frozen_floats(self.bones_mm, (None, 2), name="bones_mm"))

    def packed(self) -> dict[str, AnyArray]:
        """Return the limits as arrays."""
        return {"jump_mm": np.array([self.jump_mm]), "bones_mm": self.bones_mm}

    @classmethod
    def unpacked(cls, record: Mapping[str, AnyArray]) -> Self:
        """Return the limits that `packed` packed."""
        return cls(float(record["jump_mm"][0]), record["bones_mm"].astype(np.float64))

    def flags(self, points_mm: FloatArray, edges: IntArray) -> IntArray:
        """Return the flags of jumps and bones of consecutive timepoints.

        Args:
            points_mm: (timepoint, keypoint, 3) float64 mm, NaN = missing.
            edges: (edge, 2) int64 keypoint indices.

        Returns:
            (timepoint, keypoint) int64 bits of `PoseFlag`, 0 where a keypoint is missing.
        """
        jumps = np.where(self._jumps(points_mm), int(PoseFlag.JUMP), 0)
        bones = np.where(self._odd_bones(points_mm, edges), int(PoseFlag.BONE_LENGTH), 0)
        return np.where(all_finite(points_mm), jumps | bones, 0).astype(np.int64)

    def _jumps(self, points: FloatArray) -> BoolArray:
        """Return which points are far from where they are both before and after, (timepoint, keypoint) bool."""
        steps = np.full((len(points) + 1, points.shape[1]), np.nan)
        steps[1:-1] = np.linalg.norm(np.diff(points, axis=0), axis=-1)
        return np.asarray(np.fmin(steps[:-1], steps[1:]) > self.jump_mm)

    def _odd_bones(self, points: FloatArray, edges: IntArray) -> BoolArray:
        """Return which keypoints end a bone that no exemplar has so short or so long, (timepoint, keypoint) bool."""
        odd = np.zeros(points.shape[:2], dtype=np.bool_)
        for (first, second), (short, long) in zip(edges, self.bones_mm, strict=True):
            length = np.linalg.norm(points[:, first] - points[:, second], axis=-1)
            wrong = (length < short) | (length > long)
            odd[wrong, first] = odd[wrong, second] = True
        return odd
