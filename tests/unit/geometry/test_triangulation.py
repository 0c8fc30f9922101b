"""Triangulation: exact where views agree, least error where they do not, and no word from a view that is wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares
from unit.geometry.scenes import LENS, SKEW, ring, scattered

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import (
    Rays,
    reprojection_errors,
    root_mean_square,
    triangulate,
    triangulate_linear,
    triangulate_rays,
    triangulate_robust,
)
from behaviorvlm.types import Camera, CameraGroup, FloatArray

SEEDS = st.integers(0, 2**32 - 1)
Method = Callable[[FloatArray, CameraGroup], FloatArray]


def robust_points(points_px: FloatArray, cameras: CameraGroup) -> FloatArray:
    flat = triangulate_robust(points_px.reshape(len(cameras), -1, 2), cameras).points_mm
    return flat.reshape(*points_px.shape[1:-1], 3)


METHODS = pytest.mark.parametrize("method", [triangulate, triangulate_linear, robust_points])


def root_mean_error(points_mm: FloatArray, rays: Rays) -> FloatArray:
    return root_mean_square(reprojection_errors(points_mm, rays), rays.seen)


def hide(points_px: FloatArray, rng: np.random.Generator, *, keep: int) -> FloatArray:
    """Return the px with NaN where a point is hidden from a view; `keep` views of each point stay."""
    hidden = rng.random(points_px.shape[:2]).argsort(axis=0) >= keep
    return np.where(hidden[..., None], np.nan, points_px)


@METHODS
@pytest.mark.parametrize("n_cameras", [2, 3, 6])
def test_exact_pixels_give_exact_points(method: Method, n_cameras: int) -> None:
    rig = ring(n_cameras, lens=LENS, skew=SKEW)
    points = scattered(np.random.default_rng(n_cameras), 100)
    np.testing.assert_allclose(method(project_all(points, rig), rig), points, atol=1e-6)


@given(SEEDS, st.integers(2, 6))
def test_any_two_or_more_views_are_enough(seed: int, keep: int) -> None:
    rng, rig = np.random.default_rng(seed), ring(6, lens=LENS, skew=SKEW)
    points = scattered(rng, 10)
    pixels = hide(project_all(points, rig), rng, keep=keep)
    for method in (triangulate, triangulate_linear, robust_points):
        # Opposite cameras look nearly along one line, so a pixel's last digits weigh more there.
        np.testing.assert_allclose(method(pixels, rig), points, atol=1e-5)


@METHODS
def test_fewer_than_two_views_are_missing(method: Method) -> None:
    rng, rig = np.random.default_rng(0), ring(4)
    pixels = project_all(scattered(rng, 4), rig)
    pixels[:, 0] = np.nan
    pixels[1:, 1] = np.nan
    pixels[2:, 2, 0] = np.nan  # a place with one coordinate is no place
    points = method(pixels, rig)
    assert np.isnan(points[:2]).all()
    assert np.isfinite(points[2:]).all()


@METHODS
@pytest.mark.parametrize("shape", [(0,), (5,), (2, 3), (2, 0, 3)])
def test_shapes_are_kept(method: Method, shape: tuple[int, ...]) -> None:
    rig = ring(3)
    points = np.random.default_rng(0).uniform(-40, 40, (*shape, 3))
    np.testing.assert_allclose(method(project_all(points, rig), rig), points, atol=1e-6)


def best_point(start_mm: FloatArray, rays: Rays) -> FloatArray:
    """Return what a general optimiser finds from `start_mm`, for the one point of `rays`."""
    seen = np.flatnonzero(rays.seen[:, 0])
    cameras = [rays.cameras.cameras[index] for index in seen]

    def errors(point: FloatArray) -> FloatArray:
        found = []
        for index, camera in zip(seen, cameras, strict=True):
            x, y, z = camera.rotation @ point + camera.tvec
            found.append(camera.matrix[0, 0] * (np.array([x, y]) / z - rays.ideal[index, 0]))
        return np.concatenate(found)

    return least_squares(errors, start_mm, method="lm", xtol=1e-12, ftol=1e-12).x


@pytest.mark.parametrize(("n_cameras", "keep"), [(2, 2), (3, 3), (6, 6), (6, 3)])
def test_the_error_is_the_least_there_is(n_cameras: int, keep: int) -> None:
    rng, rig = np.random.default_rng(keep), ring(n_cameras, lens=LENS, skew=SKEW)
    truth = scattered(rng, 40)
    pixels = hide(project_all(truth, rig) + rng.normal(0, 1, (n_cameras, 40, 2)), rng, keep=keep)
    rays, points = Rays.through(pixels, rig), triangulate(pixels, rig)
    error = root_mean_error(points, rays)
    for row in range(40):
        one = rays.take(np.arange(40) == row)
        least = root_mean_error(best_point(truth[row], one)[None], one)[0]
        assert least - 1e-6 <= error[row] <= least + 0.01


def test_the_error_is_no_larger_than_linear_triangulations() -> None:
    rng, rig = np.random.default_rng(1), ring(5, lens=LENS)
    pixels = project_all(scattered(rng, 300), rig) + rng.normal(0, 2, (5, 300, 2))
    rays = Rays.through(pixels, rig)
    ours = root_mean_error(triangulate(pixels, rig), rays)
    linear = root_mean_error(triangulate_linear(pixels, rig), rays)
    assert ours.mean() <= linear.mean()
    assert (ours <= linear + 0.005).all()


@pytest.mark.parametrize(("n_wrong", "exact_share"), [(0, 1.0), (1, 1.0), (2, 1.0), (3, 0.97)])
def test_wrong_views_are_found(n_wrong: int, exact_share: float) -> None:
    rng, rig = np.random.default_rng(n_wrong), ring(6, lens=LENS, skew=SKEW)
    truth = scattered(rng, 200)
    pixels = project_all(truth, rig) + rng.normal(0, 0.5, (6, 200, 2))
    wrong = rng.random((6, 200)).argsort(axis=0) < n_wrong
    angle = rng.uniform(0, 2 * np.pi, (6, 200, 1))
    shift = rng.uniform(40, 150, (6, 200, 1)) * np.concatenate([np.cos(angle), np.sin(angle)], axis=2)
    solved = triangulate_robust(np.where(wrong[..., None], pixels + shift, pixels), rig)
    exact = (solved.inliers == ~wrong.T).all(axis=1)
    assert exact.mean() >= exact_share
    assert np.linalg.norm(solved.points_mm - truth, axis=1)[exact].max() < 1.0
    assert solved.error_px[exact].max() < 2.0


@given(SEEDS)
def test_what_robust_triangulation_says_of_itself_is_true(seed: int) -> None:
    rng, rig = np.random.default_rng(seed), ring(5)
    pixels = project_all(scattered(rng, 20), rig) + rng.normal(0, 1, (5, 20, 2))
    pixels += np.where(rng.random((5, 20, 1)) < 0.3, rng.normal(0, 50, (5, 20, 2)), 0)
    pixels[rng.random((5, 20)) < 0.3] = np.nan
    solved, rays = triangulate_robust(pixels, rig), Rays.through(pixels, rig)
    found = np.isfinite(solved.points_mm).all(axis=1)
    count = solved.inliers.sum(axis=1)
    assert ((count >= 2) == found).all() and ((count == 0) == ~found).all()
    assert not (solved.inliers & ~rays.seen.T).any()
    np.testing.assert_array_equal(solved.points_mm, triangulate_rays(rays, solved.inliers.T))
    errors = reprojection_errors(solved.points_mm, rays)
    np.testing.assert_allclose(solved.error_px, root_mean_square(errors, solved.inliers.T))
    assert (solved.error_px[found] <= 5.0).all()


def test_views_that_all_disagree_give_nothing() -> None:
    rig = ring(3)
    points = np.array([[-50.0, 0, 0], [0, 50, 20], [50, -20, 60]])
    pixels = np.stack([project_all(point, rig)[index] for index, point in enumerate(points)])[:, None]
    solved = triangulate_robust(pixels, rig)
    assert np.isnan(solved.points_mm).all()
    assert np.isnan(solved.error_px).all()
    assert not solved.inliers.any()


def test_two_cameras_agree_or_there_is_no_point() -> None:
    rig = ring(2)
    pixels = project_all(np.array([[10.0, 5, 20], [10, 5, 20]]), rig)
    pixels[1, 1] += [60, 0]  # across the line on which this camera sees the other's ray
    solved = triangulate_robust(pixels, rig)
    np.testing.assert_array_equal(solved.inliers, [[True, True], [False, False]])
    np.testing.assert_allclose(solved.points_mm[0], [10, 5, 20], atol=1e-6)


@pytest.mark.parametrize("better", [[0, 1, 2], [3, 4, 5]])
def test_of_two_equally_large_sets_the_one_of_smaller_error_wins(better: list[int]) -> None:
    rig = ring(6)
    pixels = project_all(np.array([[30.0, 0, 20]]), rig) + np.random.default_rng(0).normal(0, 1, (6, 1, 2))
    pixels[better] = project_all(np.array([[-30.0, 5, 10]]), rig)[better]
    solved = triangulate_robust(pixels, rig)
    assert np.flatnonzero(solved.inliers[0]).tolist() == better
    np.testing.assert_allclose(solved.points_mm[0], [-30, 5, 10], atol=1e-6)


def test_the_threshold_decides() -> None:
    rig = ring(4)
    pixels = project_all(np.array([[10.0, 5, 20]]), rig)
    pixels[3, 0] += [4.0, 0]
    assert triangulate_robust(pixels, rig, threshold_px=5.0).inliers.sum() == 4
    assert triangulate_robust(pixels, rig, threshold_px=0.5).inliers[0].tolist() == [True, True, True, False]


def test_robust_triangulation_of_nothing_is_nothing() -> None:
    solved = triangulate_robust(np.empty((4, 0, 2)), ring(4))
    assert (solved.points_mm.shape, solved.inliers.shape, solved.error_px.shape) == ((0, 3), (0, 4), (0,))


def test_the_same_pixels_give_the_same_bits() -> None:
    rng, rig = np.random.default_rng(3), ring(6, lens=LENS)
    pixels = project_all(scattered(rng, 50), rig) + rng.normal(0, 3, (6, 50, 2))
    pixels[rng.random((6, 50)) < 0.3] = np.nan
    first, again = triangulate_robust(pixels, rig), triangulate_robust(pixels.copy(), rig)
    assert first.points_mm.tobytes() == again.points_mm.tobytes()
    assert first.error_px.tobytes() == again.error_px.tobytes()
    alone = triangulate_robust(pixels[:, 20:30], rig)
    np.testing.assert_allclose(alone.points_mm, first.points_mm[20:30], atol=1e-9)
    np.testing.assert_array_equal(alone.inliers, first.inliers[20:30])


def test_the_order_of_cameras_does_not_matter() -> None:
    rng, rig = np.random.default_rng(4), ring(5)
    order = rng.permutation(5)
    pixels = project_all(scattered(rng, 50), rig) + rng.normal(0, 1, (5, 50, 2))
    shuffled = CameraGroup(tuple(rig.cameras[index] for index in order))
    np.testing.assert_allclose(triangulate(pixels[order], shuffled), triangulate(pixels, rig), atol=1e-8)


def test_rays_that_never_meet_give_no_warning_and_robustly_no_near_point() -> None:
    matrix = np.array([[1000.0, 0, 500], [0, 1000, 500], [0, 0, 1]])
    places = ([0.0, 0, 0], [-100.0, 0, 0])
    rig = CameraGroup(
        tuple(
            Camera(f"c{number}", (1000, 1000), matrix, np.zeros(5), np.zeros(3), np.array(place))
            for number, place in enumerate(places)
        )
    )
    pixels = np.tile([[500.0, 500.0], [612.3, 431.9]], (2, 1, 1))
    for method in (triangulate, triangulate_linear):
        method(pixels, rig)  # a warning would fail here
    solved = robust_points(pixels, rig)
    assert not (np.abs(solved) < 1e5).all(axis=1).any()


def test_errors_are_distances_in_the_picture_and_infinite_behind_a_camera() -> None:
    rig = ring(3)
    truth = scattered(np.random.default_rng(5), 6)
    pixels = project_all(truth, rig)
    shift = np.array([3.0, -4.0])
    errors = reprojection_errors(truth, Rays.through(pixels + shift, rig))
    np.testing.assert_allclose(errors, 5.0, atol=1e-9)
    behind = rig.cameras[0].position_mm - 10 * rig.cameras[0].rotation[2]
    errors = reprojection_errors(behind[None], Rays.through(pixels[:, :1], rig))
    assert np.isinf(errors[0, 0]) and np.isfinite(errors[1:, 0]).all()


def test_rays_point_from_the_camera_to_the_point() -> None:
    rig = ring(3, lens=LENS, skew=SKEW)
    truth = scattered(np.random.default_rng(6), 8)
    rays = Rays.through(project_all(truth, rig), rig)
    for index, camera in enumerate(rig):
        lines = truth - camera.position_mm
        np.testing.assert_allclose(rays.directions[index], lines / np.linalg.norm(lines, axis=1)[:, None], atol=1e-9)


def test_the_root_mean_square_counts_members_only() -> None:
    errors = np.array([[3.0, 1.0], [4.0, np.inf], [np.inf, 7.0]])
    members = np.array([[True, True], [True, False], [False, False]])
    np.testing.assert_allclose(root_mean_square(errors, members), [np.sqrt(12.5), np.nan])
