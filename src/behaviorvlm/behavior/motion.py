"""How each animal moves by itself: where its trunk lies, where it goes and how it turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.behavior.gaps import bridge_short_gaps, local_slope
from behaviorvlm.behavior.trunk import Trunk, as_complex, place_trunk
from behaviorvlm.types import BoolArray, ComplexArray, FloatArray, Tracks

LONGEST_GAP_S = 0.25
"""Longest gap in a keypoint's track that is filled."""
SLOPE_WINDOW_S = 0.2
"""Window of the straight lines whose slopes are speeds and turning."""


@dataclass(frozen=True, eq=False)
class Motion:
    """What each animal does by itself, frame by frame. NaN = cannot be said.

    Attributes:
        center: (timepoint, individual) complex128 px, middle of the trunk.
        heading_rad: (timepoint, individual) float64 from rear to front, 0 = +x, towards +y.
        elongation: (timepoint, individual) float64 length of the trunk now over its usual one.
        velocity: (timepoint, individual) complex128 body lengths per second of the center.
        turning_deg_s: (timepoint, individual) float64 change of heading.
        turns: (timepoint, individual) float64 whole turns, from one angle of the heading to the next, up to here.
        filled: (timepoint, individual) bool where a gap was filled rather than seen.
    """

    center: ComplexArray
    heading_rad: FloatArray
    elongation: FloatArray
    velocity: ComplexArray
    turning_deg_s: FloatArray
    turns: FloatArray
    filled: BoolArray


@dataclass(frozen=True, eq=False)
class TurnsSoFar:
    """Whole turns up to a frame of a piece, known from the piece before.

    Attributes:
        frame: The frame, in the piece.
        turns: (individual,) float64.
    """

    frame: int
    turns: FloatArray


def measure_motion(
    tracks: Tracks, points: ComplexArray, trunk: Trunk, *, frame_rate_hz: float, so_far: TurnsSoFar | None = None
) -> Motion:
    """Return how the animals move (`kinematics.measure_kinematics` says how it is measured).

    Args:
        tracks: Give the times, and what was seen.
        points: (timepoint, individual, keypoint) complex128 px, short gaps filled.
        trunk: The usual trunk of each animal.
        frame_rate_hz: Frames per second.
        so_far: Whole turns before, so that a piece of a recording equals that part of the whole to the last digit.
    """
    place = place_trunk(points, trunk)
    half_window = slope_frames(frame_rate_hz)
    of_trunk = np.isfinite(trunk.shape)
    steps = local_slope(points, tracks.times_s, half_window=half_window)
    turns = _whole_turns(place.heading_rad)
    if so_far is not None:
        turns += so_far.turns - turns[so_far.frame]
    turning = local_slope(place.heading_rad - 2 * np.pi * turns, tracks.times_s, half_window=half_window)
    swing = 1j * np.where(np.isnan(turning), 0, turning * np.exp(1j * place.heading_rad))[..., None] * trunk.shape
    seen = np.isfinite(as_complex(tracks.points_px))
    return Motion(
        center=place.center,
        heading_rad=place.heading_rad,
        elongation=place.elongation,
        velocity=_mean_over_points(np.where(of_trunk, steps - swing, np.nan)) * (1 / trunk.length_px),
        turning_deg_s=np.degrees(turning),
        turns=turns,
        filled=np.isfinite(place.center) & ~(seen & of_trunk).any(axis=-1),
    )


def bridged_points(tracks: Tracks, *, frame_rate_hz: float) -> ComplexArray:
    """Return (timepoint, individual, keypoint) complex128 px, gaps up to `LONGEST_GAP_S` filled in straight lines."""
    return bridge_short_gaps(as_complex(tracks.points_px), longest=gap_frames(frame_rate_hz))


def gap_frames(frame_rate_hz: float) -> int:
    """Return the most frames of a gap that is filled."""
    return round(LONGEST_GAP_S * frame_rate_hz)


def slope_frames(frame_rate_hz: float) -> int:
    """Return how many frames to either side a slope is taken from."""
    return max(1, round(SLOPE_WINDOW_S / 2 * frame_rate_hz))


def _mean_over_points(values: ComplexArray) -> ComplexArray:
    seen = ~np.isnan(values)
    count = seen.sum(axis=-1)
    return np.where(count > 0, np.where(seen, values, 0).sum(axis=-1) / np.maximum(count, 1), np.nan)


def _whole_turns(angle_rad: FloatArray) -> FloatArray:
    """Return (timepoint, individual) by how many whole turns angles jump between frames that follow each other, so far.

    Taken off, they leave angles without jumps.
    """
    step = np.diff(angle_rad, axis=0, prepend=angle_rad[:1])
    turns = np.round(step / (2 * np.pi))
    return np.cumsum(np.where(np.isnan(turns), 0, turns), axis=0)
