"""The answer of the pose pipeline: named 3D keypoints of one timepoint."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from behaviorvlm.types.arrays import BoolArray, FloatArray, IntArray, all_finite, frozen_floats, frozen_ints


class PoseFlag(IntFlag):
    """What a person should know about one keypoint at one timepoint."""

    NONE = 0
    TWO_VIEWS = 1
    LOW_MARGIN = 2
    JUMP = 4
    BONE_LENGTH = 8
    BELOW_FLOOR = 16
    SEED_DISAGREES = 32
    PASSES_DISAGREE = 64
    VIEW_REJECTED = 128
    HIGH_ERROR = 256
    TRACK_UNSURE = 512
    CORRECTED = 1024
    UNSEEDED = 2048


@dataclass(frozen=True, eq=False)
class Pose3D:
    """Named 3D keypoints of one individual at one timepoint.

    Attributes:
        timepoint: Index of the synchronised instant.
        points_mm: (keypoint, 3) float64 world frame, mm; NaN = missing.
        numbers: (keypoint, camera) int64 candidate number each view contributed, -1 = none.
        error_px: (keypoint,) float64 root mean square reprojection error over the views used, NaN = missing.
        margin: (keypoint,) float64, how much worse (in nats of the configuration's energy) the best configuration
            is in which this keypoint is another point or missing; NaN where the keypoint is missing.
        runner_up_mm: (keypoint, 3) float64 where that configuration puts the keypoint; NaN = it says missing.
        flags: (keypoint,) int64 bits of `PoseFlag`.
    """

    timepoint: int
    points_mm: FloatArray
    numbers: IntArray
    error_px: FloatArray
    margin: FloatArray
    runner_up_mm: FloatArray
    flags: IntArray

    def __post_init__(self) -> None:
        points = frozen_floats(self.points_mm, (None, 3), name="points_mm")
        object.__setattr__(self, "points_mm", points)
        count = len(points)
        object.__setattr__(self, "numbers", frozen_ints(self.numbers, (count, None), name="numbers"))
        object.__setattr__(self, "error_px", frozen_floats(self.error_px, (count,), name="error_px"))
        object.__setattr__(self, "margin", frozen_floats(self.margin, (count,), name="margin"))
        object.__setattr__(self, "runner_up_mm", frozen_floats(self.runner_up_mm, (count, 3), name="runner_up_mm"))
        object.__setattr__(self, "flags", frozen_ints(self.flags, (count,), name="flags"))

    @property
    def present(self) -> BoolArray:
        """Which keypoints have a position, (keypoint,) bool."""
        return all_finite(self.points_mm)

    @property
    def n_views(self) -> IntArray:
        """Number of views each keypoint rests on, (keypoint,) int64."""
        return np.asarray((self.numbers >= 0).sum(axis=1), dtype=np.int64)

    @classmethod
    def missing(cls, timepoint: int, n_keypoints: int, n_cameras: int) -> Pose3D:
        """Return a pose in which every keypoint is missing."""
        nowhere, unknown = np.full((n_keypoints, 3), np.nan), np.full(n_keypoints, np.nan)
        numbers, flags = np.full((n_keypoints, n_cameras), -1), np.zeros(n_keypoints, dtype=np.int64)
        return cls(timepoint, nowhere, numbers, unknown, unknown, nowhere, flags)
