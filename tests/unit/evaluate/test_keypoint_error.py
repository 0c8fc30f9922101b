"""Scores of poses whose errors are known by construction."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.errors import ShapeError
from behaviorvlm.evaluate.keypoint_error import nearest_keypoint, score_pose
from behaviorvlm.evaluate.pose_truth import PoseTruth, seen_views
from behaviorvlm.types import Skeleton

SKELETON = Skeleton(("left", "right", "spine"), symmetries=(("left", "right"),))
PLACES = np.array([[-20.0, 0, 0], [20.0, 0, 0], [0, 100.0, 0]])


def truth(n_timepoints: int = 10) -> PoseTruth:
    """Return a body that drifts, all of it supported, with an oracle 0.5 mm off."""
    points = PLACES + np.arange(float(n_timepoints))[:, None, None]
    return PoseTruth(points, np.ones(points.shape[:2], dtype=bool), points + np.array([0, 0, 0.5]))


def test_a_perfect_pose_scores_perfectly() -> None:
    scores = score_pose(truth().points_mm, truth=truth(), skeleton=SKELETON)
    assert (scores.mean_error_mm, scores.p95_error_mm, scores.share_over_10mm) == (0, 0, 0)
    assert (scores.coverage, scores.identity_accuracy, scores.swap_rate) == (1, 1, 0)
    assert scores.oracle_mean_mm == pytest.approx(0.5)
    assert scores.unsupported.count == 0
    assert scores.unsupported.mean_error_mm is None


def test_a_constant_offset_is_the_error() -> None:
    scores = score_pose(truth().points_mm + np.array([0, 3.0, 4.0]), truth=truth(), skeleton=SKELETON)
    for value in (scores.mean_error_mm, scores.median_error_mm, scores.p95_error_mm):
        assert value == pytest.approx(5.0)
    assert scores.identity_accuracy == 1


def test_a_swapped_pair_counts_in_identity_swaps_and_far_points() -> None:
    points = truth().points_mm.copy()
    points[0, :2] = points[0, 1::-1]
    scores = score_pose(points, truth=truth(), skeleton=SKELETON)
    assert scores.identity_accuracy == pytest.approx(28 / 30)
    assert scores.swap_rate == pytest.approx(2 / 20)
    assert scores.share_over_10mm == pytest.approx(2 / 30)
    assert scores.per_keypoint["left"].swap_rate == pytest.approx(0.1)
    assert scores.per_keypoint["spine"].swap_rate is None
    assert scores.per_keypoint["left"].mean_error_mm == pytest.approx(4.0)


def test_missing_lowers_coverage_alone() -> None:
    points = truth().points_mm.copy()
    points[:3, 2] = np.nan
    scores = score_pose(points, truth=truth(), skeleton=SKELETON)
    assert scores.coverage == pytest.approx(27 / 30)
    assert scores.per_keypoint["spine"].coverage == pytest.approx(0.7)
    assert (scores.mean_error_mm, scores.identity_accuracy) == (0, 1)


def test_what_nobody_could_see_is_scored_by_itself() -> None:
    exact = truth()
    supported = exact.supported.copy()
    supported[:4, 0] = False
    points = exact.points_mm.copy()
    points[:4, 0] += [0, 0, 30.0]
    points[0, 0] = np.nan
    scores = score_pose(points, truth=PoseTruth(exact.points_mm, supported, exact.oracle_mm), skeleton=SKELETON)
    assert (scores.mean_error_mm, scores.coverage, scores.share_over_10mm) == (0, 1, 0)
    assert scores.unsupported.count == 3
    assert scores.unsupported.mean_error_mm == pytest.approx(30.0)
    assert scores.unsupported.share == pytest.approx(3 / 29)


def test_unknown_truth_is_neither_supported_nor_an_error() -> None:
    exact = truth()
    places = exact.points_mm.copy()
    places[0, 0] = np.nan
    scores = score_pose(exact.points_mm, truth=PoseTruth(places, exact.supported, exact.oracle_mm), skeleton=SKELETON)
    assert scores.mean_error_mm == 0
    assert scores.unsupported.count == 1
    assert scores.unsupported.mean_error_mm is None


def test_nothing_reported_gives_none_not_nan() -> None:
    nothing = np.full_like(truth().points_mm, np.nan)
    scores = score_pose(nothing, truth=truth(), skeleton=SKELETON, model_calls_per_timepoint=2.5)
    assert scores.mean_error_mm is None
    assert scores.swap_rate is None
    assert scores.coverage == 0
    assert scores.model_calls_per_timepoint == 2.5
    assert "NaN" not in scores.model_dump_json()


def test_the_json_has_the_contract_keys() -> None:
    scores = score_pose(truth().points_mm, truth=truth(), skeleton=SKELETON)
    assert set(scores.model_dump()) == {
        "mean_error_mm", "median_error_mm", "p95_error_mm", "share_over_10mm", "oracle_mean_mm", "coverage",
        "identity_accuracy", "swap_rate", "unsupported", "model_calls_per_timepoint", "per_keypoint",
    }  # fmt: skip


def test_shapes_that_do_not_line_up_are_refused() -> None:
    with pytest.raises(ShapeError, match="line up"):
        score_pose(truth(9).points_mm, truth=truth(10), skeleton=SKELETON)
    with pytest.raises(ShapeError, match="line up"):
        score_pose(truth().points_mm, truth=truth(), skeleton=Skeleton(("left", "right")))


def test_nearest_is_minus_one_where_nothing_is_known() -> None:
    points, true = PLACES[None].copy(), np.repeat(PLACES[None], 1, axis=0).copy()
    points[0, 1] = np.nan
    points[0, 2] += [5.0, 0, 0]
    true[0, 2] = np.nan
    assert nearest_keypoint(points, true).tolist() == [[0, -1, 1]]
    assert nearest_keypoint(points, np.full_like(true, np.nan)).tolist() == [[-1, -1, -1]]


def test_seen_is_half_or_more() -> None:
    assert seen_views(np.array([0.49, 0.5, 1.0, np.nan])).tolist() == [False, True, True, False]
