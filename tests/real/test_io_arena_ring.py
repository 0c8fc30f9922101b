"""The simulated arena_ring sessions: every file is read; pixels, grey levels and projections mean what they should."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.evaluate.session_check import check_session
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.io.anipose import read_calibration, write_calibration
from behaviorvlm.io.deeplabcut import read_keypoints
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.io.session_folder import open_session
from behaviorvlm.io.skeleton import read_skeleton, symmetries_by_name, write_skeleton
from behaviorvlm.io.video import VideoFrameSource

SESSIONS = pytest.mark.parametrize(
    ("name", "n_timepoints", "width", "seeds"),
    [("arena_ring", 150, 1024, (2, 12, 22)), ("arena_ring_small", 20, 512, (0, 9, 18))],
)


@SESSIONS
def test_the_session_opens(shared_data: Path, name: str, n_timepoints: int, width: int, seeds: tuple[int, ...]) -> None:
    session = open_session(shared_data / name)
    assert (session.name, session.n_timepoints, session.frame_rate_hz) == (name, n_timepoints, 30.0)
    assert {camera.image_size for camera in session.cameras} == {(width, width)}
    assert tuple(sorted({view.timepoint for view in session.seeds})) == seeds
    assert len(session.seeds) == 18
    assert set(session.videos["cam5"]) == {"fluorescence", "visible"}


@SESSIONS
def test_the_check_finds_nothing_wrong(
    shared_data: Path, name: str, n_timepoints: int, width: int, seeds: tuple[int, ...]
) -> None:
    check = check_session(shared_data / name)
    assert [finding.level for finding in check.findings] == ["note"]
    assert check.seed_timepoints == seeds
    medians = [camera.seed_error_median_px for camera in check.cameras]
    assert all(0.3 < median < 2.5 for median in medians if median is not None)
    assert len(medians) == 6


def test_truth_projects_onto_truth(shared_data: Path) -> None:
    folder = shared_data / "arena_ring" / "truth"
    points = read_points3d(folder / "points3d.csv")
    rig = read_calibration(folder / "calibration_true.toml")
    for camera, projected in zip(rig, project_all(points.points_mm, rig), strict=True):
        table = read_keypoints(folder / f"points2d_{camera.name}.csv")
        assert table.keypoints == points.keypoints
        np.testing.assert_array_equal(table.frames, points.timepoints)
        np.testing.assert_allclose(table.points_px[:, 0], projected, atol=0.001)


def test_dots_lie_where_the_truth_says_and_are_as_bright(shared_data: Path) -> None:
    """Pixel (0, 0) is a centre, and grey levels are in the full range: luma of 16 to 235 would read 14 % too low."""
    source = VideoFrameSource(open_session(shared_data / "arena_ring"))
    offsets, ratios = [], []
    for camera in ("cam0", "cam3"):
        table = read_keypoints(shared_data / "arena_ring" / "truth" / f"points2d_{camera}.csv")
        pictures = source.read(camera, channel="fluorescence", start=70, stop=76)
        for frame, picture in enumerate(pictures, start=70):
            for point, likelihood in zip(table.points_px[frame, 0], table.confidence[frame, 0], strict=True):
                if likelihood > 0.85 and (np.abs(table.points_px[frame, 0] - point).max(axis=1) < 12).sum() == 1:
                    x, y = np.round(point).astype(int)
                    patch = picture[y - 4 : y + 5, x - 4 : x + 5].astype(float)
                    patch = np.clip(patch - np.median(picture) - 4, 0, None)
                    centre = (
                        np.array([(patch.sum(axis=axis) * np.arange(-4, 5)).sum() for axis in (0, 1)]) / patch.sum()
                    )
                    offsets.append(centre + np.array([x, y]) - point)
                    ratios.append((patch.max() + 4) / (10 * likelihood / (1 - likelihood)))
    assert len(offsets) > 50
    np.testing.assert_allclose(np.median(offsets, axis=0), [0, 0], atol=0.05)
    assert np.median(ratios) == pytest.approx(1, abs=0.05)


def test_videos_read_the_same_in_any_order(shared_data: Path) -> None:
    source = VideoFrameSource(open_session(shared_data / "arena_ring_small"))
    whole = list(source.read("cam1", channel="visible", start=0, stop=20))
    for start, stop in ((15, 20), (0, 3), (3, 9), (9, 10), (4, 6)):
        pictures = list(source.read("cam1", channel="visible", start=start, stop=stop))
        np.testing.assert_array_equal(pictures, whole[start:stop])


def test_files_come_back(shared_data: Path, tmp_path: Path) -> None:
    rig = read_calibration(shared_data / "arena_ring" / "calibration.toml")
    write_calibration(tmp_path / "calibration.toml", rig)
    for one, other in zip(read_calibration(tmp_path / "calibration.toml"), rig, strict=True):
        np.testing.assert_array_equal(one.rvec, other.rvec)
        np.testing.assert_array_equal(one.matrix, other.matrix)
    skeleton = read_skeleton(shared_data / "arena_ring" / "skeleton.toml")
    write_skeleton(tmp_path / "skeleton.toml", skeleton)
    assert read_skeleton(tmp_path / "skeleton.toml") == skeleton
    assert symmetries_by_name(skeleton.keypoints) == skeleton.symmetries
