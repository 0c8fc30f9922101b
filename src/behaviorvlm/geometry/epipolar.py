"""The epipolar line of a pixel: where other cameras see the ray its point lies on, lens distortion included."""

from __future__ import annotations

import numpy as np

from behaviorvlm.geometry.projection import project, undistort
from behaviorvlm.types import Camera, FloatArray

STEPS = 64


def epipolar_line(
    point_px: FloatArray, camera: Camera, other: Camera, *, near_mm: float, far_mm: float, steps: int = STEPS
) -> FloatArray:
    """Return the line of one pixel in another view, as points along it.

    Args:
        point_px: (2,) raw px in `camera`.
        camera: Whose pixel it is.
        other: In whose view the line is wanted.
        near_mm: Distance from `camera` along its axis at which the line begins.
        far_mm: Where it ends.
        steps: Number of points along it; a lens bends the line, so two will not do.

    Returns:
        (step, 2) float64 raw px in `other`; NaN behind that camera, or where the lens has no inverse.
    """
    ideal = np.append(undistort(point_px, camera), 1.0)
    depths = 1 / np.linspace(1 / near_mm, 1 / far_mm, steps)  # even steps in px rather than in mm
    seen = ideal * depths[:, None] - camera.tvec
    return project(seen @ camera.rotation, other)


def depth_mm(points_mm: FloatArray, camera: Camera) -> FloatArray:
    """Return how far in front of a camera (..., 3) world points lie along its axis, (...) float64 mm."""
    return np.asarray((points_mm @ camera.rotation.T + camera.tvec)[..., 2])
