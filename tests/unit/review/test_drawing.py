"""What is drawn: windows, overlays, the skeleton, the timeline; and that no name becomes markup."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.report.drawing_style import keypoint_styles
from behaviorvlm.review import svg
from behaviorvlm.review.skeleton_drawing import SIZE, Turn, draw_skeleton
from behaviorvlm.review.timeline import MISSING, ROW_PX, UNKNOWN, WIDTH, draw_timeline, place_of, span_of, worst_in
from behaviorvlm.review.view_drawing import ViewDrawing, draw_view
from behaviorvlm.review.window import SHOWN_PX, Window, around, whole
from behaviorvlm.types import Skeleton

NAMES = ("<b>nose", "left_ear", "right_ear")
SKELETON = Skeleton(NAMES, edges=(("<b>nose", "left_ear"),), symmetries=(("left_ear", "right_ear"),))
STYLES = keypoint_styles(SKELETON)


def elements(content: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(f"<svg>{content}</svg>").iter())[1:]


@given(st.floats(-0.5, 639.5), st.floats(-0.5, 479.5))
def test_a_window_shows_and_reads_back_the_same_place(x: float, y: float) -> None:
    window = Window(100, 50, 320, 240)
    assert window.raw(*window.shown(np.array([x, y]))) == pytest.approx((x, y))


def test_the_window_lies_around_the_points_and_inside_the_picture() -> None:
    window = around(np.array([[300.0, 200.0], [500.0, 260.0], [np.nan, np.nan]]), (1024, 768))
    assert window.width / window.height == pytest.approx(1024 / 768, rel=0.01)
    assert window.x < 300 and window.x + window.width > 500 and window.width < 500
    corner = around(np.array([[1020.0, 764.0]]), (1024, 768))
    assert corner.x + corner.width == 1024 and corner.y + corner.height == 768
    assert around(np.full((2, 2), np.nan), (64, 48)) == whole((64, 48))
    assert whole((64, 48)).shown_size == (SHOWN_PX, 480)


@given(st.text())
def test_words_are_never_markup(words: str) -> None:
    clean = "".join(letter for letter in words if letter.isprintable())
    (only,) = elements(svg.text(1, 2, clean, color="#fff"))
    assert (only.text or "") == clean


def view(**changes: object) -> ViewDrawing:
    points = np.array([[10.0, 10.0], [20.0, 12.0], [np.nan, np.nan]])
    known = {
        "window": whole((64, 48)), "dots_px": np.array([[10.0, 10.0], [40.0, 30.0]]), "points_px": points,
        "seen_px": points + 1, "boxes_px": np.array([[5.0, 5, 30, 30], [np.nan] * 4]),
    }  # fmt: skip
    return ViewDrawing(**{**known, **changes})


def test_a_view_shows_dots_names_boxes_and_how_far_off_they_are() -> None:
    drawn = elements(draw_view(view(), STYLES, ("head", "rest")))
    kinds = [one.tag for one in drawn]
    assert kinds.count("circle") == 2 + 1 and kinds.count("polygon") == 1  # two dots, a middle and a left keypoint
    assert kinds.count("line") == 2 and kinds.count("rect") == 1
    assert {one.text for one in drawn if one.tag == "text"} == {"0", "1", "head", STYLES[0].label, STYLES[1].label}


def test_what_is_turned_off_is_not_drawn_but_the_selected_keypoint_bears_its_label() -> None:
    drawn = elements(draw_view(view(numbered=False, named=False, selected=1), STYLES, ("head", "rest")))
    assert {one.text for one in drawn if one.tag == "text"} == {"head", STYLES[1].label}


def test_points_under_way_are_drawn_with_their_lines() -> None:
    line = np.stack([np.linspace(0, 60, 9), np.linspace(0, 40, 9)], axis=1)
    line[3] = np.nan
    drawn = elements(
        draw_view(
            view(selected=0, draft_px={0: np.array([30.0, 30.0])}, draft_seen_px={0: np.array([31.0, 30.0])},
                 lines_px=[line], draft_box_px=(1, 2, 3, 4)),
            STYLES, ("head", "rest"),
        )
    )  # fmt: skip
    assert [len(one.attrib["points"].split()) for one in drawn if one.tag == "polyline"] == [8]
    assert f"{STYLES[0].label}?" in {one.text for one in drawn}


def test_a_turned_skeleton_keeps_lengths_seen_from_the_side() -> None:
    points = np.array([[0.0, 0, 0], [0, 10, 0], [0, 0, 10]])
    seen = Turn(yaw_deg=0, pitch_deg=0).onto_screen(points)
    np.testing.assert_allclose(seen[:, :2], [[0, 0], [10, 0], [0, 10]], atol=1e-12)
    above = Turn(yaw_deg=0, pitch_deg=90).onto_screen(points)
    np.testing.assert_allclose(above[2, :2], [0, 0], atol=1e-12)
    for turn in (Turn(33, 21), Turn().dragged(100, -400)):
        np.testing.assert_allclose(np.linalg.norm(turn.onto_screen(points), axis=1), [0, 10, 10])
    assert Turn().dragged(0, 9999).pitch_deg == 90.0


def test_the_skeleton_fits_its_drawing_and_says_when_there_is_none() -> None:
    points = np.array([[0.0, 0, 0], [400, 10, 0], [np.nan] * 3])
    content = draw_skeleton(points, SKELETON.edge_indices, STYLES, turn=Turn())
    places = [float(number) for number in re.findall(r'c[xy]="([-\d.]+)"', content)]
    assert all(0 <= place <= SIZE for place in places)
    assert "mm" in content and "<b>" not in content
    assert "no keypoint" in draw_skeleton(np.full((3, 3), np.nan), SKELETON.edge_indices, STYLES, turn=Turn())


def test_the_timeline_shows_the_worst_of_each_column_and_what_is_missing() -> None:
    badness, missing = np.zeros((3000, 2)), np.zeros((3000, 2))
    badness[1501, 0] = 9.0
    badness[2000:, 1] = missing[2000:, 1] = np.nan
    missing[100, 1] = 1
    picture = draw_timeline(badness, missing)
    assert picture.shape == (2 * ROW_PX, WIDTH, 3)
    assert picture[3, int(place_of(1501, 3000))].tolist() != picture[3, 0].tolist()
    assert picture[ROW_PX + 3, int(place_of(100, 3000))].tolist() == list(MISSING)
    assert picture[ROW_PX + 3, -1].tolist() == list(UNKNOWN)


@pytest.mark.parametrize("length", [1, 7, 1200, 9999])
def test_a_click_finds_the_row_it_was_drawn_for(length: int) -> None:
    for row in {0, length // 2, length - 1}:
        first, last = span_of(place_of(row, length), length)
        assert first <= row < last
    assert span_of(-5, length)[0] == 0 and span_of(WIDTH + 5, length)[1] == length


def test_a_click_travels_to_the_worst_of_the_column() -> None:
    badness = np.array([[0.0], [1.0], [5.0], [np.nan]])
    assert worst_in(badness, (0, 4), 0) == 2
    assert worst_in(badness, (3, 4), 0) == 3
