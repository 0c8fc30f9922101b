"""The truth of a session: where every keypoint was, and whether anybody could have seen it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.types import BoolArray, FloatArray
from behaviorvlm.types.arrays import frozen_bools, frozen_floats

SEEN_LIKELIHOOD = 0.5
"""A true dot of this likelihood or more counts as seen in a view."""
MIN_VIEWS = 2
"""Views a keypoint must be seen in to be supported."""


@dataclass(frozen=True, eq=False)
class PoseTruth:
    """Exact keypoints and which of them the pictures support.

    Attributes:
        points_mm: (timepoint, keypoint, 3) float64 world frame, mm; NaN where unknown.
        supported: (timepoint, keypoint) bool, True where the true dot is seen in at least 2 views.
        oracle_mm: (timepoint, keypoint, 3) float64, what triangulating the true pixels gives with the calibration the
            run was given (`evaluate.ceiling`); NaN where not supported.
    """

    points_mm: FloatArray
    supported: BoolArray
    oracle_mm: FloatArray

    def __post_init__(self) -> None:
        points = frozen_floats(self.points_mm, (None, None, 3), name="points_mm")
        object.__setattr__(self, "points_mm", points)
        object.__setattr__(self, "supported", frozen_bools(self.supported, points.shape[:2], name="supported"))
        object.__setattr__(self, "oracle_mm", frozen_floats(self.oracle_mm, points.shape, name="oracle_mm"))


def seen_views(likelihood: FloatArray) -> BoolArray:
    """Return which views see a true dot: likelihood of 0.5 or more; NaN is not seen. Any shape in, the same out."""
    return np.asarray(np.nan_to_num(likelihood, nan=0.0) >= SEEN_LIKELIHOOD)
