"""Which frames of an interval a clip shows, and which part of the picture: the same part in all of them."""

from __future__ import annotations

import numpy as np

from behaviorvlm.imaging.crops import Crop, crop_around, whole_picture
from behaviorvlm.types import BoolArray, FloatArray, IntArray, all_finite

WHOLE_SHARE = 0.6
"""A crop that would show more than this share of the picture shows all of it."""
NEAR_BL, MARGIN_BL, LEAST_SIDE_BL = 3.0, 0.8, 4.0
"""In body lengths: how near another animal comes to be part of the action, what is left free around it, and the least
side of a crop: walls, corners and objects tell what an animal is at."""


def sample_frames(times_s: FloatArray, start: int, stop: int, *, rate_hz: float, most: int) -> IntArray:
    """Return the frames that a clip of an interval shows: evenly in time, the first and the last always among them.

    Args:
        times_s: (timepoint,) seconds of each frame, rising.
        start: First frame of the interval.
        stop: Frame behind the last.
        rate_hz: Pictures per second.
        most: The most pictures; a longer interval is thinned. At least 2.

    Returns:
        (frame,) rising indices.
    """
    inside = times_s[start:stop]
    count = min(round(float(inside[-1] - inside[0]) * rate_hz) + 1, most)
    wanted = np.linspace(inside[0], inside[-1], max(count, 2))
    behind = np.clip(np.searchsorted(inside, wanted), 1, max(len(inside) - 1, 1))
    ahead = behind - 1
    behind = np.minimum(behind, len(inside) - 1)
    nearer = np.where(wanted - inside[ahead] <= inside[behind] - wanted, ahead, behind)
    return np.unique(nearer).astype(np.int64) + start


def crop_to_action(
    points_px: FloatArray, *, focal: int, body_length_px: float, image_size: tuple[int, int]
) -> tuple[Crop, BoolArray]:
    """Return the part of the picture in which an animal, and who comes near it, is seen in every frame of a clip.

    Args:
        points_px: (frame, individual, keypoint, 2) px, NaN = missing.
        focal: The individual in question.
        body_length_px: Its usual length; NaN = unknown.
        image_size: (width, height) of the picture in px.

    Returns:
        The unscaled crop, all of the picture where the animal is not located or the action is spread out; and which
        individuals it was made to hold, (individual,) bool.
    """
    near = near_individuals(points_px, focal=focal, reach_px=NEAR_BL * body_length_px)
    shown = points_px[:, near].reshape(-1, 2)
    shown = shown[all_finite(shown)]
    if not len(shown) or not np.isfinite(body_length_px):
        return whole_picture(image_size), np.ones(points_px.shape[1], dtype=bool)
    box = np.concatenate([shown.min(axis=0), shown.max(axis=0)])
    margin, side = MARGIN_BL * body_length_px, LEAST_SIDE_BL * body_length_px
    crop = crop_around(box, image_size, margin_px=margin, least_side_px=side, widest=1.5)
    if crop.width_px * crop.height_px > WHOLE_SHARE * image_size[0] * image_size[1]:
        return whole_picture(image_size), np.ones(points_px.shape[1], dtype=bool)
    return crop, near


def near_individuals(points_px: FloatArray, *, focal: int, reach_px: float) -> BoolArray:
    """Return who comes within reach of an individual in any frame, itself included where it is seen, (individual,).

    Args:
        points_px: (frame, individual, keypoint, 2) px, NaN = missing.
        focal: The individual in question.
        reach_px: From any of its points to any of the other's.
    """
    near = np.asarray(all_finite(points_px).any(axis=2).any(axis=0))
    if not near[focal]:
        return np.zeros_like(near)
    for other in np.flatnonzero(near).tolist():
        gaps = np.linalg.norm(points_px[:, focal, :, None] - points_px[:, other, None], axis=-1)
        near[other] = bool(np.nanmin(gaps, initial=np.inf) <= reach_px) or other == focal
    return near
