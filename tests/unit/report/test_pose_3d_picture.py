"""Poses in space: which are drawn, and that any of them can be."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.report.pose_3d_picture import body_path, choose_rows, draw_pose_3d


@pytest.fixture
def walk(points_mm):
    """Return (timepoint, keypoint, 3): 30 steps of 10 mm along y, one pose half missing, one wholly."""
    poses = points_mm + np.arange(30)[:, np.newaxis, np.newaxis] * np.array([0, 10.0, 0])
    poses[10, :3] = np.nan
    poses[20] = np.nan
    return poses


def test_poses_drawn_are_far_apart_in_order_and_whole(walk) -> None:
    rows = choose_rows(walk, 4)
    assert len(rows) == 4
    assert set(rows) >= {0, 29}
    assert (np.diff(rows) > 5).all()
    assert not {10, 20} & set(rows)


def test_an_animal_that_stays_is_drawn_once(points_mm) -> None:
    assert len(choose_rows(np.repeat(points_mm[np.newaxis], 50, axis=0), 6)) == 1


def test_nothing_to_draw_is_no_pose() -> None:
    assert len(choose_rows(np.full((5, 3, 3), np.nan), 6)) == 0
    assert len(choose_rows(np.zeros((0, 3, 3)), 6)) == 0


def test_the_path_of_the_body_is_missing_where_the_pose_is(walk) -> None:
    path = body_path(walk)
    assert np.isnan(path[20]).all()
    np.testing.assert_allclose(path[5], np.median(walk[5], axis=0))


@pytest.mark.parametrize("rows", [slice(0, 30), slice(20, 21), slice(0, 0)])
def test_any_number_of_poses_is_drawn(walk, rows, skeleton, tmp_path) -> None:
    draw_pose_3d(walk[rows], skeleton, path=tmp_path / "space.png", timepoints=np.arange(100, 130)[rows])
    assert (tmp_path / "space.png").stat().st_size > 1000
