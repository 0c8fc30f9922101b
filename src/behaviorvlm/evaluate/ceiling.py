"""Ceilings: the best score anybody could reach with what a run was given."""

from __future__ import annotations

import numpy as np

from behaviorvlm.geometry.triangulation import triangulate
from behaviorvlm.types import BoolArray, CameraGroup, FloatArray


def oracle_points(true_px: FloatArray, seen: BoolArray, *, cameras: CameraGroup) -> FloatArray:
    """Triangulate the true pixels with the given calibration: no detector, no naming error, only the cameras' own.

    Args:
        true_px: (timepoint, camera, keypoint, 2) float64 px of the raw image.
        seen: (timepoint, camera, keypoint) bool, the views that see the true dot; the others are left out.
        cameras: The calibration the run was given.

    Returns:
        (timepoint, keypoint, 3) float64 mm; NaN where fewer than 2 views see it.
    """
    views_px = np.where(seen[..., None], true_px, np.nan)
    return triangulate(np.moveaxis(views_px, 1, 0), cameras)
