"""How animals stand and move, measured from their tracks, in body lengths, degrees and seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from behaviorvlm.behavior.gaps import bridge_short_gaps, local_slope
from behaviorvlm.behavior.pair_measures import Bodies
from behaviorvlm.behavior.trunk import Trunk, as_complex, measure_trunk, place_trunk
from behaviorvlm.types import BoolArray, ComplexArray, FloatArray, KeypointRoles, Recording, Role, Tracks

LONGEST_GAP_S = 0.25
"""Longest gap in a keypoint's track that is filled."""
SLOPE_WINDOW_S = 0.2
"""Window of the straight lines whose slopes are speeds and turning."""


@dataclass(frozen=True, eq=False)
class Kinematics:
    """What the tracks of one recording say of every animal, frame by frame. NaN = cannot be said.

    Attributes:
        individuals: The individual axis.
        frame_rate_hz: Frames per second.
        body_length_px: (individual,) float64 usual length of the trunk: the unit "bl".
        parts_px: Role to (timepoint, individual, 2) float64 px, short gaps filled.
        filled: (timepoint, individual) bool where a gap was filled rather than seen.
        center_px: (timepoint, individual, 2) float64 middle of the trunk.
        heading_rad: (timepoint, individual) float64 from rear to front, 0 = +x, towards +y (down in the picture).
        elongation: (timepoint, individual) float64 length of the trunk now over its usual one.
        speed_bl_s: (timepoint, individual) float64 of the center.
        forward_bl_s: (timepoint, individual) float64 part of the speed along the heading, below 0 = backwards.
        turning_deg_s: (timepoint, individual) float64 change of heading, over 0 = clockwise as seen in the picture.
        distance_bl: (timepoint, individual, individual) float64 between centers, in lengths of the first.
        gap_bl: (timepoint, individual, individual) float64 smallest distance of any two points of the bodies.
        bearing_deg: (timepoint, individual, individual) float64 where the first sees the second: 0 = straight ahead, in
            [-180, 180].
        closing_bl_s: (timepoint, individual, individual) float64 how fast the first's own motion shortens that.
        nose_to: Role to (timepoint, individual, individual) float64 from the first's foremost head point to that
            part of the second, in lengths of the first.
    """

    individuals: tuple[str, ...]
    frame_rate_hz: float
    body_length_px: FloatArray
    parts_px: Mapping[Role, FloatArray]
    filled: BoolArray
    center_px: FloatArray
    heading_rad: FloatArray
    elongation: FloatArray
    speed_bl_s: FloatArray
    forward_bl_s: FloatArray
    turning_deg_s: FloatArray
    distance_bl: FloatArray
    gap_bl: FloatArray
    bearing_deg: FloatArray
    closing_bl_s: FloatArray
    nose_to: Mapping[Role, FloatArray]


def measure_kinematics(
    tracks: Tracks, roles: KeypointRoles, *, frame_rate_hz: float, trunk: Trunk | None = None
) -> Kinematics:
    """Return how the animals of a recording stand and move.

    The trunk is the keypoints with a role from nose to tail base, without paws; where fewer than two have a role it
    is all of them, with the principal axis of their usual shape as the body's axis. Middle and heading are those of
    the usual shape of the trunk, fitted to the points that are seen. Gaps up to `LONGEST_GAP_S` are filled in a
    straight line, longer ones stay NaN. Speeds are slopes over `SLOPE_WINDOW_S`, less the part that turning explains,
    averaged over the points of the trunk: a point which comes and goes is no motion. Swapped identities are taken as
    they come. Pairs of an animal with itself are NaN.

    Args:
        tracks: The animals' points; their own times are used.
        roles: What the keypoints are for; roles of other keypoints are passed over.
        frame_rate_hz: Frames per second, which turns seconds into frames.
        trunk: The usual trunk of each animal. Without it that of these very frames; whoever measures a recording in
            pieces measures it once for all.
    """
    trunk = trunk or measure_trunk(tracks, roles)
    seen = as_complex(tracks.points_px)
    points = bridge_short_gaps(seen, longest=round(LONGEST_GAP_S * frame_rate_hz))
    place = place_trunk(points, trunk)
    half_window = max(1, round(SLOPE_WINDOW_S / 2 * frame_rate_hz))
    of_trunk = np.isfinite(trunk.shape)
    steps = local_slope(points, tracks.times_s, half_window=half_window)
    turning = local_slope(_unwrapped(place.heading_rad), tracks.times_s, half_window=half_window)
    swing = 1j * np.where(np.isnan(turning), 0, turning * np.exp(1j * place.heading_rad))[..., None] * trunk.shape
    velocity = _mean_over_points(np.where(of_trunk, steps - swing, np.nan)) * (1 / trunk.length_px)
    named = {role: points[:, :, tracks.keypoints.index(name)] for role, name in _played(tracks, roles).items()}
    body = points[:, :, _of_body(tracks, roles)]
    bodies = Bodies(place.center, place.heading_rad, velocity, trunk.length_px)
    return Kinematics(
        individuals=tracks.individuals,
        frame_rate_hz=frame_rate_hz,
        body_length_px=trunk.length_px,
        parts_px={role: _as_pairs(part) for role, part in named.items()},
        filled=np.isfinite(place.center) & ~(np.isfinite(seen) & of_trunk).any(axis=-1),
        center_px=_as_pairs(place.center),
        heading_rad=place.heading_rad,
        elongation=place.elongation,
        speed_bl_s=np.abs(velocity),
        forward_bl_s=(velocity * np.exp(-1j * place.heading_rad)).real,
        turning_deg_s=np.degrees(turning),
        distance_bl=bodies.distance(),
        gap_bl=bodies.gap(body),
        bearing_deg=bodies.bearing(),
        closing_bl_s=bodies.closing(),
        nose_to=bodies.reach(named),
    )


def kinematics_of(recording: Recording) -> Kinematics | None:
    """Return how the animals of a recording stand and move; None for video alone."""
    if recording.tracks is None:
        return None
    return measure_kinematics(recording.tracks, recording.roles, frame_rate_hz=recording.frame_rate_hz)


def _played(tracks: Tracks, roles: KeypointRoles) -> dict[Role, str]:
    return {role: name for role, name in roles.names.items() if name in tracks.keypoints}


def _of_body(tracks: Tracks, roles: KeypointRoles) -> BoolArray:
    """Return which (keypoint,) count as the body when bodies come near: all but the tail behind its base."""
    tail = {roles.names.get(role) for role in (Role.TAIL_MIDDLE, Role.TAIL_TIP)}
    return np.array([name not in tail for name in tracks.keypoints], bool)


def _mean_over_points(values: ComplexArray) -> ComplexArray:
    seen = ~np.isnan(values)
    count = seen.sum(axis=-1)
    return np.where(count > 0, np.where(seen, values, 0).sum(axis=-1) / np.maximum(count, 1), np.nan)


def _unwrapped(angle_rad: FloatArray) -> FloatArray:
    """Return (timepoint, individual) angles without jumps by whole turns between frames that follow each other."""
    step = np.diff(angle_rad, axis=0, prepend=angle_rad[:1])
    turns = np.round(step / (2 * np.pi))
    return angle_rad - 2 * np.pi * np.cumsum(np.where(np.isnan(turns), 0, turns), axis=0)


def _as_pairs(values: ComplexArray) -> FloatArray:
    return np.stack([values.real, values.imag], axis=-1)
