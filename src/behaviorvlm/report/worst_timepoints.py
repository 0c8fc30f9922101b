"""Which timepoints a person should look at: the worst in each respect, and not the same moment twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from behaviorvlm.report.pose_measures import PoseMeasures
from behaviorvlm.types import FloatArray, IntArray, PoseFlag

MOST = 4
APART = 50
"""Two of them lie a fiftieth of the run apart."""


@dataclass(frozen=True)
class WorstTimepoint:
    """A row of the run, and what is bad about it.

    Attributes:
        row: On the time axis of the measures.
        timepoint: What it is called.
        reason: What is worst in it, in words.
    """

    row: int
    timepoint: int
    reason: str


def worst_timepoints(measures: PoseMeasures, *, most: int = MOST) -> list[WorstTimepoint]:
    """Return up to `most` timepoints: in turn the largest error, smallest margin, a jump, an odd bone, most missing."""
    lists = [list(one) for one in (_errors(measures), _margins(measures), *_flagged(measures), _missing(measures))]
    apart, chosen = max(len(measures.timepoints) // APART, 1), list[WorstTimepoint]()
    while len(chosen) < most and any(lists):
        for ranked in lists:
            found = next((one for one in ranked if all(abs(one.row - other.row) >= apart for other in chosen)), None)
            ranked[:] = ranked[ranked.index(found) + 1 :] if found else []
            if found and len(chosen) < most:
                chosen.append(found)
    return chosen


def _errors(measures: PoseMeasures) -> Iterator[WorstTimepoint]:
    worst = np.where(np.isfinite(measures.error_px), measures.error_px, -np.inf)
    for row in _first(-worst.max(axis=1)):
        keypoint = int(worst[row].argmax())
        words = f"largest reprojection error: {worst[row, keypoint]:.2f} px, {measures.skeleton.keypoints[keypoint]}"
        yield _worst(measures, row, words)


def _margins(measures: PoseMeasures) -> Iterator[WorstTimepoint]:
    worst = np.where(np.isfinite(measures.margin), measures.margin, np.inf)
    for row in _first(worst.min(axis=1)):
        keypoint = int(worst[row].argmin())
        words = f"smallest margin: {worst[row, keypoint]:.2f} nats, {measures.skeleton.keypoints[keypoint]}"
        yield _worst(measures, row, words)


def _flagged(measures: PoseMeasures) -> Iterator[Iterator[WorstTimepoint]]:
    for flag, words in ((PoseFlag.JUMP, "a jump"), (PoseFlag.BONE_LENGTH, "an odd bone")):
        yield _with_flag(measures, flag, words)


def _with_flag(measures: PoseMeasures, flag: PoseFlag, words: str) -> Iterator[WorstTimepoint]:
    raised = (measures.flags & int(flag)) != 0
    count = raised.sum(axis=1)
    for row in _first(np.where(count > 0, -count.astype(np.float64), np.inf)):
        names = [name for name, here in zip(measures.skeleton.keypoints, raised[row], strict=True) if here]
        yield _worst(measures, row, f"{words}: {', '.join(names)}")


def _missing(measures: PoseMeasures) -> Iterator[WorstTimepoint]:
    count = np.isfinite(measures.points_mm).all(axis=-1).sum(axis=1)
    lacking = count < len(measures.skeleton)
    for row in _first(np.where(lacking, count.astype(np.float64), np.inf)):
        yield _worst(
            measures, row, f"{len(measures.skeleton) - count[row]} of {len(measures.skeleton)} keypoints missing"
        )


def _first(order: FloatArray) -> IntArray:
    """Return the rows of the smallest finite (row,) values, a few hundred: more are never chosen from."""
    rows = np.argsort(order, kind="stable")[: 10 * APART]
    return np.asarray(rows[np.isfinite(order[rows])])


def _worst(measures: PoseMeasures, row: int, reason: str) -> WorstTimepoint:
    return WorstTimepoint(int(row), int(measures.timepoints[row]), reason)
