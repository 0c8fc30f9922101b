"""A body laid over its points: the best proper rotation, whatever is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from behaviorvlm.geometry.rigid import SQUARINGS, lay_over, predict_from_neighbors
from behaviorvlm.types import FloatArray

SEEDS = st.integers(0, 2**32 - 1)
TEMPLATE = np.array([[40.0, 0, 12], [30, 12, 22], [30, -12, 22], [25, 14, 0], [25, -14, 2], [0, 3, 25], [-40, 0, 8]])
EVEN = 1.0 - np.eye(len(TEMPLATE))


def laid_by_svd(template: FloatArray, points: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Return rotation and shift that best lay the template over the points (Kabsch 1976), and how far off is allowed.

    Repeated squaring leaves a share of the second best rotation: the ratio of the two eigenvalues to the power
    2**SQUARINGS.
    """
    weights = weights / weights.sum()
    here, there = weights @ template, weights @ points
    u, sizes, vt = np.linalg.svd(np.einsum("n,ni,nj->ij", weights, points - there, template - here))
    sign = np.sign(np.linalg.det(u @ vt))
    turn = u @ np.diag([1, 1, sign]) @ vt
    scale = 2 * np.sqrt((sizes**2).sum())
    best, second = sizes[0] + sizes[1] + sign * sizes[2], sizes[0] - sizes[1] - sign * sizes[2]
    allowed = 4 * ((1 + second / scale) / (1 + best / scale)) ** 2**SQUARINGS
    return turn, there - turn @ here, float(allowed)


def moved(template: FloatArray, rng: np.random.Generator, *, noise_mm: float, n_poses: int = 1) -> FloatArray:
    turns = Rotation.random(n_poses, rng=rng).as_matrix()
    poses = template @ turns.swapaxes(1, 2) + rng.uniform(-200, 200, (n_poses, 1, 3))
    return poses + rng.normal(0, noise_mm, poses.shape)


@given(SEEDS, st.integers(4, 12))
def test_predictions_are_those_of_an_svd(seed: int, n_keypoints: int) -> None:
    rng = np.random.default_rng(seed)
    template = rng.normal(0, 20, (n_keypoints, 3))
    points = moved(template, rng, noise_mm=2.0, n_poses=4)
    points[rng.random(points.shape[:2]) < 0.2] = np.nan
    weights = rng.uniform(0.2, 2, (n_keypoints, n_keypoints)) * (1 - np.eye(n_keypoints))
    predicted = predict_from_neighbors(points, template, weights)
    for pose, row in zip(predicted, points, strict=True):
        for keypoint in range(n_keypoints):
            others = np.isfinite(row[:, 0]) & (np.arange(n_keypoints) != keypoint)
            if others.sum() < 3:
                assert np.isnan(pose[keypoint]).all()
                continue
            turn, shift, allowed = laid_by_svd(template[others], row[others], weights[keypoint, others])
            expected = turn @ template[keypoint] + shift
            reach = np.linalg.norm(template[keypoint] - template[others].mean(axis=0)) + 50
            assert np.linalg.norm(pose[keypoint] - expected) <= min(allowed, 2) * reach + 1e-6


@given(SEEDS)
def test_a_rigid_body_is_predicted_where_it_is(seed: int) -> None:
    points = moved(TEMPLATE, np.random.default_rng(seed), noise_mm=0.0, n_poses=3)
    np.testing.assert_allclose(predict_from_neighbors(points, TEMPLATE, EVEN), points, atol=0.05)


def test_a_point_says_nothing_about_itself() -> None:
    points = moved(TEMPLATE, np.random.default_rng(0), noise_mm=1.0)
    before = predict_from_neighbors(points, TEMPLATE, EVEN)
    points[0, 2] += 500
    after = predict_from_neighbors(points, TEMPLATE, EVEN)
    np.testing.assert_array_equal(after[0, 2], before[0, 2])
    assert np.abs(after[0, 3] - before[0, 3]).max() > 1


def test_heavier_neighbors_count_more() -> None:
    points = TEMPLATE[None].copy()
    points[0, 0] += [0, 0, 5]
    light, heavy = EVEN.copy(), EVEN.copy()
    light[1, 0], heavy[1, 0] = 0.01, 100.0
    lifts = [predict_from_neighbors(points, TEMPLATE, weights)[0, 1, 2] - TEMPLATE[1, 2] for weights in (light, heavy)]
    assert abs(lifts[0]) < 0.1
    assert lifts[1] > 1


def test_missing_points_are_predicted_from_the_others() -> None:
    points = moved(TEMPLATE, np.random.default_rng(1), noise_mm=0.0)
    truth = points.copy()
    points[0, [1, 4]] = np.nan
    np.testing.assert_allclose(predict_from_neighbors(points, TEMPLATE, EVEN), truth, atol=0.1)


def test_fewer_than_three_others_or_no_template_give_no_prediction() -> None:
    points = moved(TEMPLATE, np.random.default_rng(2), noise_mm=0.0)
    points[0, 3:] = np.nan
    predicted = predict_from_neighbors(points, TEMPLATE, EVEN)[0]
    assert np.isnan(predicted[:3]).all()  # each of the three known points has two others
    assert np.isfinite(predicted[3:]).all()
    template = TEMPLATE.copy()
    template[1] = np.nan
    predicted = predict_from_neighbors(TEMPLATE[None], template, EVEN)[0]
    assert np.isnan(predicted[1]).all()
    np.testing.assert_allclose(predicted[[0, 2, 3, 4, 5, 6]], TEMPLATE[[0, 2, 3, 4, 5, 6]], atol=0.05)


@pytest.mark.parametrize("n_poses", [0, 2])
def test_no_points_at_all_give_no_warning(n_poses: int) -> None:
    predicted = predict_from_neighbors(np.full((n_poses, 7, 3), np.nan), TEMPLATE, EVEN)
    assert predicted.shape == (n_poses, 7, 3)
    assert np.isnan(predicted).all()


def test_a_mirrored_animal_is_not_fitted_by_mirroring_the_template() -> None:
    mirrored = TEMPLATE * [1, -1, 1]
    predicted = predict_from_neighbors(mirrored[None], TEMPLATE, EVEN)[0]
    sides = TEMPLATE[:, 1] != 0
    assert np.linalg.norm(predicted - mirrored, axis=1)[sides].max() > 3


def linear_part(template: FloatArray, laid: FloatArray) -> FloatArray:
    """Return the (3, 3) matrix that takes the template's four first points to the laid ones."""
    return np.linalg.solve((template[1:4] - template[0]), (laid[1:4] - laid[0])).T


@given(SEEDS, st.integers(3, 6))
def test_laying_over_is_the_svds_and_never_a_reflection(seed: int, n_corners: int) -> None:
    rng = np.random.default_rng(seed)
    corners = np.stack([TEMPLATE[rng.permutation(7)[:n_corners]] for _ in range(5)])
    targets = rng.normal(0, 30, corners.shape)
    targets[0] = moved(corners[0], rng, noise_mm=1.0)[0]
    targets[1] = targets[0] * [1, 1, -1]
    laid = lay_over(TEMPLATE, corners, targets)
    for find in range(5):
        turn = linear_part(TEMPLATE, laid[find])
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)
        assert np.linalg.det(turn) == pytest.approx(1, abs=1e-6)
        expected, shift, allowed = laid_by_svd(corners[find], targets[find], np.ones(n_corners))
        gaps = np.linalg.norm(laid[find] - (TEMPLATE @ expected.T + shift), axis=1)
        assert gaps.max() <= min(allowed, 2) * 150 + 1e-6


def test_a_template_comes_to_lie_on_the_points_it_was_taken_from() -> None:
    points = moved(TEMPLATE, np.random.default_rng(3), noise_mm=0.0, n_poses=4)
    corners = np.tile(TEMPLATE[[0, 3, 4, 6]], (4, 1, 1))
    np.testing.assert_allclose(lay_over(TEMPLATE, corners, points[:, [0, 3, 4, 6]]), points, atol=0.05)
    assert lay_over(TEMPLATE, corners[:0], corners[:0]).shape == (0, 7, 3)
