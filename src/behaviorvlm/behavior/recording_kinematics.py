"""The kinematics of a long recording: what costs time is measured once and kept, the rest is told a piece at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from behaviorvlm.behavior.kinematics import Kinematics, KinematicsSource, kinematics_from, of_body
from behaviorvlm.behavior.motion import (
    Motion,
    TurnsSoFar,
    bridged_points,
    gap_frames,
    measure_motion,
    slope_frames,
)
from behaviorvlm.behavior.pair_measures import Bodies, smallest_distance
from behaviorvlm.behavior.trunk import Trunk, measure_trunk
from behaviorvlm.types import ComplexArray, FloatArray, KeypointRoles, Recording, Role, Tracks

PIECE_FRAMES = 4096
"""Frames that are measured, and told, at a time: their arrays stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class RecordingKinematics:
    """What the tracks of one recording say; equal, in every piece and to the last digit, to `measure_kinematics`.

    For each frame it keeps 56 bytes of each animal and 8 of each pair of animals, beside the tracks.

    Attributes:
        individuals: The individual axis.
        tracks: Their points.
        keypoint_roles: What the keypoints are for.
        frame_rate_hz: Frames per second.
        trunk: The usual trunk of each animal.
        motion: What each animal does by itself, of all frames.
        nearest_px: (timepoint, pair) float64 smallest distance of the bodies of each two animals, `pairs_of` in order.
    """

    individuals: tuple[str, ...]
    tracks: Tracks
    keypoint_roles: KeypointRoles
    frame_rate_hz: float
    trunk: Trunk
    motion: Motion
    nearest_px: FloatArray
    _last: dict[str, tuple[int, int, Kinematics]] = field(default_factory=dict, init=False, repr=False)

    @property
    def body_length_px(self) -> FloatArray:
        """(individual,) float64 usual length of the trunk."""
        return self.trunk.length_px

    @property
    def center_px(self) -> FloatArray:
        """(timepoint, individual, 2) float64 middle of the trunk, of all frames."""
        center = self.motion.center
        return center.view(np.float64).reshape(*center.shape, 2)

    @property
    def heading_rad(self) -> FloatArray:
        """(timepoint, individual) float64 from rear to front, of all frames."""
        return self.motion.heading_rad

    @property
    def roles(self) -> tuple[Role, ...]:
        """The parts that are tracked."""
        return tuple(role for role, name in self.keypoint_roles.names.items() if name in self.tracks.keypoints)

    def over(self, start: int, stop: int) -> Kinematics:
        """Return what is told of the frames from `start` to `stop` (excluded).

        The piece that was told last is kept: who asks for one stretch after the other has each measured once.
        """
        first, last, kept = self._last.get("piece", (0, -1, None))
        if kept is None or not first <= start <= stop <= last:
            first, last = start, min(max(stop, start + PIECE_FRAMES), len(self.tracks.times_s))
            kept = self._told(first, last)
            self._last["piece"] = first, last, kept
        return kept.over(start - first, stop - first)

    def _told(self, start: int, stop: int) -> Kinematics:
        points, part = self._points(start, stop), slice(start, stop)
        motion = Motion(**{name: values[part] for name, values in vars(self.motion).items()})
        bodies = Bodies(motion.center, motion.heading_rad, motion.velocity, self.trunk.length_px)
        gap = bodies.gap_of(self.nearest_px[part])
        names = Tracks(
            self.individuals,
            self.tracks.keypoints,
            self.tracks.points_px[part],
            self.tracks.confidence[part],
            self.tracks.times_s[part],
        )
        return kinematics_from(
            names,
            self.keypoint_roles,
            points,
            motion=motion,
            bodies=bodies,
            gap_bl=gap,
            frame_rate_hz=self.frame_rate_hz,
        )

    def _points(self, start: int, stop: int) -> ComplexArray:
        around = gap_frames(self.frame_rate_hz) + 1
        first = max(start - around, 0)
        points = bridged_points(self.tracks.part(first, stop + around), frame_rate_hz=self.frame_rate_hz)
        return points[start - first : stop - first]


def measure_recording(tracks: Tracks, roles: KeypointRoles, *, frame_rate_hz: float) -> RecordingKinematics:
    """Return how the animals of a recording stand and move, measured `PIECE_FRAMES` at a time.

    Args:
        tracks: The animals' points; their own times are used.
        roles: What the keypoints are for; roles of other keypoints are passed over.
        frame_rate_hz: Frames per second, which turns seconds into frames.
    """
    trunk = measure_trunk(tracks, roles)
    number, shape = len(tracks.individuals), (len(tracks.times_s), len(tracks.individuals))
    motion = Motion(
        center=np.empty(shape, np.complex128),
        heading_rad=np.empty(shape),
        elongation=np.empty(shape),
        velocity=np.empty(shape, np.complex128),
        turning_deg_s=np.empty(shape),
        turns=np.broadcast_to(np.float64(np.nan), shape),  # of use to the next piece alone
        filled=np.empty(shape, np.bool_),
    )
    nearest_px = np.empty((shape[0], number * (number - 1) // 2))
    body = of_body(tracks, roles)
    for part, inside, points, found in _pieces(tracks, trunk, frame_rate_hz):
        for name, values in vars(motion).items():
            if name != "turns":
                values[part] = getattr(found, name)[inside]
        for pair, (first, second) in enumerate(combinations(range(number), 2)):
            mine, theirs = points[inside, first][:, body], points[inside, second][:, body]
            nearest_px[part, pair] = smallest_distance(mine, theirs)
    return RecordingKinematics(tracks.individuals, tracks, roles, frame_rate_hz, trunk, motion, nearest_px)


def kinematics_of(recording: Recording) -> KinematicsSource | None:
    """Return how the animals of a recording stand and move; None for video alone."""
    if recording.tracks is None:
        return None
    return measure_recording(recording.tracks, recording.roles, frame_rate_hz=recording.frame_rate_hz)


def _pieces(tracks: Tracks, trunk: Trunk, frame_rate_hz: float) -> Iterator[tuple[slice, slice, ComplexArray, Motion]]:
    """Yield frames, where they are in a piece with frames around it, its points and their motion.

    Turning is the slope of a heading from which all turns before were taken off, so these are handed on from piece to
    piece; a frame at the edge of a piece may lack points that are filled in the whole, one within its slopes does not.
    """
    slope = slope_frames(frame_rate_hz)
    around = gap_frames(frame_rate_hz) + 1 + slope
    so_far = TurnsSoFar(0, np.zeros(len(tracks.individuals)))
    for start in range(0, len(tracks.times_s), PIECE_FRAMES):
        stop, first = min(start + PIECE_FRAMES, len(tracks.times_s)), max(start - around, 0)
        piece = tracks.part(first, stop + around)
        points = bridged_points(piece, frame_rate_hz=frame_rate_hz)
        found = measure_motion(piece, points, trunk, frame_rate_hz=frame_rate_hz, so_far=so_far)
        yield slice(start, stop), slice(start - first, stop - first), points, found
        known = max(stop - slope, 0)
        so_far = TurnsSoFar(known - max(stop - around, 0), found.turns[known - first].copy())
