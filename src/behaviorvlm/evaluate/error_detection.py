"""Does a run know where it is wrong? Area under the ROC curve of its own suspicion over wrong and right keypoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.evaluate.keypoint_error import FAR_MM, nearest_keypoint
from behaviorvlm.evaluate.pose_truth import PoseTruth
from behaviorvlm.evaluate.quality_table import QualityTable, read_quality
from behaviorvlm.evaluate.scored_run import read_scored_run
from behaviorvlm.types import BoolArray, FloatArray, IntArray, PoseFlag

FLAG_NATS = {
    PoseFlag.TWO_VIEWS: 0.1,
    PoseFlag.LOW_MARGIN: 0.1,
    PoseFlag.JUMP: 0.5,
    PoseFlag.BONE_LENGTH: 0.5,
    PoseFlag.BELOW_FLOOR: 0.5,
    PoseFlag.SEED_DISAGREES: 1.0,
    PoseFlag.PASSES_DISAGREE: 1.0,
    PoseFlag.VIEW_REJECTED: 0.1,
    PoseFlag.HIGH_ERROR: 0.5,
    PoseFlag.TRACK_UNSURE: 0.5,
    PoseFlag.UNSEEDED: 0.1,
}
"""How much each flag weighs beside the margin. Three steps set by what the flags say (a circumstance, an oddity, a
contradiction), not fitted to any data. A flag that is not listed weighs nothing."""


class ErrorDetection(BaseModel):
    """How well suspicion tells wrong from right keypoints.

    Attributes:
        auroc: Chance that a wrong keypoint is more suspicious than a right one, ties half; None without any of either.
        wrong: Number of wrong keypoints.
        right: Number of right ones.
    """

    model_config = ConfigDict(frozen=True)

    auroc: float | None
    wrong: int
    right: int


def evaluate_error_detection(
    run_folder: Path, truth_folder: Path, *, keypoints: Sequence[str] | None = None, far_mm: float = FAR_MM
) -> ErrorDetection:
    """Score margin and flags of a run's ``quality.csv`` as a detector of its wrong keypoints.

    Counted are keypoints that are reported and supported, as in `evaluate_pose`.

    Args:
        run_folder: A finished run.
        truth_folder: The truth of its session.
        keypoints: Names that count; None = all.
        far_mm: As in `wrong_keypoints`.

    Raises:
        RunError: If the folder holds no readable run.
        InputError: If its session or the truth cannot be used, or a name is unknown.
    """
    run = read_scored_run(run_folder, truth_folder)
    names = run.skeleton.keypoints
    quality = read_quality(run_folder / "quality.csv", timepoints=run.timepoints, keypoints=names)
    chosen = [run.skeleton.index(name) for name in (names if keypoints is None else keypoints)]
    counted = np.isin(np.arange(len(names)), chosen)
    return detect_errors(run.points_mm, truth=run.truth, quality=quality, counted=counted, far_mm=far_mm)


def detect_errors(
    points_mm: FloatArray,
    *,
    truth: PoseTruth,
    quality: QualityTable,
    counted: BoolArray | bool = True,
    far_mm: float = FAR_MM,
) -> ErrorDetection:
    """Score margin and flags as a detector of wrong keypoints among those reported and supported.

    Args:
        points_mm: (timepoint, keypoint, 3) float64 mm, NaN where not reported.
        truth: The truth of the same timepoints.
        quality: What the run says of them.
        counted: (keypoint,) bool, which keypoints count; True = all.
        far_mm: As in `wrong_keypoints`.
    """
    scored = truth.supported & np.isfinite(points_mm).all(axis=-1) & counted
    wrong = wrong_keypoints(points_mm, truth, far_mm=far_mm)[scored]
    doubt = suspicion(quality.margin, quality.flags)[scored]
    count = int(wrong.sum())
    return ErrorDetection(auroc=auroc(doubt, wrong), wrong=count, right=len(wrong) - count)


def suspicion(margin: FloatArray, flags: IntArray) -> FloatArray:
    """Return one number per keypoint that grows with the run's own doubt.

    With a margin m in nats, the best configuration is right with odds exp(m) against the next; each raised flag takes
    its weight from the log chance of being right: ``log(1 + exp(-m)) + sum of FLAG_NATS``.

    Args:
        margin: float64, any shape, nats; NaN (nothing known) counts as 0.
        flags: int64, same shape, bits of `PoseFlag`.

    Returns:
        float64 of that shape, 0 or more; falls with the margin, grows with every flag; 0 where a person corrected it.
    """
    doubt = np.logaddexp(0.0, -np.nan_to_num(margin, nan=0.0))
    for flag, nats in FLAG_NATS.items():
        doubt = doubt + nats * ((flags & flag) != 0)
    return np.where((flags & PoseFlag.CORRECTED) != 0, 0.0, doubt)


def wrong_keypoints(points_mm: FloatArray, truth: PoseTruth, *, far_mm: float = FAR_MM) -> BoolArray:
    """Return which keypoints are wrong: nearest to another keypoint's true place, or further than `far_mm` from theirs.

    Args:
        points_mm: (timepoint, keypoint, 3) float64 mm, NaN where not reported.
        truth: The truth of the same timepoints.
        far_mm: Distance beyond which a keypoint is wrong whatever lies near it.

    Returns:
        (timepoint, keypoint) bool; what is not reported is not wrong.
    """
    nearest = nearest_keypoint(points_mm, truth.points_mm)
    misnamed = (nearest >= 0) & (nearest != np.arange(points_mm.shape[1]))
    error_mm = np.linalg.norm(points_mm - truth.points_mm, axis=-1)
    return np.asarray(misnamed | (np.nan_to_num(error_mm, nan=0.0) > far_mm))


def auroc(doubt: FloatArray, wrong: BoolArray) -> float | None:
    """Return the area under the ROC curve, by ranks with ties shared (Mann and Whitney 1947).

    Args:
        doubt: (sample,) float64, higher where an error is expected.
        wrong: (sample,) bool.

    Returns:
        In [0, 1]; None if all are wrong or none is.
    """
    from scipy.stats import rankdata

    n_wrong, n_right = int(wrong.sum()), int((~wrong).sum())
    if not n_wrong or not n_right:
        return None
    rank_sum = float(rankdata(doubt)[wrong].sum())
    return (rank_sum - n_wrong * (n_wrong + 1) / 2) / (n_wrong * n_right)
