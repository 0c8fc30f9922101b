"""What a click in a view means: the dot that is near it, and the lines on which its point lies in other views."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from behaviorvlm.geometry.epipolar import depth_mm, epipolar_line
from behaviorvlm.types import CameraGroup, FloatArray, all_finite

REACH_SHOWN = 22.0
"""A click this near to a dot, in shown px, means it."""
NEAR, FAR = 0.5, 1.8
"""Epipolar lines run from half to almost twice the animal's distance."""


def nearest(points_px: FloatArray, place: FloatArray, *, reach_px: float) -> int | None:
    """Return the number of the nearest of (point, 2) px within reach of a (2,) place, None if there is none."""
    distance = np.where(all_finite(points_px), np.linalg.norm(points_px - place, axis=-1), np.inf)
    return int(distance.argmin()) if len(distance) and distance.min() <= reach_px else None


def sight_lines(
    clicked_px: Mapping[int, FloatArray], rig: CameraGroup, *, camera: int, centre_mm: FloatArray
) -> list[FloatArray]:
    """Return the epipolar lines that clicks in other views draw in one view, each (step, 2) float64 px.

    Args:
        clicked_px: Place of a view to the (2,) place that was clicked in it.
        rig: The cameras.
        camera: Place of the view in which lines are wanted.
        centre_mm: (3,) about where the animal is.
    """
    cameras, lines = list(rig), []
    for other, place in clicked_px.items():
        if other != camera:
            away = max(float(depth_mm(centre_mm, cameras[other])), 1.0)
            line = epipolar_line(place, cameras[other], cameras[camera], near_mm=NEAR * away, far_mm=FAR * away)
            lines.append(line)
    return lines
