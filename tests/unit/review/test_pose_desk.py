"""What a click means at the desk, without a browser; on the session of `correctable`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from session_files import SKELETON
from unit.runs.correctable import LEFT, N_TIMEPOINTS, SPECK, WRONG, dots_px, true_mm, write_run

from behaviorvlm.review.clicks import nearest
from behaviorvlm.review.pose_desk import PoseDesk, passing_words, quality_filter
from behaviorvlm.review.pose_workspace import PoseWorkspace
from behaviorvlm.runs.quality_filter import QualityFilter
from behaviorvlm.types.body_limits import BodyLimits

NOSE = SKELETON.index("nose")


@pytest.fixture
def desk(tmp_path: Path) -> PoseDesk:
    space = PoseWorkspace.open(write_run(tmp_path))
    space.tables.ask = lambda: None  # tables have tests of their own
    return PoseDesk(space, "ada")


def at(desk: PoseDesk, camera: int, dot: int, *, off: float = 0.0) -> tuple[float, float]:
    x, y = desk.window(camera).shown(dots_px(desk.now.timepoint)[camera, dot] + off).tolist()
    return x, y


def test_it_travels_within_the_run(desk: PoseDesk) -> None:
    desk.step(-5)
    assert desk.now.timepoint == 0
    desk.travel(99)
    assert desk.now.timepoint == N_TIMEPOINTS - 1 and desk.now.settled


def test_the_worst_is_the_exchanged_pair(desk: PoseDesk) -> None:
    desk.measure = "jump"
    desk.to_worst()
    assert desk.now.timepoint == WRONG and desk.selected in (LEFT, LEFT + 1)
    desk.swap()
    np.testing.assert_allclose(desk.now.points_mm, true_mm()[WRONG], atol=1e-6)
    assert "kept" in desk.said and WRONG not in [timepoint for timepoint, *_ in desk.space.worst("jump")][:1]


def test_a_timepoint_beside_a_correction_shows_the_flags_of_the_tables(tmp_path: Path) -> None:
    folder = write_run(tmp_path, limits=BodyLimits(15.0, np.full((len(SKELETON.edges), 2), np.nan)))
    desk = PoseDesk(PoseWorkspace.open(folder), "ada")
    desk.space.tables.ask = lambda: None
    desk.travel(WRONG)
    assert desk.now.flags[LEFT] == "jump"
    desk.step(1)
    desk.select(LEFT)
    desk.swap()
    assert desk.now.flags[LEFT] == "corrected"  # as its neighbor is
    desk.step(-1)
    assert desk.now.flags[LEFT] == ""
    desk.travel(2)
    desk.swap()
    assert desk.now.flags[LEFT] == "jump|corrected"


def test_a_click_selects_then_assigns_and_a_far_one_says_so(desk: PoseDesk) -> None:
    desk.travel(3)
    desk.press(1, *at(desk, 1, NOSE))
    assert desk.selected == NOSE
    desk.press(1, *at(desk, 1, NOSE))
    assert desk.space.records == ()
    desk.zoomed = False
    desk.press(1, *at(desk, 1, SPECK))
    assert desk.now.numbers[NOSE, 1] == SPECK
    desk.press(1, 630.0, 470.0)
    assert "no dot here" in desk.said
    desk.drop()
    desk.press(1, 630.0, 470.0)
    assert desk.selected is None and "nobody here" in desk.said


def test_without_a_keypoint_nothing_is_corrected(desk: PoseDesk) -> None:
    for act in (desk.clear, desk.keep_draft):
        act()
        assert "first pick" in desk.said or "no free point" in desk.said
    desk.mode = "free"
    desk.press(0, 10, 10)
    assert desk.draft == {} and desk.space.records == ()


def test_a_keypoint_without_a_partner_is_not_swapped(desk: PoseDesk) -> None:
    desk.select(NOSE)
    desk.swap()
    desk.swap_range()
    assert "no left or right partner" in desk.said and desk.swap_from is None


def test_free_points_draw_lines_then_meet_and_become_one_correction(desk: PoseDesk) -> None:
    desk.travel(9)
    desk.select(NOSE)
    desk.clear()
    desk.mode = "free"
    desk.press(0, *at(desk, 0, NOSE))
    assert "one view" in desk.draft_words() and desk.drawing(0).lines_px == []
    (line,) = desk.drawing(2).lines_px
    assert np.nanmin(np.linalg.norm(line - dots_px(9)[2, NOSE], axis=1)) < 2.0
    desk.press(2, *at(desk, 2, NOSE, off=5.0))
    desk.drag(2, *at(desk, 2, NOSE))
    assert "reprojection error 0.0" in desk.draft_words()
    np.testing.assert_allclose(desk.drawing(3).draft_seen_px[NOSE], dots_px(9)[3, NOSE], atol=1e-3)
    desk.keep_draft()
    np.testing.assert_allclose(desk.now.points_mm[NOSE], true_mm()[9, NOSE], atol=1e-6)
    assert [one.change.kind for one in desk.space.records] == ["missing", "point", "point"]


def test_escape_lets_go_step_by_step(desk: PoseDesk) -> None:
    desk.select(NOSE)
    desk.mode = "free"
    desk.press(0, 50, 50)
    desk.drop()
    assert desk.draft == {} and desk.mode == "dot" and desk.selected == NOSE
    desk.drop()
    assert desk.selected is None


def test_a_box_is_dragged_from_any_corner_and_a_click_makes_none(desk: PoseDesk) -> None:
    desk.mode = "box"
    desk.zoomed = False
    desk.press(1, 300, 200)
    desk.release()
    assert desk.space.records == ()
    desk.press(1, 300, 200)
    desk.drag(1, 100, 100)
    assert desk.drawing(1).draft_box_px is not None
    desk.release()
    np.testing.assert_allclose(desk.now.boxes_px[1, 0], [9.5, 9.5, 29.5, 19.5])


def test_undo_takes_back_one_by_one_and_then_says_so(desk: PoseDesk) -> None:
    found = desk.now.points_mm
    desk.select(LEFT)
    desk.swap()
    desk.clear()
    for _ in range(2):
        desk.undo()
    np.testing.assert_array_equal(desk.now.points_mm, found)
    desk.undo()
    assert desk.said == "nothing to undo"
    desk.undo(1)
    assert "cannot be undone" in desk.said


def test_small_words() -> None:
    assert nearest(np.array([[0.0, 0], [np.nan, 0]]), np.array([3.0, 4.0]), reach_px=5) == 0
    assert nearest(np.zeros((0, 2)), np.zeros(2), reach_px=5) is None
    assert passing_words(1500, 3000) == "1,500 of 3,000 keypoints stay (50.0%)"
    assert passing_words(0, 0) == "nothing is settled yet"
    assert quality_filter([1.0, 1.5, None, None]) == QualityFilter(max_error_px=1.0, min_views=2)
    assert quality_filter([None] * 4, only_corrected=True).thresholds == {"only_corrected": True}
