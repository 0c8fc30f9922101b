"""How animals stand and move, measured from their tracks, in body lengths, degrees and seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import numpy as np

from behaviorvlm.behavior.motion import Motion, bridged_points, measure_motion
from behaviorvlm.behavior.pair_measures import Bodies
from behaviorvlm.behavior.trunk import Trunk, measure_trunk
from behaviorvlm.types import BoolArray, ComplexArray, FloatArray, KeypointRoles, Role, Tracks


class KinematicsSource(Protocol):
    """Gives what the tracks of a recording say of any of its frames; of what is long, a piece at a time."""

    @property
    def individuals(self) -> tuple[str, ...]:
        """The individual axis."""
        ...

    @property
    def frame_rate_hz(self) -> float:
        """Frames per second."""
        ...

    @property
    def body_length_px(self) -> FloatArray:
        """(individual,) float64 usual length of the trunk."""
        ...

    @property
    def center_px(self) -> FloatArray:
        """(timepoint, individual, 2) float64 middle of the trunk, of all frames."""
        ...

    @property
    def heading_rad(self) -> FloatArray:
        """(timepoint, individual) float64 from rear to front, of all frames."""
        ...

    @property
    def roles(self) -> tuple[Role, ...]:
        """The parts that are tracked."""
        ...

    def over(self, start: int, stop: int) -> Kinematics:
        """Return what is told of the frames from `start` to `stop` (excluded)."""
        ...


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

    @property
    def roles(self) -> tuple[Role, ...]:
        """The parts that are tracked."""
        return tuple(self.parts_px)

    def over(self, start: int, stop: int) -> Kinematics:
        """Return what is told of the frames from `start` to `stop` (excluded); nothing is copied."""
        part = slice(start, stop)
        cut: dict[str, Any] = {name: getattr(self, name)[part] for name in _PER_FRAME}
        cut |= {name: {role: each[part] for role, each in getattr(self, name).items()} for name in _BY_ROLE}
        return replace(self, **cut)


_BY_ROLE = ("parts_px", "nose_to")
_PER_FRAME = tuple(
    one.name
    for one in fields(Kinematics)
    if one.name not in (*_BY_ROLE, "individuals", "frame_rate_hz", "body_length_px")
)


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
    points = bridged_points(tracks, frame_rate_hz=frame_rate_hz)
    motion = measure_motion(tracks, points, trunk, frame_rate_hz=frame_rate_hz)
    bodies = Bodies(motion.center, motion.heading_rad, motion.velocity, trunk.length_px)
    gap = bodies.gap(points[:, :, of_body(tracks, roles)])
    return kinematics_from(tracks, roles, points, motion=motion, bodies=bodies, gap_bl=gap, frame_rate_hz=frame_rate_hz)


def kinematics_from(
    tracks: Tracks,
    roles: KeypointRoles,
    points: ComplexArray,
    *,
    motion: Motion,
    bodies: Bodies,
    gap_bl: FloatArray,
    frame_rate_hz: float,
) -> Kinematics:
    """Return what is told by points, motion and gaps that are measured already.

    Args:
        tracks: Give the names.
        roles: What the keypoints are for.
        points: (timepoint, individual, keypoint) complex128 px, short gaps filled.
        motion: Of the same frames.
        bodies: Of the same frames.
        gap_bl: (timepoint, individual, individual) float64.
        frame_rate_hz: Frames per second.
    """
    named = {role: points[:, :, tracks.keypoints.index(name)] for role, name in _played(tracks, roles).items()}
    return Kinematics(
        individuals=tracks.individuals,
        frame_rate_hz=frame_rate_hz,
        body_length_px=bodies.length_px,
        parts_px={role: _as_pairs(part) for role, part in named.items()},
        filled=motion.filled,
        center_px=_as_pairs(motion.center),
        heading_rad=motion.heading_rad,
        elongation=motion.elongation,
        speed_bl_s=np.abs(motion.velocity),
        forward_bl_s=(motion.velocity * np.exp(-1j * motion.heading_rad)).real,
        turning_deg_s=motion.turning_deg_s,
        distance_bl=bodies.distance(),
        gap_bl=gap_bl,
        bearing_deg=bodies.bearing(),
        closing_bl_s=bodies.closing(),
        nose_to=bodies.reach(named),
    )


def _played(tracks: Tracks, roles: KeypointRoles) -> dict[Role, str]:
    return {role: name for role, name in roles.names.items() if name in tracks.keypoints}


def of_body(tracks: Tracks, roles: KeypointRoles) -> BoolArray:
    """Return which (keypoint,) count as the body when bodies come near: all but the tail behind its base."""
    tail = {roles.names.get(role) for role in (Role.TAIL_MIDDLE, Role.TAIL_TIP)}
    return np.array([name not in tail for name in tracks.keypoints], bool)


def _as_pairs(values: ComplexArray) -> FloatArray:
    return np.stack([values.real, values.imag], axis=-1)
