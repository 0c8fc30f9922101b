"""Adjusted cameras agree better, and the scene stays where the given rig puts it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from unit.geometry.scenes import LENS, line, ring, scattered

from behaviorvlm.geometry.bundle_adjustment import AdjustedRig, adjust_cameras
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate
from behaviorvlm.types import CameraGroup, FloatArray

N_POINTS = 40
STEPS = 8


def disturbed(rig: CameraGroup, seed: int) -> CameraGroup:
    """Return the rig with each camera turned by 0.15 degrees an axis, moved by 0.5 mm, zoomed by 0.1 %."""
    rng, cameras = np.random.default_rng(seed), []
    for camera in rig:
        rotation = Rotation.from_rotvec(rng.normal(0, 0.0026, 3)).as_matrix() @ camera.rotation
        place = camera.position_mm + rng.normal(0, 0.5, 3)
        zoom = np.diag([1, 1, 0]) * rng.normal(0, 0.001) * camera.matrix[0, 0]
        rvec = Rotation.from_matrix(rotation).as_rotvec()
        cameras.append(replace(camera, matrix=camera.matrix + zoom, rvec=rvec, tvec=-rotation @ place))
    return CameraGroup(tuple(cameras))


def seen_by(rig: CameraGroup, seed: int, noise_px: float = 0.2) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    points = scattered(rng, N_POINTS)
    return points, project_all(points, rig) + rng.normal(0, noise_px, (len(rig), N_POINTS, 2))


def similarity(points_mm: FloatArray, others_mm: FloatArray) -> tuple[float, float, float]:
    """Return shift (mm), turn (degrees) and growth (share) that take the points to the others."""
    here, there = points_mm - points_mm.mean(axis=0), others_mm - others_mm.mean(axis=0)
    turn = Rotation.align_vectors(there, here)[0].magnitude()
    shift = np.linalg.norm(others_mm.mean(axis=0) - points_mm.mean(axis=0))
    return float(shift), float(np.degrees(turn)), float(np.linalg.norm(there) / np.linalg.norm(here) - 1)


@pytest.fixture(scope="module")
def ring_case() -> tuple[FloatArray, FloatArray, CameraGroup, AdjustedRig]:
    true = ring(4, lens=LENS, skew=-3.0)
    points, pixels = seen_by(true, 0)
    given = disturbed(true, 0)
    return points, pixels, given, adjust_cameras(pixels, given, max_steps=STEPS)


def test_a_disturbed_rig_is_mended(ring_case) -> None:
    points, pixels, given, adjusted = ring_case
    assert adjusted.before_px.shape == adjusted.after_px.shape == (4,)
    assert adjusted.before_px.mean() > 1.0
    assert adjusted.after_px.max() < 0.3
    after = np.linalg.norm(triangulate(pixels, adjusted.cameras) - points, axis=1).mean()
    assert after <= np.linalg.norm(triangulate(pixels, given) - points, axis=1).mean() + 0.05


def test_the_scene_keeps_its_place_turn_and_size(ring_case) -> None:
    _, pixels, given, adjusted = ring_case
    shift, turn, growth = similarity(triangulate(pixels, given), triangulate(pixels, adjusted.cameras))
    assert shift < 0.02
    assert turn < 0.02
    assert abs(growth) < 0.001


def test_cameras_keep_what_is_not_adjusted(ring_case) -> None:
    _, _, given, adjusted = ring_case
    assert adjusted.cameras.names == given.names
    for camera, before in zip(adjusted.cameras, given, strict=True):
        assert camera.image_size == before.image_size
        np.testing.assert_array_equal(camera.distortion, before.distortion)
        np.testing.assert_array_equal(camera.matrix[:2, 2], before.matrix[:2, 2])
        ratios = camera.matrix[[0, 0, 1], [0, 1, 1]] / before.matrix[[0, 0, 1], [0, 1, 1]]
        assert np.ptp(ratios) < 1e-12
        assert 1e-5 < abs(ratios[0] - 1) < 0.01


@pytest.mark.parametrize("n_cameras", [2, 3])
def test_cameras_on_one_line_are_not_turned_about_it(n_cameras: int) -> None:
    true = line(n_cameras)
    _, pixels = seen_by(true, 1)
    given = disturbed(true, 1)
    adjusted = adjust_cameras(pixels, given, max_steps=STEPS)
    for camera, before in zip(adjusted.cameras, given, strict=True):
        turn = Rotation.from_matrix(camera.rotation @ before.rotation.T).magnitude()
        assert np.degrees(turn) < 1.0
    shift, turn, growth = similarity(triangulate(pixels, given), triangulate(pixels, adjusted.cameras))
    assert (shift < 0.05, turn < 0.05, abs(growth) < 0.002) == (True, True, True)
    assert adjusted.after_px.mean() < adjusted.before_px.mean()


def test_points_on_one_line_do_not_turn_the_rig_about_it() -> None:
    true = ring(3)
    points = np.linspace(-50, 50, 20)[:, None] * [1.0, 0.5, 0.2] + np.array([0, 0, 20])
    given = disturbed(true, 2)
    adjusted = adjust_cameras(project_all(points, true), given, max_steps=STEPS)
    for camera, before in zip(adjusted.cameras, given, strict=True):
        assert np.linalg.norm(camera.position_mm - before.position_mm) < 2


def test_wrong_dots_do_little_harm() -> None:
    """Each point is seen by three of four cameras, and one dot in ten is no point's."""
    true, rng = ring(4), np.random.default_rng(3)
    points, pixels = seen_by(true, 3)
    hidden = rng.random((4, N_POINTS)).argsort(axis=0) == 3
    wrong = (rng.random((4, N_POINTS)) < 0.1) & ~hidden
    pixels[wrong] += rng.normal(0, 150, (wrong.sum(), 2))
    pixels[hidden] = np.nan
    given = disturbed(true, 3)
    adjusted = adjust_cameras(pixels, given, max_steps=STEPS)
    assert adjusted.after_px.mean() < 0.5 < adjusted.before_px.mean()
    good = ~wrong.any(axis=0)
    before, after = (triangulate(pixels, rig)[good] for rig in (given, adjusted.cameras))
    error = [np.linalg.norm(found - points[good], axis=1).mean() for found in (before, after)]
    assert error[1] < error[0]
    shift, turn, growth = similarity(before, after)
    assert (shift < 0.01, turn < 0.01, abs(growth) < 0.0001) == (True, True, True)


@pytest.mark.parametrize("n_seen", [0, 1, 2])
def test_a_camera_that_sees_too_few_points_leaves_the_rig_as_it_is(n_seen: int) -> None:
    true = ring(3)
    _, pixels = seen_by(true, 4)
    pixels[1, n_seen:] = np.nan
    adjusted = adjust_cameras(pixels, true, max_steps=STEPS)
    assert adjusted.cameras is true
    np.testing.assert_array_equal(adjusted.after_px, adjusted.before_px)
    assert np.isnan(adjusted.before_px[1]) == (n_seen == 0)


def test_no_points_leave_the_rig_as_it_is() -> None:
    rig = ring(2)
    adjusted = adjust_cameras(np.empty((2, 0, 2)), rig)
    assert adjusted.cameras is rig
    assert np.isnan(adjusted.before_px).all()


def test_a_dot_that_no_ray_reaches_does_not_pull() -> None:
    true = ring(3, lens=(-0.3, 0.0, 0.0, 0.0, 0.0))
    _, pixels = seen_by(true, 5)
    given = disturbed(true, 5)
    without = pixels.copy()
    without[0, :3] = np.nan
    pixels[0, :3] = [6000.0, 6000.0]
    first, second = (adjust_cameras(dots, given, max_steps=3).cameras for dots in (pixels, without))
    for camera, other in zip(first, second, strict=True):
        np.testing.assert_allclose(camera.tvec, other.tvec, atol=1e-9)
