"""3D keypoints against the truth: error, coverage, identity and left/right swaps.

Words: a keypoint is *reported* where it has a position, and *supported* where its true dot can be seen (likelihood of
0.5 or more) in at least 2 views. Errors, identity and swaps are taken over what is both. A score is None where there
is nothing to measure it on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.errors import ShapeError
from behaviorvlm.evaluate.pose_truth import PoseTruth
from behaviorvlm.evaluate.scored_run import read_scored_run
from behaviorvlm.types import BoolArray, FloatArray, IntArray, Skeleton

FAR_MM = 10.0
"""Further from its true place than this, a keypoint is off the body part (`share_over_10mm`)."""


class ErrorScores(BaseModel):
    """Errors and identity of a set of points.

    Attributes:
        mean_error_mm: Mean distance to the true keypoint of the same name, mm.
        median_error_mm: Its median.
        p95_error_mm: Its 95th percentile.
        share_over_10mm: Share of points further away than 10 mm.
        identity_accuracy: Share of points whose nearest true keypoint at that timepoint bears their name.
    """

    model_config = ConfigDict(frozen=True)

    mean_error_mm: float | None
    median_error_mm: float | None
    p95_error_mm: float | None
    share_over_10mm: float | None
    identity_accuracy: float | None


class SupportedScores(ErrorScores):
    """Scores over reported and supported points, and how complete they are.

    Attributes:
        oracle_mean_mm: Mean error of the true pixels triangulated with the given calibration, over the supported.
        coverage: Reported share of the supported.
        swap_rate: Share of the points with a mirror partner that are nearest to the partner's true place.
    """

    oracle_mean_mm: float | None
    coverage: float | None
    swap_rate: float | None


class UnsupportedScores(ErrorScores):
    """Scores of what was reported though nobody could have seen it in 2 views.

    Attributes:
        count: Number of points.
        share: Their share of all reported points.
    """

    count: int
    share: float | None


class PoseScores(SupportedScores):
    """The pose pipeline against the truth.

    Attributes:
        unsupported: What was reported without support.
        model_calls_per_timepoint: Calls to a model over timepoints done; 0 for the geometric annotator.
        per_keypoint: The scores of each keypoint by name.
    """

    unsupported: UnsupportedScores
    model_calls_per_timepoint: float
    per_keypoint: dict[str, SupportedScores]


def evaluate_pose(run_folder: Path, truth_folder: Path, *, first_timepoint: int = 0) -> PoseScores:
    """Score the ``points3d.csv`` of a run against the truth of its session.

    Args:
        run_folder: A finished run; the calibration for the oracle is that of the session it names.
        truth_folder: Holds ``points3d.csv`` and ``points2d_<camera>.csv``, as ``behaviorvlm simulate`` writes them.
        first_timepoint: Timepoints before it do not count.

    Raises:
        RunError: If the folder holds no readable run.
        InputError: If its session or the truth cannot be used.
    """
    run = read_scored_run(run_folder, truth_folder, first_timepoint=first_timepoint)
    calls = run.model_calls_per_timepoint
    return score_pose(run.points_mm, truth=run.truth, skeleton=run.skeleton, model_calls_per_timepoint=calls)


def score_pose(
    points_mm: FloatArray, *, truth: PoseTruth, skeleton: Skeleton, model_calls_per_timepoint: float = 0.0
) -> PoseScores:
    """Score named 3D keypoints against the truth of the same timepoints.

    Args:
        points_mm: (timepoint, keypoint, 3) float64 world frame, mm; NaN where not reported.
        truth: The truth, aligned in timepoints and keypoints.
        skeleton: Names and mirror partners, in keypoint-axis order.
        model_calls_per_timepoint: Passed through.

    Raises:
        ShapeError: If points, truth and skeleton do not line up.
    """
    expected = (len(truth.points_mm), len(skeleton), 3)
    if not points_mm.shape == truth.points_mm.shape == expected:
        actual = f"poses {points_mm.shape}, truth {truth.points_mm.shape}"
        raise ShapeError("poses, truth and skeleton do not line up", expected=str(expected), actual=actual)
    points = _measure(points_mm, truth, skeleton)
    unsupported = points.reported & ~points.supported
    reported_share = {"count": int(unsupported.sum()), "share": _mean(unsupported[points.reported])}
    columns = np.arange(len(skeleton))
    return PoseScores.model_validate(
        {
            **_supported_scores(points, columns >= 0),
            "unsupported": _error_scores(points, unsupported) | reported_share,
            "model_calls_per_timepoint": model_calls_per_timepoint,
            "per_keypoint": {
                name: _supported_scores(points, columns == number) for number, name in enumerate(skeleton.keypoints)
            },
        }
    )


def nearest_keypoint(points_mm: FloatArray, true_mm: FloatArray) -> IntArray:
    """Return which true keypoint lies nearest to each point at its timepoint.

    Args:
        points_mm: (timepoint, keypoint, 3) float64, mm.
        true_mm: (timepoint, keypoint, 3) float64, mm.

    Returns:
        (timepoint, keypoint) int64 index on the keypoint axis of the truth; -1 where the point or every truth is NaN.
    """
    nearest = np.full(points_mm.shape[:2], -1, dtype=np.int64)
    for number in range(points_mm.shape[1]):  # one keypoint at a time: memory grows with T x K, not T x K x K
        distance = np.linalg.norm(true_mm - points_mm[:, number, None], axis=-1)
        known = np.isfinite(distance).any(axis=1)
        nearest[known, number] = np.nanargmin(distance[known], axis=1)
    return nearest


@dataclass(frozen=True, eq=False)
class _Measured:
    """What is known of each reported point; every field is (timepoint, keypoint)."""

    error_mm: FloatArray
    oracle_error_mm: FloatArray
    reported: BoolArray
    supported: BoolArray
    named_right: BoolArray
    swapped: BoolArray
    has_partner: BoolArray


def _measure(points_mm: FloatArray, truth: PoseTruth, skeleton: Skeleton) -> _Measured:
    nearest = nearest_keypoint(points_mm, truth.points_mm)
    own, mirror = np.arange(len(skeleton)), skeleton.mirror_indices
    return _Measured(
        error_mm=np.linalg.norm(points_mm - truth.points_mm, axis=-1),
        oracle_error_mm=np.linalg.norm(truth.oracle_mm - truth.points_mm, axis=-1),
        reported=np.asarray(np.isfinite(points_mm).all(axis=-1)),
        supported=truth.supported & np.isfinite(truth.points_mm).all(axis=-1),
        named_right=nearest == own,
        swapped=(nearest == mirror) & (mirror != own),
        has_partner=np.broadcast_to(mirror != own, nearest.shape),
    )


def _supported_scores(points: _Measured, columns: BoolArray) -> dict[str, float | None]:
    supported = points.supported & columns
    chosen = supported & points.reported
    return _error_scores(points, chosen) | {
        "oracle_mean_mm": _mean(points.oracle_error_mm[supported]),
        "coverage": _mean(points.reported[supported]),
        "swap_rate": _mean(points.swapped[chosen & points.has_partner]),
    }


def _error_scores(points: _Measured, chosen: BoolArray) -> dict[str, float | None]:
    error_mm = points.error_mm[chosen & np.isfinite(points.error_mm)]
    return {
        "mean_error_mm": _mean(error_mm),
        "median_error_mm": float(np.median(error_mm)) if error_mm.size else None,
        "p95_error_mm": float(np.percentile(error_mm, 95)) if error_mm.size else None,
        "share_over_10mm": _mean(error_mm > FAR_MM),
        "identity_accuracy": _mean(points.named_right[chosen]),
    }


def _mean(values: FloatArray | BoolArray) -> float | None:
    return float(values.mean()) if values.size else None
