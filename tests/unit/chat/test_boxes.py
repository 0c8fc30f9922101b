"""Boxes as models write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.chat.boxes import read_box
from behaviorvlm.errors import RefusedAnswerError

WIDE = (1920, 1080)
SMALL = (640, 480)


def sides(box):
    return (box.x_min_px, box.y_min_px, box.x_max_px, box.y_max_px)


def test_thousandths_span_the_picture_from_edge_to_edge():
    box = read_box([0, 0, 1000, 1000], size_px=SMALL)
    assert sides(box) == (-0.5, -0.5, 639.5, 479.5)
    assert (box.order, box.scale, box.note) == ("xyxy", "thousand", "")


FORMS = {
    "four numbers": [100, 200, 300, 400],
    "two corners": [[100, 200], [300, 400]],
    "wrapped": {"bbox_2d": [100, 200, 300, 400], "label": "mouse"},
    "in a list": [{"bbox_2d": [100, 200, 300, 400]}],
    "box of corners": {"box": [[100, 200], [300, 400]]},
    "named sides": {"x_min": 100, "y_min": 200, "x_max": 300, "y_max": 400},
    "other names": {"left": 100, "top": 200, "right": 300, "bottom": 400},
    "numbered names": {"X1": 100, "Y1": 200, "X2": 300, "Y2": 400},
    "named, in a box": {"box": {"xmin": 100, "ymin": 200, "xmax": 300, "ymax": 400}},
    "floats": [100.0, 200.0, 300.0, 400.0],
    "in quotes": ["100", "200", "300", "400"],
}


@pytest.mark.parametrize("value", FORMS.values(), ids=FORMS)
def test_forms(value):
    assert sides(read_box(value, size_px=(1000, 1000), scale="pixels")) == (100, 200, 300, 400)


def test_the_prompt_settles_what_is_ambiguous():
    value = [100, 200, 300, 400]
    assert sides(read_box(value, size_px=SMALL, scale="pixels")) == (100, 200, 300, 400)
    assert sides(read_box(value, size_px=SMALL)) == (63.5, 95.5, 191.5, 191.5)
    assert sides(read_box(value, size_px=SMALL, order="yxyx", scale="pixels")) == (200, 100, 400, 300)


def test_named_sides_need_no_order():
    value = {"x_min": 100, "y_min": 200, "x_max": 300, "y_max": 400}
    assert sides(read_box(value, size_px=SMALL, order="yxyx", scale="pixels")) == (100, 200, 300, 400)


OTHERWISE = {
    "pixels though thousandths were asked for": (
        [1200, 100, 1500, 300], WIDE, "thousand", (1200, 100, 1500, 300), "xyxy", "pixels"),
    "thousandths though pixels were asked for": (
        [500, 500, 900, 1000], SMALL, "pixels", (319.5, 239.5, 575.5, 479.5), "xyxy", "thousand"),
    "y first though x was asked for": (
        [100, 1500, 200, 1800], WIDE, "pixels", (1500, 100, 1800, 200), "yxyx", "pixels"),
    "to the edge in pixels": ([0, 0, 1920, 1080], WIDE, "thousand", (0, 0, 1919.5, 1079.5), "xyxy", "pixels"),
}  # fmt: skip


@pytest.mark.parametrize(("value", "size", "scale", "found", "order", "read_as"), OTHERWISE.values(), ids=OTHERWISE)
def test_another_reading_is_taken_only_where_it_is_the_only_one_and_noted(value, size, scale, found, order, read_as):
    box = read_box(value, size_px=size, scale=scale)
    assert sides(box) == pytest.approx(found)
    assert (box.order, box.scale) == (order, read_as)
    assert box.note.startswith("read as")


BAD = {
    "corner, width and height": ([500, 400, 100, 50], "not its width and height"),
    "named width": ({"x": 1, "y": 2, "w": 3, "h": 4}, "width and height"),
    "named width in full": ({"x": 1, "y": 2, "width": 3, "height": 4}, "width and height"),
    "inside out": ([300, 400, 100, 200], "inside out"),
    "no area": ([300, 400, 300, 600], "no area"),
    "a point": ([300, 400, 300, 400], "no area"),
    "shares instead of thousandths": ([0.1, 0.2, 0.5, 0.6], "no area"),
    "a little outside": ([100, 100, 1004, 300], "leaves the picture"),
    "far outside": ([100, 100, 4000, 300], "leaves the picture"),
    "negative": ([-5, 100, 200, 300], "leaves the picture"),
    "three numbers": ([1, 2, 3], "no box"),
    "five numbers": ([1, 2, 3, 4, 5], "no box"),
    "three corners": ([[1, 2], [3, 4], [5, 6]], "no box"),
    "uneven corners": ([[1, 2, 3], [4]], "no box"),
    "two boxes": ([{"box": [1, 2, 3, 4]}, {"box": [1, 2, 3, 4]}], "no box"),
    "a side missing": ({"x_min": 1, "y_min": 2, "x_max": 3}, "no box"),
    "a side twice": ({"x_min": 1, "left": 9, "y_min": 2, "x_max": 3, "y_max": 4}, "twice"),
    "words": ("left of the wheel", "no box"),
    "nothing": (None, "no box"),
    "a word for a side": ([1, 2, "3 px", 4], "should be a number"),
    "a truth for a side": ([True, 2, 3, 4], "should be a number"),
    "null for a side": ([None, 2, 3, 4], "should be a number"),
    "not a number": ([float("nan"), 2, 3, 4], "should be a number"),
    "endless": ([1, 2, float("inf"), 4], "should be a number"),
    "a huge number": ([1, 2, 10**400, 4], "should be a number"),
}


@pytest.mark.parametrize(("value", "complaint"), BAD.values(), ids=BAD)
def test_refused_with_a_complaint(value, complaint):
    with pytest.raises(RefusedAnswerError, match=complaint) as caught:
        read_box(value, size_px=WIDE)
    assert "0 to 1000" in caught.value.expected
    assert len(str(caught.value)) < 300


def test_less_than_a_pixel_is_no_area():
    with pytest.raises(RefusedAnswerError, match="no area"):
        read_box([300, 400, 301, 401], size_px=SMALL)


def test_two_departures_from_what_was_asked_are_refused():
    with pytest.raises(RefusedAnswerError, match="leaves the picture"):
        read_box([100, 1500, 200, 1800], size_px=WIDE)  # pixels, y first: neither was asked for


def test_the_complaint_repeats_what_was_asked_for():
    with pytest.raises(RefusedAnswerError) as caught:
        read_box([3, 4, 1, 2], size_px=SMALL, order="yxyx", scale="pixels")
    assert caught.value.expected.startswith("[y_min, x_min, y_max, x_max] in pixels")


@given(st.lists(st.integers(0, 1000), min_size=4, max_size=4), st.sampled_from(["xyxy", "yxyx"]), st.booleans())
def test_a_box_is_read_as_it_was_written_or_refused(corners, order, named):
    x, y = sorted(corners[:2]), sorted(corners[2:])
    numbers = [x[0], y[0], x[1], y[1]]
    given_as = dict(zip(("x1", "y1", "x2", "y2"), numbers, strict=True)) if named else numbers
    if not named and order == "yxyx":
        given_as = [y[0], x[0], y[1], x[1]]
    if min(x[1] - x[0], y[1] - y[0]) * 0.48 < 1:
        return
    box = read_box(given_as, size_px=SMALL, order=order)
    back = [(side + 0.5) * 1000 / size for side, size in zip(sides(box), SMALL * 2, strict=True)]
    assert back == pytest.approx(numbers)


@given(
    st.lists(st.integers(-2000, 3000) | st.floats(), min_size=4, max_size=4), st.sampled_from(["thousand", "pixels"])
)
def test_whatever_is_read_lies_in_the_picture(numbers, scale):
    try:
        box = read_box(numbers, size_px=SMALL, scale=scale)
    except RefusedAnswerError:
        return
    assert -0.5 <= box.x_min_px <= box.x_max_px - 1 <= 638.5
    assert -0.5 <= box.y_min_px <= box.y_max_px - 1 <= 478.5
