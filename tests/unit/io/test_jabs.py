from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from track_files import jabs_points, write_jabs

from behaviorvlm.io.jabs import KEYPOINTS, read_keypoints
from behaviorvlm.io.tracks_file import detect_format, read_tracks


def test_version_2_is_one_mouse_x_before_y_and_missing_without_confidence(tmp_path: Path) -> None:
    points = jabs_points(5, 1)
    points[2, 0, 3] = np.nan
    write_jabs(tmp_path / "w_pose_est_v2.h5", points)
    table = read_tracks(tmp_path / "w_pose_est_v2.h5")
    assert detect_format(tmp_path / "w_pose_est_v2.h5") == "jabs"
    assert (table.individuals, table.keypoints, table.px_per_mm) == (("animal_1",), KEYPOINTS, None)
    np.testing.assert_array_equal(table.points_px, points)


def test_mice_are_followed_through_instances_of_identities(tmp_path: Path) -> None:
    points = jabs_points(4, 2)
    swapped, ids = points.copy(), np.tile([1, 2], (4, 1))
    swapped[2:], ids[2:] = points[2:, ::-1], [2, 1]
    swapped[3, 1] = np.nan  # and with it the id of mouse 1 is masked
    write_jabs(tmp_path / "w.h5", swapped, ids, ids=True)
    table = read_keypoints(tmp_path / "w.h5")
    expected = points.copy()
    expected[3, 0] = np.nan
    np.testing.assert_array_equal(table.points_px, expected)
    assert table.px_per_mm == pytest.approx(2.0)


def test_pieces_of_tracks_are_joined_in_time(tmp_path: Path) -> None:
    points = jabs_points(300, 2)
    pieces = np.tile([0, 1], (300, 1))
    pieces[100:, 1] = 7  # the second mouse was lost and found
    points[95:100, 1] = np.nan
    write_jabs(tmp_path / "w.h5", points, pieces)
    np.testing.assert_array_equal(read_keypoints(tmp_path / "w.h5").points_px, points)


def test_a_ghost_of_a_frame_is_no_mouse(tmp_path: Path) -> None:
    points = jabs_points(300, 3)
    points[:, 2] = np.nan
    points[50, 2] = 5.0
    write_jabs(tmp_path / "w.h5", points, np.tile([0, 1, 2], (300, 1)))
    np.testing.assert_array_equal(read_keypoints(tmp_path / "w.h5").points_px, points[:, :2])


def test_nobody_in_view(tmp_path: Path) -> None:
    points = np.full((5, 2, 12, 2), np.nan)
    write_jabs(tmp_path / "w.h5", points, np.zeros((5, 2)))
    assert read_keypoints(tmp_path / "w.h5").points_px.shape == (5, 0, 12, 2)
