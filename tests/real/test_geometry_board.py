"""A real calibration board before four real cameras: its squares are 24 mm wide and its corners reproject."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from behaviorvlm.errors import CalibrationError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import Rays, reprojection_errors, triangulate
from behaviorvlm.io.anipose import read_calibration
from behaviorvlm.types import CameraGroup, FloatArray

ROWS, COLUMNS = 10, 7
SQUARE_MM = 24.0


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    folder = shared_data / "sleap_anipose_minimal"
    if not folder.is_dir():
        pytest.skip(f"no sleap_anipose_minimal at {folder}")
    return folder


@pytest.fixture(scope="module")
def rig(folder: Path) -> CameraGroup:
    return read_calibration(folder / "calibration_GOOD_fd57457.toml", units="mm")


@pytest.fixture(scope="module")
def corners(folder: Path) -> FloatArray:
    """Return what OpenCV found of the board, (camera, picture, corner, 2) px."""
    with h5py.File(folder / "calibration.metadata.h5") as file:
        return np.asarray(file["detected_corners"][:])


def test_the_file_alone_is_refused_because_it_has_no_units(folder: Path) -> None:
    with pytest.raises(CalibrationError, match="units"):
        read_calibration(folder / "calibration_GOOD_fd57457.toml")


def test_neighboring_corners_are_a_square_apart(rig: CameraGroup, corners: FloatArray) -> None:
    board = triangulate(corners, rig).reshape(-1, ROWS, COLUMNS, 3)
    sides = np.concatenate([np.linalg.norm(np.diff(board, axis=axis), axis=-1).ravel() for axis in (1, 2)])
    sides = sides[np.isfinite(sides)]
    assert len(sides) > 2000
    assert abs(np.median(sides) - SQUARE_MM) < 0.1
    assert abs(sides.mean() - SQUARE_MM) < 0.15


def test_corners_reproject_to_where_they_were_found(rig: CameraGroup, corners: FloatArray) -> None:
    points = triangulate(corners, rig)
    raw = np.linalg.norm(project_all(points, rig) - corners, axis=-1)
    assert np.nanmedian(raw) <= 0.3
    rays = Rays.through(corners.reshape(len(rig), -1, 2), rig)
    errors = reprojection_errors(points.reshape(-1, 3), rays)[rays.seen]
    assert np.median(errors) <= 0.3


def test_few_corners_lie_beyond_the_lens(rig: CameraGroup, corners: FloatArray) -> None:
    """Its barrel distortion folds the outermost picture onto itself: there is no ray to a pixel out there."""
    seen = Rays.through(corners.reshape(len(rig), -1, 2), rig).seen
    found = np.isfinite(corners.reshape(len(rig), -1, 2)).all(axis=-1)
    assert 0 < (found & ~seen).sum() < 0.01 * found.sum()
