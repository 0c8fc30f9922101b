"""Boxes: their edges belong to them, and they are never inside out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import ShapeError
from behaviorvlm.types import RegionBox

BOX = RegionBox("tail", 10, 20, 30, 25)


def test_edges_belong_to_a_box() -> None:
    points = np.array([[10.0, 20], [30, 25], [20, 22], [9.99, 22], [30.01, 22], [20, 19.99], [20, 25.01], [np.nan, 22]])
    assert BOX.contains(points).tolist() == [True, True, True, False, False, False, False, False]
    assert BOX.contains(np.empty((0, 2))).shape == (0,)


def test_a_box_may_be_a_point() -> None:
    assert RegionBox("tail", 3, 4, 3, 4).contains(np.array([[3.0, 4]])).all()


@pytest.mark.parametrize("sides", [(2, 0, 1, 1), (0, 2, 1, 1), (np.nan, 0, 1, 1), (0, 0, 1, np.nan)])
def test_a_box_that_is_inside_out_is_refused(sides: tuple[float, ...]) -> None:
    with pytest.raises(ShapeError, match="the box of tail") as caught:
        RegionBox("tail", *sides)
    assert caught.value.expected == "x_min <= x_max and y_min <= y_max"
    assert str(sides[0]) in caught.value.actual


@given(*[st.floats(-1e6, 1e6) for _ in range(4)])
def test_corners_decide_whether_a_box_can_be(x_min: float, y_min: float, x_max: float, y_max: float) -> None:
    if x_min <= x_max and y_min <= y_max:
        corners = np.array([[x_min, y_min], [x_max, y_max], [x_min, y_max]])
        assert RegionBox("a", x_min, y_min, x_max, y_max).contains(corners).all()
    else:
        with pytest.raises(ShapeError):
            RegionBox("a", x_min, y_min, x_max, y_max)
