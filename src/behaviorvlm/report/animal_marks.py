"""Animals marked in a picture: a dot on each keypoint in the animal's color, an arrow to whom it does something."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from behaviorvlm.imaging.marks import BLACK, color_of
from behaviorvlm.types import ByteArray, FloatArray

ASIDE_PX = 5.0
RIM = 1.5
"""Radius of a dot with its rim, over that without."""
_FRACTION_BITS = 4


def draw_points(picture: ByteArray, points_px: FloatArray, *, radius_px: float, individuals: Sequence[int]) -> None:
    """Draw the keypoints of some animals as dots with a dark rim.

    Args:
        picture: (height, width, 3) uint8 RGB; drawn into.
        points_px: (individual, keypoint, 2) px of the picture, NaN = missing.
        radius_px: Of a dot.
        individuals: Places on the individual axis of those to draw; their colors go by it.
    """
    rim, dot = (round(radius * 2**_FRACTION_BITS) for radius in (RIM * radius_px, radius_px))
    for place in individuals:
        seen = points_px[place][np.isfinite(points_px[place]).all(axis=-1)]
        centers = np.round(seen * 2**_FRACTION_BITS).astype(np.int32).tolist()
        for center in centers:
            cv2.circle(picture, center, rim, BLACK, -1, cv2.LINE_AA, _FRACTION_BITS)
        for center in centers:
            cv2.circle(picture, center, dot, color_of(place), -1, cv2.LINE_AA, _FRACTION_BITS)


def draw_direction(picture: ByteArray, points_px: FloatArray, *, actor: int, target: int, reach: float) -> None:
    """Draw an arrow from the middle of an animal towards the middle of another one, in the color of the first.

    It runs a little to its right, so that those of two animals at each other lie side by side.

    Args:
        picture: (height, width, 3) uint8 RGB; drawn into.
        points_px: (individual, keypoint, 2) px of the picture, NaN = missing.
        actor: Place of who does it.
        target: Place of whom it is done to.
        reach: The arrow covers so much of the way, around its middle.
    """
    ends = middles(points_px[[actor, target]])
    if not np.isfinite(ends).all():
        return
    half = reach / 2 * (ends[1] - ends[0])
    length = max(float(np.linalg.norm(half)), 1.0)
    center = ends.mean(axis=0) + ASIDE_PX / length * np.array([-half[1], half[0]])
    start, stop = ([round(value) for value in end.tolist()] for end in (center - half, center + half))
    tip = min(0.5, 5.0 / length)
    cv2.arrowedLine(picture, start, stop, BLACK, 4, cv2.LINE_AA, tipLength=tip)
    cv2.arrowedLine(picture, start, stop, color_of(actor), 2, cv2.LINE_AA, tipLength=tip)


def middles(points_px: FloatArray) -> FloatArray:
    """Return the mean of the keypoints that are seen, (..., individual, 2) px of (..., individual, keypoint, 2)."""
    seen = np.isfinite(points_px).all(axis=-1, keepdims=True)
    count = seen.sum(axis=-2)
    total = np.where(seen, points_px, 0.0).sum(axis=-2)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))
