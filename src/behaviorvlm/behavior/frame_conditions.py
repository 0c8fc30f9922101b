"""What the rules ask of every single frame, told a piece of the recording at a time.

A condition takes a bit of each frame, and the measures it is told from many bytes: these are let go piece by piece.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from behaviorvlm.behavior.kinematic_behaviors import EAR
from behaviorvlm.behavior.kinematic_relations import Pair
from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.behavior.kinematics import Kinematics, KinematicsSource
from behaviorvlm.behavior.trunk import FOREMOST
from behaviorvlm.types import BoolArray, ByteArray, FloatArray, Role

PIECE_FRAMES = 4096
"""Frames whose measures are in memory at a time; a multiple of 8, so that bits of pieces join."""
SEEN, LEAVES_FAST, LEAVES_NEAR, AT_REST, COMING, FAR, WATCHED = (
    "seen", "leaves fast", "leaves near", "touches at rest", "coming", "far", "watched",
)  # fmt: skip
"""Conditions that are not behaviors, but what these are made of."""


class Holds(Mapping[str, BoolArray]):
    """Name to (timepoint,) bool where it holds, kept as bits and unpacked when asked for.

    Args:
        bits: Name to (byte,) uint8, eight frames in each, as `numpy.packbits` gives them.
        n_frames: Number of frames.
    """

    def __init__(self, bits: Mapping[str, ByteArray], n_frames: int) -> None:
        self._bits, self._n_frames = bits, n_frames

    def __getitem__(self, name: str) -> BoolArray:
        return np.unpackbits(self._bits[name], count=self._n_frames).view(np.bool_)

    def __iter__(self) -> Iterator[str]:
        return iter(self._bits)

    def __len__(self) -> int:
        return len(self._bits)


@dataclass(frozen=True, eq=False)
class FrameConditions:
    """What holds in each frame by itself.

    Attributes:
        alone: Animal to what takes no other: behaviors, and `SEEN`.
        toward: (animal, other) to what is between them, of the first towards the second.
        oral: (animal, other) to the contacts of the first's nose, or head.
        apart_bl: (animal, other) to (timepoint,) float64 distance of the bodies.
    """

    alone: Mapping[int, Holds]
    toward: Mapping[tuple[int, int], Holds]
    oral: Mapping[tuple[int, int], Holds]
    apart_bl: Mapping[tuple[int, int], FloatArray]


def frame_conditions(kinematics: KinematicsSource, thresholds: KinematicThresholds) -> FrameConditions:
    """Return what holds in each frame of a recording, of every animal and every two."""
    n_frames, animals = len(kinematics.heading_rad), range(len(kinematics.individuals))
    both = tuple(permutations(animals, 2))
    alone = [_Gathered() for _ in animals]
    toward, oral = ({who: _Gathered() for who in both} for _ in range(2))
    apart = {who: np.empty(n_frames) for who in both}
    for start in range(0, max(n_frames, 1), PIECE_FRAMES):
        told = kinematics.over(start, min(start + PIECE_FRAMES, n_frames))
        for animal in animals:
            alone[animal].add(_alone(told, animal, thresholds))
        for who in both:
            pair = Pair(told, *who, thresholds)
            toward[who].add(_toward(pair, thresholds))
            oral[who].add(_oral(pair, thresholds))
            apart[who][start : start + PIECE_FRAMES] = pair.apart_bl
    return FrameConditions(
        alone={animal: alone[animal].whole() for animal in animals},
        toward={who: toward[who].whole() for who in both},
        oral={who: oral[who].whole() for who in both},
        apart_bl=apart,
    )


class _Gathered:
    """Conditions whose pieces become whole."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[ByteArray]] = defaultdict(list)
        self._n_frames = 0

    def add(self, piece: Mapping[str, BoolArray]) -> None:
        """Take the next piece of each."""
        for name, values in piece.items():
            self._pieces[name].append(np.packbits(values))
        self._n_frames += len(next(iter(piece.values())))

    def whole(self) -> Holds:
        """Return each in one piece."""
        return Holds({name: np.concatenate(pieces) for name, pieces in self._pieces.items()}, self._n_frames)


def _alone(told: Kinematics, animal: int, limits: KinematicThresholds) -> dict[str, BoolArray]:
    speed, turning = told.speed_bl_s[:, animal], np.abs(told.turning_deg_s[:, animal])
    slow = speed < limits.locomotion_speed_bl_s
    return {
        "locomotion": speed >= limits.locomotion_speed_bl_s,
        "turning in place": slow & (turning >= limits.turning_deg_s),
        "rear or hunch": slow & (told.elongation[:, animal] <= limits.shortened),
        "rest": speed < limits.rest_speed_bl_s,
        SEEN: np.isfinite(speed),
    }


def _toward(pair: Pair, limits: KinematicThresholds) -> dict[str, BoolArray]:
    near = pair.kinematics.distance_bl[:, pair.first, pair.second] <= limits.approach_bl
    inside = (pair.apart_bl >= limits.watch_nearest_bl) & (pair.apart_bl <= limits.watch_farthest_bl)
    return {
        "chase": pair.trailing & pair.running & (pair.apart_bl <= limits.chase_bl),
        "follow": pair.trailing & (pair.apart_bl <= limits.follow_bl),
        "side-by-side contact": pair.touching & pair.beside,
        "body contact": pair.touching,
        "close": (pair.apart_bl <= limits.close_bl) & ~pair.touching,
        LEAVES_FAST: pair.leaving & pair.running,
        LEAVES_NEAR: pair.leaving & (pair.apart_bl <= limits.chase_bl),
        AT_REST: pair.touching & pair.both_rest,
        COMING: pair.coming & near & ~pair.touching,
        FAR: pair.apart_bl >= limits.approach_start_bl,
        WATCHED: pair.looking & inside,
    }


def _oral(pair: Pair, limits: KinematicThresholds) -> dict[str, BoolArray]:
    """Return the contacts of the nose, in each frame only that which is nearest for its threshold."""
    parts = pair.kinematics.parts_px
    if Role.NOSE not in parts:
        front = next((role for role in FOREMOST if role in parts), Role.HEAD)
        return {"head contact": pair.reach_trunk_bl(front) <= limits.head_contact_bl}
    ratios = {
        "oral-oral contact": pair.reach_bl(Role.NOSE) / limits.oral_contact_bl,
        "oral-ear contact": pair.reach_bl(*EAR) / limits.oral_ear_contact_bl,
        "oral-genital contact": pair.reach_bl(Role.TAIL_BASE) / limits.oral_contact_bl,
    }
    nearest = np.fmin.reduce(list(ratios.values()))
    found = {name: (ratio <= 1) & (ratio == nearest) for name, ratio in ratios.items()}
    found["oral-oral contact"] &= ~pair.level
    return found | {"oral-body contact": pair.reach_trunk_bl(Role.NOSE) <= limits.oral_body_contact_bl}
