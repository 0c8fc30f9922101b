"""DANNCE's real six-camera rig: its labels in 2D are the projections of its labels in 3D, skew included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate, triangulate_robust
from behaviorvlm.io.dannce import read_calibration, read_poses
from behaviorvlm.types import CameraGroup

IMAGE_SIZE = (1152, 1024)


@pytest.fixture(scope="module")
def label_file(shared_data: Path) -> Path:
    files = sorted((shared_data / "dannce_mouse_m1").rglob("label3d_dannce.mat"))
    if not files:
        pytest.skip(f"no label3d_dannce.mat under {shared_data / 'dannce_mouse_m1'}")
    return files[0]


@pytest.fixture(scope="module")
def rig(label_file: Path) -> CameraGroup:
    return read_calibration(label_file, image_size=IMAGE_SIZE)


def test_projection_is_that_of_the_file(label_file: Path, rig: CameraGroup) -> None:
    labels = read_poses(label_file)
    projected = np.moveaxis(project_all(labels.points_mm, rig), 0, 1)
    both = np.isfinite(labels.points_px) & np.isfinite(projected)
    assert both.mean() > 0.9
    np.testing.assert_allclose(projected[both], labels.points_px[both], atol=1e-6)


def test_without_skew_the_file_would_be_missed(label_file: Path, rig: CameraGroup) -> None:
    """So the test above can fail: OpenCV's projection, which drops skew, is off."""
    upright = CameraGroup(
        tuple(replace(c, matrix=c.matrix * [[1, 0, 1], [1, 1, 1], [1, 1, 1]]) for c in rig),
    )
    labels = read_poses(label_file)
    off = np.linalg.norm(np.moveaxis(project_all(labels.points_mm, upright), 0, 1) - labels.points_px, axis=-1)
    assert 0.1 < np.nanmedian(off) < 0.5


def test_labels_triangulate_to_themselves(label_file: Path, rig: CameraGroup) -> None:
    labels = read_poses(label_file)
    pixels = np.moveaxis(labels.points_px, 1, 0)
    points = triangulate(pixels, rig)
    known = np.isfinite(labels.points_mm).all(axis=-1) & np.isfinite(points).all(axis=-1)
    assert known.mean() > 0.9
    np.testing.assert_allclose(points[known], labels.points_mm[known], atol=1e-3)


def test_a_wrong_view_is_found_on_the_real_rig(label_file: Path, rig: CameraGroup) -> None:
    labels = read_poses(label_file)
    truth = labels.points_mm.reshape(-1, 3)
    pixels = np.moveaxis(labels.points_px, 1, 0).reshape(len(rig), -1, 2).copy()
    rng = np.random.default_rng(0)
    pixels += rng.normal(0, 0.5, pixels.shape)
    wrong = rng.integers(len(rig), size=len(truth))
    pixels[wrong, np.arange(len(truth))] += rng.choice([-80, 80], (len(truth), 2))
    solved = triangulate_robust(pixels, rig)
    known = np.isfinite(truth).all(axis=1)
    assert solved.inliers[np.arange(len(truth)), wrong][known].mean() <= 0.01
    assert np.nanpercentile(np.linalg.norm(solved.points_mm - truth, axis=1)[known], 95) < 1.0
