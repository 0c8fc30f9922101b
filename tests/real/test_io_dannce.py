"""DANNCE's mouse 1: a real Label3D file with skew and lens distortion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.io.dannce import read_calibration, read_poses, read_skeleton, write_calibration
from behaviorvlm.io.dannce_poses import read_pose, write_pose

SIZE = (1152, 1024)


@pytest.fixture
def label3d(shared_data: Path) -> Path:
    return shared_data / "dannce_mouse_m1" / "m1" / "label3d_dannce.mat"


def test_labels_are_the_projections_of_the_poses(label3d: Path) -> None:
    rig, labels = read_calibration(label3d, image_size=SIZE), read_poses(label3d)
    assert rig.names == labels.cameras == tuple(f"Camera{number}" for number in range(1, 7))
    assert labels.points_px.shape == (81, 6, 22, 2)
    assert labels.frames[0].tolist() == [27] * 6
    projected = np.moveaxis(project_all(labels.points_mm, rig), 0, 1)
    np.testing.assert_allclose(labels.points_px, projected, atol=1e-9)
    assert np.isfinite(projected).all(axis=-1).mean() > 0.95


def test_skew_is_kept_and_pixels_count_from_zero(label3d: Path) -> None:
    camera = read_calibration(label3d, image_size=SIZE)["Camera1"]
    assert camera.matrix[0, 1] == pytest.approx(-5.81529732)
    assert camera.matrix[0, 2] == pytest.approx(603.881804 - 1)  # the file's is MATLAB's, which counts from 1
    assert camera.distortion[[0, 4]] == pytest.approx([-0.15925578, -2.71164281])


def test_the_rig_comes_back(label3d: Path, tmp_path: Path) -> None:
    rig = read_calibration(label3d, image_size=SIZE)
    write_calibration(tmp_path / "rig.mat", rig)
    again = read_calibration(tmp_path / "rig.mat", image_size=SIZE)
    poses = read_poses(label3d).points_mm
    np.testing.assert_allclose(project_all(poses, again), project_all(poses, rig), atol=1e-9)


def test_the_skeleton(shared_data: Path) -> None:
    skeleton = read_skeleton(shared_data / "dannce_mouse_m1" / "mouse22.mat")
    assert (len(skeleton), len(skeleton.edges), len(skeleton.symmetries)) == (22, 24, 8)
    assert ("HindpawL", "HindpawR") in skeleton.symmetries
    assert ("Tail(mid)", "Tail(end)") in skeleton.edges


def test_labels_are_written_as_label3d_wrote_them(label3d: Path, tmp_path: Path) -> None:
    labels, poses = read_poses(label3d), read_pose(label3d)
    assert poses.cameras == labels.cameras
    write_pose(tmp_path / "again.mat", replace(poses, rig=read_calibration(label3d, image_size=SIZE)))
    again = read_poses(tmp_path / "again.mat")
    order = np.argsort(labels.frames[:, 0])
    np.testing.assert_array_equal(again.frames, labels.frames[order])
    np.testing.assert_allclose(again.points_mm, labels.points_mm[order], atol=1e-9)
    np.testing.assert_allclose(again.points_px, labels.points_px[order], atol=1e-9)
