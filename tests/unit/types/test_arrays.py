"""Arrays are copied, frozen and of the shape they claim, or refused by name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from behaviorvlm.errors import ShapeError
from behaviorvlm.types.arrays import all_finite, frozen_bools, frozen_floats, frozen_ints, unstated

FREEZERS = pytest.mark.parametrize(
    ("freeze", "dtype"), [(frozen_floats, np.float64), (frozen_ints, np.int64), (frozen_bools, np.bool_)]
)


@FREEZERS
def test_an_array_is_a_frozen_copy(freeze, dtype) -> None:
    given_array = np.zeros((2, 3), dtype=dtype)
    frozen = freeze(given_array, (2, None), name="a")
    assert frozen.dtype == dtype
    given_array[:] = 1
    assert not frozen.any()
    with pytest.raises(ValueError, match="read-only"):
        frozen[0, 0] = 1


@FREEZERS
def test_lists_become_arrays(freeze, dtype) -> None:
    assert freeze([[1, 0]], (1, 2), name="a").dtype == dtype


@FREEZERS
@given(npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3), st.data())
def test_only_the_claimed_shape_passes(freeze, dtype, shape: tuple[int, ...], data: st.DataObject) -> None:
    open_axes = tuple(data.draw(st.sampled_from([None, size])) for size in shape)
    values = np.zeros(shape, dtype=dtype)
    assert freeze(values, open_axes, name="a").shape == shape
    for wrong in ((*open_axes, 1), tuple(7 for _ in shape), (*open_axes, None)):
        if wrong == ():
            continue
        with pytest.raises(ShapeError):
            freeze(values, wrong, name="a")


@FREEZERS
def test_the_refusal_names_both_shapes(freeze, dtype) -> None:
    with pytest.raises(ShapeError) as caught:
        freeze(np.zeros((4, 3)), (None, 2), name="points_px")
    assert "points_px" in caught.value.message
    assert caught.value.expected == "('any', 2)"
    assert caught.value.actual == "(4, 3)"


def test_a_point_is_finite_if_all_its_coordinates_are() -> None:
    points = np.array([[1.0, 2], [np.nan, 2], [1, np.inf], [-np.inf, np.nan]])
    assert all_finite(points).tolist() == [True, False, False, False]
    assert all_finite(points.reshape(2, 2, 2)).shape == (2, 2)
    assert all_finite(np.empty((0, 3))).shape == (0,)
    assert all_finite([1, 2]).dtype == np.bool_


def test_what_nobody_can_write_is_not_copied_and_anything_else_is() -> None:
    mine = np.arange(6.0).reshape(3, 2)
    frozen = frozen_floats(mine, (None, 2), name="x")
    assert not np.shares_memory(frozen, mine), "whoever made it can still write to it"
    assert frozen_floats(frozen, (None, 2), name="x") is frozen
    assert np.shares_memory(frozen_floats(frozen[1:], (None, 2), name="x"), frozen)
    view = mine[1:]
    view.flags.writeable = False
    assert not np.shares_memory(frozen_floats(view, (None, 2), name="x"), mine), "its owner can be written to"
    assert frozen_floats(frozen.astype(np.float32), (None, 2), name="x").dtype == np.float64


def test_what_nobody_stated_takes_no_memory() -> None:
    nothing = unstated((10_000, 3, 12))
    assert np.isnan(nothing[::1000]).all()
    assert frozen_floats(nothing, (None, 3, 12), name="x").strides == (0, 0, 0)
