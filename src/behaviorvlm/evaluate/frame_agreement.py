"""Labels of frames against a person's: F1, balanced accuracy, Matthews correlation, Cohen's kappa.

Everything follows from the confusion matrix of all frames that count, so recordings are added up before anything is
divided. Averages go over the behaviors that the truth shows: what nobody labelled has no recall to measure. A score is
None where there is nothing to measure it on. The sources are named in ``docs/behavior_metrics.md``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.errors import ShapeError
from behaviorvlm.evaluate.label_runs import UNSCORED, masked_like
from behaviorvlm.types import FloatArray, IntArray


class BehaviorAgreement(BaseModel):
    """How well one behavior is told.

    Attributes:
        precision: Share of the frames called so that are so.
        recall: Share of the frames that are so that are called so.
        f1: Their harmonic mean; 0 where no frame is right, None where it neither occurs nor is named.
        n_true: Frames that are so.
        n_predicted: Frames called so.
    """

    model_config = ConfigDict(frozen=True)

    precision: float | None
    recall: float | None
    f1: float | None
    n_true: int
    n_predicted: int


class FrameAgreement(BaseModel):
    """Agreement frame by frame.

    Attributes:
        n_frames: Frames that count.
        macro_f1: Mean F1 of the behaviors that the truth shows, the background left out.
        macro_f1_with_background: The same with the background as one of them.
        accuracy: Share of frames that agree.
        balanced_accuracy: Mean recall of the labels that the truth shows, background included.
        mcc: Matthews correlation of several classes (Gorodkin 2004).
        kappa: Cohen's kappa.
        per_behavior: Each name that either side uses, the background included.
    """

    model_config = ConfigDict(frozen=True)

    n_frames: int
    macro_f1: float | None
    macro_f1_with_background: float | None
    accuracy: float | None
    balanced_accuracy: float | None
    mcc: float | None
    kappa: float | None
    per_behavior: dict[str, BehaviorAgreement]


def frame_agreement(
    truth: IntArray, predicted: IntArray, *, names: Sequence[str], background: str | None = None
) -> FrameAgreement:
    """Score the labels of frames.

    Args:
        truth: (frame,) int64 codes, the place of a label in `names`; -1 = does not count.
        predicted: (frame,) int64 codes; from 0 on wherever the truth counts.
        names: What the codes mean.
        background: The name for frames on which nothing of interest happens; None = there is no such label.

    Raises:
        ShapeError: If lengths differ, or a code has no name.
    """
    return score_confusion(confusion_matrix(truth, predicted, n_names=len(names)), names=names, background=background)


def confusion_matrix(truth: IntArray, predicted: IntArray, *, n_names: int) -> IntArray:
    """Count the frames that count by both labels.

    Args:
        truth: (frame,) int64 codes, -1 = does not count.
        predicted: (frame,) int64 codes.
        n_names: How many codes there are.

    Returns:
        (true label, predicted label) int64.

    Raises:
        ShapeError: If lengths differ, or a code has no name.
    """
    said = masked_like(predicted, truth)
    counted = truth != UNSCORED
    highest = max(int(truth.max(initial=-1)), int(said.max(initial=-1)))
    if highest >= n_names:
        raise ShapeError("a code has no name", expected=f"codes below {n_names}", actual=str(highest))
    cells = np.bincount(truth[counted] * n_names + said[counted], minlength=n_names**2)
    return np.asarray(cells.reshape(n_names, n_names), dtype=np.int64)


def score_confusion(confusion: IntArray, *, names: Sequence[str], background: str | None = None) -> FrameAgreement:
    """Score a confusion matrix, perhaps the sum over recordings.

    Args:
        confusion: (true label, predicted label) int64 numbers of frames.
        names: What the labels mean.
        background: The name for frames on which nothing of interest happens; None = there is no such label.
    """
    right, n_true, n_predicted = np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    f1 = _ratio(2 * right, n_true + n_predicted)
    shown = n_true > 0
    of_interest = shown & np.array([name != background for name in names], dtype=np.bool_)
    total = int(confusion.sum())
    precision, recall = _ratio(right, n_predicted), _ratio(right, n_true)
    return FrameAgreement(
        n_frames=total,
        macro_f1=_mean(f1[of_interest]),
        macro_f1_with_background=_mean(f1[shown]),
        accuracy=float(right.sum() / total) if total else None,
        balanced_accuracy=_mean(recall[shown]),
        mcc=matthews_correlation(confusion),
        kappa=cohens_kappa(confusion),
        per_behavior={
            name: BehaviorAgreement(
                precision=_known(precision[place]),
                recall=_known(recall[place]),
                f1=_known(f1[place]),
                n_true=int(n_true[place]),
                n_predicted=int(n_predicted[place]),
            )
            for place, name in enumerate(names)
            if n_true[place] + n_predicted[place] > 0
        },
    )


def macro_f1(confusion: IntArray, *, chosen: Sequence[int] | None = None) -> float | None:
    """Return the mean F1 over the labels that the truth shows, of (true label, predicted label) numbers of frames.

    Args:
        confusion: (true label, predicted label) int64.
        chosen: The labels that may count; None = all.
    """
    n_true = confusion.sum(axis=1)
    f1 = _ratio(2 * np.diagonal(confusion), n_true + confusion.sum(axis=0))
    counts = n_true > 0
    if chosen is not None:
        counts &= np.isin(np.arange(len(counts)), list(chosen))
    return _mean(f1[counts])


def matthews_correlation(confusion: IntArray) -> float | None:
    """Return the correlation of both labellings, in [-1, 1]; None without frames, 0 where either says one thing only.

    Args:
        confusion: (true label, predicted label) int64 numbers of frames.

    Source: Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation coefficient".
    """
    counts = confusion.astype(np.float64)  # squares of frame numbers overflow int64 in a long study
    total, right = counts.sum(), np.trace(counts)
    n_true, n_predicted = counts.sum(axis=1), counts.sum(axis=0)
    if not total:
        return None
    spread = (total**2 - n_true @ n_true) * (total**2 - n_predicted @ n_predicted)
    return float((right * total - n_true @ n_predicted) / np.sqrt(spread)) if spread > 0 else 0.0


def cohens_kappa(confusion: IntArray) -> float | None:
    """Return agreement beyond what the label frequencies alone would give; None where chance cannot be beaten.

    Args:
        confusion: (true label, predicted label) int64 numbers of frames.

    Source: Cohen 1960, "A coefficient of agreement for nominal scales".
    """
    total = confusion.sum()
    if not total:
        return None
    shares = confusion / total
    chance = float(shares.sum(axis=1) @ shares.sum(axis=0))
    return (float(np.trace(shares)) - chance) / (1 - chance) if chance < 1 else None


def _ratio(part: IntArray, whole: IntArray) -> FloatArray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if values.size else None


def _known(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None
