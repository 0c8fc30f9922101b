"""Bouts against a person's: matched bouts, their order, their boundaries, and how often behavior switches.

Each recording is counted on its own, and recordings are added up before anything is divided. A bout is a run of frames
with one label, cut where frames do not count; the background has no bouts. The sources are named in
``docs/behavior_metrics.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.errors import ShapeError
from behaviorvlm.evaluate.label_runs import UNSCORED, changes_of, masked_like, runs_of
from behaviorvlm.evaluate.sequence_matching import edit_distance, matched_instants, matched_runs
from behaviorvlm.types import FloatArray, IntArray

IOU = (0.1, 0.25, 0.5)
TOLERANCE_S = (0.2, 0.5)
SECONDS_A_MINUTE = 60.0


@dataclass(frozen=True, eq=False)
class BoutCounts:
    """What is counted in one recording; counts of recordings can be added.

    Attributes:
        n_true: (label,) int64 bouts of the person.
        n_predicted: (label,) int64 bouts to be scored.
        matched: (iou, label) int64 bouts in one-to-one pairs, for each of `IOU`.
        edits: () int64 edits that turn one sequence of bouts into the other.
        longest: () int64 bouts of the longer sequence.
        changes: (2,) int64 changes of label, of the person and to be scored.
        met: (tolerance,) int64 changes in one-to-one pairs, for each of `TOLERANCE_S`.
        seconds: () float64 time that counts.
    """

    n_true: IntArray
    n_predicted: IntArray
    matched: IntArray
    edits: IntArray
    longest: IntArray
    changes: IntArray
    met: IntArray
    seconds: FloatArray

    def __add__(self, other: BoutCounts) -> BoutCounts:
        names = [field.name for field in fields(self)]
        return BoutCounts(**{name: np.asarray(getattr(self, name) + getattr(other, name)) for name in names})


class BoutAgreement(BaseModel):
    """Agreement bout by bout; dictionaries go by threshold, such as ``0.5``.

    Attributes:
        n_true: Bouts of the person.
        n_predicted: Bouts that are scored.
        f1: Intersection over union asked for, to the F1 of bouts, all behaviors together.
        macro_f1: The same for each behavior the truth shows, averaged.
        f1_per_behavior: Behavior to its F1 by intersection over union.
        edit_score: 1 - edits / bouts of the longer sequence: whether the same behaviors come in the same order.
        boundary_f1: Tolerance in seconds to the F1 of changes of label, whatever they change from and to.
        switches_per_minute: Changes of label in a minute that counts.
        true_switches_per_minute: The same of the person.
    """

    model_config = ConfigDict(frozen=True)

    n_true: int
    n_predicted: int
    f1: dict[str, float | None]
    macro_f1: dict[str, float | None]
    f1_per_behavior: dict[str, dict[str, float | None]]
    edit_score: float | None
    boundary_f1: dict[str, float | None]
    switches_per_minute: float | None
    true_switches_per_minute: float | None


def bout_agreement(
    truth: IntArray,
    predicted: IntArray,
    *,
    names: Sequence[str],
    frame_rate_hz: float,
    background: str | None = None,
) -> BoutAgreement:
    """Score the bouts of one recording.

    Args:
        truth: (frame,) int64 codes, the place of a label in `names`; -1 = does not count.
        predicted: (frame,) int64 codes; from 0 on wherever the truth counts.
        names: What the codes mean.
        frame_rate_hz: Frames per second.
        background: The name for frames on which nothing of interest happens; None = there is no such label.

    Raises:
        ShapeError: If lengths differ, or a code has no name.
    """
    place = next((code for code, name in enumerate(names) if name == background), None)
    counts = count_bouts(truth, predicted, n_names=len(names), frame_rate_hz=frame_rate_hz, background=place)
    return score_bouts(counts, names=names)


def count_bouts(
    truth: IntArray, predicted: IntArray, *, n_names: int, frame_rate_hz: float, background: int | None = None
) -> BoutCounts:
    """Count what `score_bouts` needs in one recording.

    Args:
        truth: (frame,) int64 codes, -1 = does not count.
        predicted: (frame,) int64 codes; from 0 on wherever the truth counts.
        n_names: How many codes there are.
        frame_rate_hz: Frames per second.
        background: Code of the background, None = there is none.

    Raises:
        ShapeError: If lengths differ, or a code has no name.
    """
    said = masked_like(predicted, truth)
    if max(int(truth.max(initial=-1)), int(said.max(initial=-1))) >= n_names:
        raise ShapeError("a code has no name", expected=f"codes below {n_names}", actual=str(int(said.max())))
    true_runs, runs = runs_of(truth).without(background), runs_of(said).without(background)
    found = [matched_runs(true_runs, runs, least_iou=least) for least in IOU]
    changes = changes_of(truth), changes_of(said)
    met = [matched_instants(*changes, tolerance=tolerance * frame_rate_hz + 1e-9) for tolerance in TOLERANCE_S]
    return BoutCounts(
        n_true=np.bincount(true_runs.label, minlength=n_names),
        n_predicted=np.bincount(runs.label, minlength=n_names),
        matched=np.stack([np.bincount(true_runs.label[places], minlength=n_names) for places in found]),
        edits=np.asarray(edit_distance(true_runs.label, runs.label)),
        longest=np.asarray(max(len(true_runs), len(runs))),
        changes=np.array([len(changes[0]), len(changes[1])]),
        met=np.array(met),
        seconds=np.asarray(np.count_nonzero(truth != UNSCORED) / frame_rate_hz),
    )


def score_bouts(counts: BoutCounts, *, names: Sequence[str]) -> BoutAgreement:
    """Score counts, perhaps the sum over recordings; `names` says what the labels mean."""
    total = counts.n_true + counts.n_predicted
    per_label = [_f1(matched, total) for matched in counts.matched]
    shown = np.flatnonzero(counts.n_true > 0)
    minutes = float(counts.seconds) / SECONDS_A_MINUTE
    longest = int(counts.longest)
    return BoutAgreement(
        n_true=int(counts.n_true.sum()),
        n_predicted=int(counts.n_predicted.sum()),
        f1={str(least): bout_f1(counts, least_iou=least) for least in IOU},
        macro_f1={
            str(least): float(f1[shown].mean()) if len(shown) else None
            for least, f1 in zip(IOU, per_label, strict=True)
        },
        f1_per_behavior={
            names[place]: {str(least): float(f1[place]) for least, f1 in zip(IOU, per_label, strict=True)}
            for place in np.flatnonzero(total > 0).tolist()
        },
        edit_score=1 - int(counts.edits) / longest if longest else None,
        boundary_f1={
            str(tolerance): _known(_f1(np.asarray(met), np.asarray(counts.changes.sum())))
            for tolerance, met in zip(TOLERANCE_S, counts.met, strict=True)
        },
        switches_per_minute=float(counts.changes[1]) / minutes if minutes else None,
        true_switches_per_minute=float(counts.changes[0]) / minutes if minutes else None,
    )


def bout_f1(counts: BoutCounts, *, least_iou: float) -> float | None:
    """Return the F1 of bouts, all behaviors together, at one of `IOU`."""
    matched = counts.matched[IOU.index(least_iou)].sum()
    return _known(_f1(np.asarray(matched), np.asarray(counts.n_true.sum() + counts.n_predicted.sum())))


def _f1(matched: IntArray, total: IntArray) -> FloatArray:
    """Return 2 x pairs / (bouts of both), NaN where there are none."""
    return np.asarray(np.where(total > 0, 2 * matched / np.maximum(total, 1), np.nan))


def _known(value: FloatArray) -> float | None:
    return float(value) if np.isfinite(value) else None
