"""Where geometry hesitates: what escalation may ask about a stretch that geometry has named.

Two kinds of doubt. A *side* doubt is about a left/right pair over an interval (`side_paths`): one answer anywhere in
the interval settles all of it. A *dot* doubt is about one keypoint at one timepoint: this dot, or its runner-up's?
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from behaviorvlm.pose.settling import Settled
from behaviorvlm.pose.side_paths import SideCosts, side_costs
from behaviorvlm.pose.tracking import Stretch
from behaviorvlm.types import AnyArray, FloatArray, IntArray, Pose3D

Record = dict[str, AnyArray]


@dataclass(frozen=True, eq=False)
class Doubts:
    """A named stretch as escalation sees it; T timepoints, K keypoints, C cameras, P left/right pairs.

    Attributes:
        start: First timepoint.
        chosen: (T, K) int64 unnamed points chosen, counted as in the stretch's evidence.
        numbers: (T, K, C) int64 candidate numbers each keypoint rests on, -1 = none.
        other_numbers: (T, K, C) int64 those of its runner-up.
        margin: (T, K) float64 nats without regard to intervals, NaN = missing.
        clearance_px: (T, K, C) float64 px from a keypoint's dot to the nearest other candidate of the view, NaN = no
            dot.
        sides: The chains of the P pairs.
    """

    start: int
    chosen: IntArray
    numbers: IntArray
    other_numbers: IntArray
    margin: FloatArray
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
        ints = {name: record[name].astype(np.int64) for name in ("chosen", "numbers", "other_numbers")}
        floats = {name: record[name].astype(np.float64) for name in ("margin", "clearance_px")}
        pairs = record["sides_pairs"].astype(np.int64)
        chains = [record[f"sides_{field.name}"].astype(np.float64) for field in fields(SideCosts)[1:]]
        return cls(
            start=int(record["start"]),
            chosen=ints["chosen"],
            numbers=ints["numbers"],
            other_numbers=ints["other_numbers"],
            margin=floats["margin"],
            clearance_px=floats["clearance_px"],
            sides=SideCosts(pairs, chains[0], chains[1], chains[2]),
        )


def find_doubts(stretch: Stretch, settled: Settled) -> Doubts:
    """Return what may be asked about a settled stretch."""
    numbers = np.stack([pose.numbers for pose in settled.poses])
    return Doubts(
        stretch.evidence[0].timepoint,
        np.stack(settled.chosen),
        numbers,
        np.stack([_other_numbers(stretch, row, pose) for row, pose in enumerate(settled.poses)]),
        settled.alone,
        np.stack([_clearance(stretch, row, numbers[row]) for row in range(len(numbers))]),
        side_costs(stretch, settled.chosen, [None] * len(settled.chosen), guessing=False),
    )


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
