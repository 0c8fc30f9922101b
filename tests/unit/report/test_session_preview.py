"""The rig in space and the seeds on their frames."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from unit.report.conftest import look_at

from behaviorvlm.geometry.projection import project
from behaviorvlm.report.rig_picture import up_axis, view_cone
from behaviorvlm.report.session_preview import draw_session_preview, seed_array
from behaviorvlm.types import CameraGroup, Exemplar

RED = (255, 0, 0)


def test_the_corners_of_a_cone_are_the_corners_of_the_picture(cameras) -> None:
    camera = cameras["b"]
    corners = project(view_cone(camera, 250.0), camera)
    np.testing.assert_allclose(corners, [(0, 0), (319, 0), (319, 239), (0, 239)], atol=1e-6)


def test_up_is_found_for_a_ring_and_for_cameras_in_the_ceiling(cameras) -> None:
    assert up_axis(cameras) == 2
    ceiling = CameraGroup(tuple(look_at(str(x), (x, 0, 500), (x, 0, 0)) for x in (-50, 50)))
    assert up_axis(ceiling) == 2


def test_seeds_are_placed_by_timepoint_and_camera(session) -> None:
    timepoints, points = seed_array(session)
    assert timepoints == [2, 5]
    np.testing.assert_array_equal(points[1, 2], session.seeds[-1].points_px)


def test_seeds_that_disagree_are_drawn_with_a_red_line(session, frames, tmp_path) -> None:
    draw_session_preview(session, frames("visible"), tmp_path / "good.png")
    moved = session.seeds[0].points_px + np.array([(25.0, 0)] + [(0, 0)] * 4)
    bad = replace(session, seeds=(Exemplar(2, "a", moved), *session.seeds[1:]))
    draw_session_preview(bad, frames("visible"), tmp_path / "bad.png")
    reds = [
        (cv2.imread(str(tmp_path / name))[:, :-260, ::-1] == RED).all(axis=2).sum() for name in ("good.png", "bad.png")
    ]
    assert reds[0] == 0
    assert reds[1] > 20


def test_a_session_without_seeds_or_videos_and_a_seed_outside_the_video_are_drawn(session, frames, tmp_path) -> None:
    draw_session_preview(replace(session, seeds=()), None, tmp_path / "rig.png")
    late = replace(session, seeds=(Exemplar(99, "a", session.seeds[0].points_px),))
    draw_session_preview(late, frames("visible"), tmp_path / "late.png")
    assert min((tmp_path / name).stat().st_size for name in ("rig.png", "late.png")) > 1000
