"""Projection is OpenCV's with skew added, its inverse is its inverse, and a dot is found where it says."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import erf
from unit.geometry.scenes import LENS, SKEW, ring, scattered

from behaviorvlm.geometry.projection import project, project_all, to_pixels, undistort
from behaviorvlm.imaging.blobs import detect_blobs
from behaviorvlm.types import Camera, FloatArray

SEEDS = st.integers(0, 2**32 - 1)


def number(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


@st.composite
def cameras(draw: st.DrawFn, *, skew: bool) -> Camera:
    focal = draw(number(300, 3000))
    matrix = np.array(
        [
            [focal, draw(number(-20, 20)) if skew else 0.0, draw(number(200, 800))],
            [0.0, focal * draw(number(0.9, 1.1)), draw(number(200, 800))],
            [0.0, 0.0, 1.0],
        ]
    )
    ranges = [(-0.3, 0.3), (-0.3, 0.3), (-0.005, 0.005), (-0.005, 0.005), (-0.2, 0.2)]
    distortion = np.array([draw(number(*limits)) for limits in ranges])
    rvec = np.array([draw(number(-3, 3)) for _ in range(3)])
    tvec = np.array([draw(number(-500, 500)) for _ in range(3)])
    return Camera("a", (1000, 1000), matrix, distortion, rvec, tvec)


def in_sight(camera: Camera, seed: int, n_points: int = 20) -> FloatArray:
    """Return (point, 3) mm within 22 degrees of the camera's axis."""
    rng = np.random.default_rng(seed)
    seen = np.concatenate([rng.uniform(-0.4, 0.4, (n_points, 2)), np.ones((n_points, 1))], axis=1)
    return (seen * rng.uniform(50, 2000, (n_points, 1)) - camera.tvec) @ camera.rotation


def opencv_pixels(points_mm: FloatArray, camera: Camera) -> FloatArray:
    arrays = [np.array(values) for values in (camera.rvec, camera.tvec, camera.matrix, camera.distortion)]
    return cv2.projectPoints(points_mm, *arrays)[0][:, 0]


@given(cameras(skew=False), SEEDS)
def test_projection_is_opencvs(camera: Camera, seed: int) -> None:
    points = in_sight(camera, seed)
    np.testing.assert_allclose(project(points, camera), opencv_pixels(points, camera), atol=1e-6)


@given(cameras(skew=True), SEEDS)
def test_skew_adds_what_opencv_drops(camera: Camera, seed: int) -> None:
    points = in_sight(camera, seed)
    expected = opencv_pixels(points, camera)
    expected[:, 0] += camera.matrix[0, 1] * (expected[:, 1] - camera.matrix[1, 2]) / camera.matrix[1, 1]
    np.testing.assert_allclose(project(points, camera), expected, atol=1e-6)


@given(cameras(skew=True), SEEDS)
def test_undistorting_undoes_projection(camera: Camera, seed: int) -> None:
    points = in_sight(camera, seed)
    seen = points @ camera.rotation.T + camera.tvec
    np.testing.assert_allclose(undistort(project(points, camera), camera), seen[:, :2] / seen[:, 2:], atol=1e-9)


@pytest.mark.parametrize(("degrees", "within_px"), [(25, 1e-9), (35, 1e-2)])
@pytest.mark.parametrize("k1", [-0.4, 0.4])
def test_strong_lenses_are_undone_as_far_out_as_is_said(k1: float, degrees: float, within_px: float) -> None:
    focal = 1000.0
    camera = Camera("a", (9, 9), np.diag([focal, focal, 1]), np.array([k1, 0, 0, 0, 0]), np.zeros(3), np.zeros(3))
    points = np.column_stack([np.tan(np.radians(np.linspace(0, degrees, 50))), np.zeros(50), np.ones(50)])
    assert np.abs(undistort(project(points, camera), camera) - points[:, :2]).max() * focal < within_px


def test_a_lens_without_distortion_is_undone_exactly() -> None:
    camera = ring(2, skew=SKEW).cameras[0]
    ideal = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    np.testing.assert_allclose(undistort(to_pixels(ideal, camera), camera), ideal, atol=1e-14)


def test_what_is_behind_a_camera_or_missing_is_missing() -> None:
    matrix = np.array([[900.0, SKEW, 500], [0, 900, 500], [0, 0, 1]])
    camera = Camera("a", (1000, 1000), matrix, np.array(LENS), np.zeros(3), np.zeros(3))
    pixels = project(np.array([[1.0, 2, -100], [1, 2, 0], [1, np.nan, 100], [1, 2, 100]]), camera)
    assert np.isnan(pixels[:2]).all()
    assert np.isnan(pixels[2]).any()
    assert np.isfinite(pixels[3]).all()


def test_a_point_in_the_middle_of_the_picture_is_on_the_axis() -> None:
    for camera in ring(3):
        np.testing.assert_allclose(project(np.zeros(3), camera), [499.5, 499.5], atol=1e-9)


@pytest.mark.parametrize("shape", [(3,), (0, 3), (4, 3), (2, 5, 3)])
def test_all_cameras_keep_the_shape_of_the_points(shape: tuple[int, ...]) -> None:
    rig = ring(4, lens=LENS, skew=SKEW)
    points = np.random.default_rng(0).uniform(-50, 50, shape)
    pixels = project_all(points, rig)
    assert pixels.shape == (4, *shape[:-1], 2)
    for index, camera in enumerate(rig):
        np.testing.assert_array_equal(pixels[index], project(points, camera))


def photographed(pixels: FloatArray, size: tuple[int, int], *, sd: float = 1.25) -> np.ndarray:
    """Return what a sensor counts: pixel (i, j) gathers the light from i - 0.5 to i + 0.5 and j - 0.5 to j + 0.5."""

    def gathered(centers: FloatArray, count: int) -> FloatArray:
        edges = np.arange(count + 1) - 0.5
        return np.diff(erf((edges - centers[:, None]) / (sd * np.sqrt(2))), axis=1) / 2

    width, height = size
    light = np.einsum("nh,nw->hw", gathered(pixels[:, 1], height), gathered(pixels[:, 0], width))
    return np.rint(light * 2 * np.pi * sd**2 * 200).clip(0, 255).astype(np.uint8)


def test_a_dot_is_found_where_projection_says() -> None:
    """This settles the convention: pixel (0, 0) is the centre of the top left pixel."""
    rig = ring(3, lens=LENS, skew=SKEW)
    points = scattered(np.random.default_rng(4), 12)
    for camera in rig:
        pixels = project(points, camera)
        found = detect_blobs(photographed(pixels, camera.image_size), threshold_dn=20).points_px
        gaps = np.linalg.norm(pixels[:, None] - found, axis=-1)
        assert len(found) == len(points)
        assert gaps.min(axis=1).max() < 0.03
