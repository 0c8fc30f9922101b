"""A real home cage session with four cameras: anipose calibration without units, SLEAP points, video."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from behaviorvlm.errors import CalibrationError
from behaviorvlm.evaluate.session_check import check_session
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate
from behaviorvlm.io.anipose import read_calibration
from behaviorvlm.io.seeds import write_seeds
from behaviorvlm.io.session_folder import open_session, read_session_candidates
from behaviorvlm.io.skeleton import symmetries_by_name, write_skeleton
from behaviorvlm.io.sleap import read_keypoints
from behaviorvlm.io.video import VideoFrameSource
from behaviorvlm.types import Exemplar, Skeleton

CAMERAS = ("back", "mid", "side", "top")


@pytest.fixture
def recording(shared_data: Path) -> Path:
    return shared_data / "sleap_anipose_minimal"


def analysis(recording: Path, camera: str) -> Path:
    return recording / camera / f"minimal_{camera}_proofread.analysis.h5"


@pytest.fixture
def folder(recording: Path, tmp_path: Path) -> Path:
    """Return a session folder that points at the recording and takes three of its timepoints as seeds."""
    tables = {camera: read_keypoints(analysis(recording, camera)) for camera in CAMERAS}
    names = tables["back"].keypoints
    skeleton = Skeleton(names, symmetries=symmetries_by_name(names))
    seeds = [Exemplar(t, camera, tables[camera].points_px[t, 0]) for camera in CAMERAS for t in (0, 40, 80)]
    write_skeleton(tmp_path / "skeleton.toml", skeleton)
    write_seeds(tmp_path, seeds, skeleton=skeleton, session="minimal")
    lines = [
        'name = "minimal"',
        "[calibration]",
        f'path = "{recording / "calibration_GOOD_fd57457.toml"}"',
        'units = "mm"',
    ]
    for camera in CAMERAS:
        lines += [f"[videos.{camera}]", f'visible = "{recording / camera / f"minimal_{camera}.mp4"}"']
    lines += ["[candidates]", *(f'{camera} = "{analysis(recording, camera)}"' for camera in CAMERAS)]
    (tmp_path / "session.toml").write_text("\n".join(lines))
    return tmp_path


def test_units_are_asked_for_and_given(recording: Path) -> None:
    path = recording / "calibration_GOOD_fd57457.toml"
    with pytest.raises(CalibrationError, match="does not say its units"):
        read_calibration(path)
    assert read_calibration(path, units="mm").names == CAMERAS


def test_board_corners_fit_the_calibration(recording: Path) -> None:
    rig = read_calibration(recording / "calibration_GOOD_fd57457.toml", units="mm")
    with h5py.File(recording / "calibration.metadata.h5") as file:
        corners = np.asarray(file["detected_corners"], dtype=np.float64)
    error = np.linalg.norm(project_all(triangulate(corners, rig), rig) - corners, axis=-1)
    assert np.nanmedian(error) < 0.3


def test_points_of_the_tracks(recording: Path) -> None:
    table = read_keypoints(analysis(recording, "back"))
    assert table.points_px.shape == (120, 1, 15, 2)
    assert (table.keypoints[0], table.individuals) == ("Nose", ("track_0",))
    np.testing.assert_allclose(table.points_px[0, 0, 0], [804.30053711, 535.99255371])
    assert np.isnan(table.points_px[0, 0, 4]).all()  # TailTip


def test_a_session_of_absolute_paths_opens(folder: Path) -> None:
    session = open_session(folder)
    assert (session.name, session.n_timepoints, session.frame_rate_hz) == ("minimal", 120, 30.0)
    assert len(session.skeleton.symmetries) == 3
    pictures = VideoFrameSource(session).read("top", channel="visible", start=118, stop=120)
    assert [picture.shape for picture in pictures] == [(1024, 1280)] * 2
    given = read_session_candidates(session)
    assert [len(given[camera]) for camera in CAMERAS] == [120] * 4
    points = given["back"][0].points_px
    assert (np.diff(points[:, 0]) >= 0).all()  # the order is that of the places, not of the names
    assert len(points) == 12


def test_the_check_sees_loose_labels_and_a_real_rig(folder: Path) -> None:
    check = check_session(folder)
    assert check.ok
    errors = [camera.seed_error_median_px for camera in check.cameras]
    assert all(1 < error < 15 for error in errors if error is not None)
    assert [camera.dropped_frames for camera in check.cameras] == [{"visible": 0}] * 4
