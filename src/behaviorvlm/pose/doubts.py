"""Where geometry hesitates: what escalation may ask about a stretch that geometry has named.

Two kinds of doubt. A *side* doubt is about a left/right pair over an interval (`side_paths`): one answer anywhere in
the interval settles all of it. A *dot* doubt is about one keypoint at one timepoint: is this dot that keypoint, or is
the runner-up's dot, or is this dot another keypoint's?
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.pose.confidence import confidence_of
from behaviorvlm.pose.settling import Settled
from behaviorvlm.pose.side_paths import SideCosts, side_costs
from behaviorvlm.pose.tracking import Stretch
from behaviorvlm.types import AnyArray, BoolArray, FloatArray, IntArray, Pose3D

Record = dict[str, AnyArray]

LINKED = 0.25
"""A keypoint that moved less from one timepoint to the next, as a share of the body scale, is the same all along."""


@dataclass(frozen=True, eq=False)
class Doubts:
    """A named stretch as escalation sees it; T timepoints, K keypoints, C cameras, P left/right pairs.

    Attributes:
        start: First timepoint.
        chosen: (T, K) int64 unnamed points chosen, counted as in the stretch's evidence.
        numbers: (T, K, C) int64 candidate numbers each keypoint rests on, -1 = none.
        other_numbers: (T, K, C) int64 those of its runner-up.
        rivals: (T, K) int64 the other keypoint that is believed nearest to where this one was put.
        margin: (T, K) float64 nats without regard to intervals, NaN = missing.
        doubt: (T, K) float64 the chance that the keypoint is wrong, sides considered; 0 = missing.
        linked: (T, K) bool the keypoint is near to where it was at the timepoint before.
        clearance_px: (T, K, C) float64 px from a keypoint's dot to the nearest other candidate of the view, NaN = no
            dot.
        sides: The chains of the P pairs.
    """

    start: int
    chosen: IntArray
    numbers: IntArray
    other_numbers: IntArray
    rivals: IntArray
    margin: FloatArray
    doubt: FloatArray
    linked: BoolArray
    clearance_px: FloatArray
    sides: SideCosts

    def __len__(self) -> int:
        """Return the number of timepoints."""
        return len(self.numbers)

    def packed(self) -> Record:
        """Return the doubts as arrays."""
        own = {name: np.asarray(value) for name, value in vars(self).items() if name != "sides"}
        return own | {f"sides_{name}": value for name, value in vars(self.sides).items()}

    @classmethod
    def unpacked(cls, record: Mapping[str, AnyArray]) -> Doubts:
        """Return the doubts that `packed` packed."""
        own = {name: record[name].astype(kind) for name, kind in _STORED.items()}
        pairs = record["sides_pairs"].astype(np.int64)
        chains = [record[f"sides_{field.name}"].astype(np.float64) for field in fields(SideCosts)[1:]]
        return cls(start=int(record["start"]), **own, sides=SideCosts(pairs, chains[0], chains[1], chains[2]))


_STORED: dict[str, type[np.generic]] = {
    **dict.fromkeys(("chosen", "numbers", "other_numbers", "rivals"), np.int64),
    **dict.fromkeys(("margin", "doubt", "clearance_px"), np.float64),
    "linked": np.bool_,
}


def find_doubts(stretch: Stretch, settled: Settled) -> Doubts:
    """Return what may be asked about a settled stretch."""
    numbers = np.stack([pose.numbers for pose in settled.poses])
    points = np.stack([pose.points_mm for pose in settled.poses])
    margins = np.stack([pose.margin for pose in settled.poses])
    return Doubts(
        start=stretch.evidence[0].timepoint,
        chosen=np.stack(settled.chosen),
        numbers=numbers,
        other_numbers=np.stack([_other_numbers(stretch, row, pose) for row, pose in enumerate(settled.poses)]),
        rivals=_rivals(points, stretch.shape),
        margin=settled.alone,
        doubt=np.where(np.isfinite(margins), 1 - confidence_of(margins), 0.0),
        linked=_linked(points, stretch.shape),
        clearance_px=np.stack([_clearance(stretch, row, numbers[row]) for row in range(len(numbers))]),
        sides=side_costs(stretch, settled.chosen, [None] * len(settled.chosen), guessing=False),
    )


def _rivals(points_mm: FloatArray, shape: BodyShape) -> IntArray:
    """Return the keypoint believed nearest to each of (timepoint, keypoint, 3) mm, itself left out."""
    (ahead, young), (back, old) = _believed(points_mm, shape), _believed(points_mm[::-1], shape)
    back, old = back[::-1], old[::-1]
    places, age = np.where((young <= old)[..., None], ahead, back), np.minimum(young, old)
    gaps = np.linalg.norm(points_mm[:, :, None] - places[:, None], axis=-1) / np.sqrt(age)[:, None]
    gaps[:, np.arange(gaps.shape[1]), np.arange(gaps.shape[1])] = np.inf
    return np.asarray(np.nan_to_num(gaps, nan=np.inf).argmin(axis=-1))


def _believed(points_mm: FloatArray, shape: BodyShape) -> tuple[FloatArray, FloatArray]:
    """Return where keypoints are believed, (timepoint, keypoint, 3) mm, and since when, (timepoint, keypoint)."""
    beliefs = [Belief.at(points_mm[0], shape)]
    for points in points_mm[1:]:
        beliefs.append(beliefs[-1].after(points, shape, guessing=False))
    return np.stack([belief.pose_mm for belief in beliefs]), np.stack([belief.age for belief in beliefs])


def _linked(points_mm: FloatArray, shape: BodyShape) -> BoolArray:
    steps = np.linalg.norm(np.diff(points_mm, axis=0, prepend=np.nan), axis=-1)
    return np.asarray(np.nan_to_num(steps, nan=np.inf) < LINKED * shape.scale_mm)


def _other_numbers(stretch: Stretch, row: int, pose: Pose3D) -> IntArray:
    """Return the candidate numbers of each keypoint's runner-up, (keypoint, camera), -1 = none."""
    points = stretch.evidence[row].points
    other = np.full(pose.numbers.shape, -1, dtype=np.int64)
    for keypoint, place in enumerate(pose.runner_up_mm):
        same = np.flatnonzero((points.points_mm == place).all(axis=1))
        if len(same):
            other[keypoint] = points.numbers[same[0]]
    return other


def _clearance(stretch: Stretch, row: int, numbers: IntArray) -> FloatArray:
    """Return the distance of each dot to the nearest other candidate of its view, (keypoint, camera) px."""
    clearance = np.full(numbers.shape, np.nan)
    for camera, view in enumerate(stretch.evidence[row].views):
        gaps = np.linalg.norm(view.points_px[:, None] - view.points_px[None], axis=-1)
        np.fill_diagonal(gaps, np.inf)
        nearest = gaps.min(axis=1, initial=np.inf)
        seen = numbers[:, camera] >= 0
        clearance[seen, camera] = nearest[numbers[seen, camera]]
    return clearance
