"""Words beside dots: on no dot, on no other word, attached to their own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behaviorvlm.imaging.marks_layout import lay_out_words, ring_radii

EXTENT = (448, 448)


def scatter(seed: int, count: int, *, spread: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 224 + spread * rng.uniform(-200, 200, (count, 2))


def distance_to_boxes(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    nearest = np.clip(points[:, None], boxes[None, :, :2], boxes[None, :, 2:])
    return np.linalg.norm(points[:, None] - nearest, axis=-1)


def overlaps(boxes: np.ndarray) -> int:
    apart = (boxes[:, None, :2] >= boxes[None, :, 2:]) | (boxes[None, :, :2] >= boxes[:, None, 2:])
    return int(((~apart.any(axis=-1)).sum() - len(boxes)) / 2)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30), st.sampled_from([22.0, 60.0]), st.integers(0, 10))
def test_no_word_covers_a_dot_or_another_word_while_there_is_room(seed, count, width, others) -> None:
    points, rest = scatter(seed, count), scatter(seed + 1, others)
    radii = ring_radii(points)
    sizes = np.tile([width, 17.0], (count, 1))
    laid = lay_out_words(points, radii, sizes_px=sizes, extent_px=EXTENT, others_px=rest)
    assert (distance_to_boxes(points, laid.boxes_px) > radii[:, None]).all()
    assert (distance_to_boxes(rest, laid.boxes_px) > 3).all()
    assert overlaps(laid.boxes_px) == 0
    assert (laid.boxes_px[:, :2] >= 0).all()
    assert (laid.boxes_px[:, 2:] <= np.array(EXTENT) - 1).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.3, 0.1]))
def test_where_room_is_short_dots_still_stay_free_and_the_layout_says_so(seed: int, spread: float) -> None:
    points = scatter(seed, 60, spread=spread)
    radii = ring_radii(points)
    laid = lay_out_words(points, radii, sizes_px=np.tile([22.0, 17.0], (60, 1)), extent_px=EXTENT)
    assert (distance_to_boxes(points, laid.boxes_px) > radii[:, None]).all()
    assert laid.crowded


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 25))
def test_a_leader_goes_from_its_dots_ring_to_its_box(seed: int, count: int) -> None:
    points = scatter(seed, count)
    radii = ring_radii(points)
    laid = lay_out_words(points, radii, sizes_px=np.tile([30.0, 17.0], (count, 1)), extent_px=EXTENT)
    from_dot = np.linalg.norm(laid.leaders_px[:, 0] - points, axis=1)
    np.testing.assert_allclose(from_dot, radii, atol=1e-6)
    ends = np.diagonal(distance_to_boxes(laid.leaders_px[:, 1], laid.boxes_px))
    np.testing.assert_allclose(ends, 0, atol=1e-6)


def test_a_lone_dot_has_its_word_right_beside_it() -> None:
    laid = lay_out_words(np.array([[224.0, 224]]), np.array([9.0]), sizes_px=np.array([[22.0, 17]]), extent_px=EXTENT)
    assert distance_to_boxes(np.array([[224.0, 224]]), laid.boxes_px)[0, 0] < 9 + 8
    assert not laid.crowded


def test_a_dot_in_the_corner_has_its_word_inside() -> None:
    laid = lay_out_words(np.array([[2.0, 2]]), np.array([9.0]), sizes_px=np.array([[60.0, 17]]), extent_px=EXTENT)
    assert (laid.boxes_px[0, :2] >= 0).all()


def test_no_dots_no_words() -> None:
    laid = lay_out_words(np.zeros((0, 2)), np.zeros(0), sizes_px=np.zeros((0, 2)), extent_px=EXTENT)
    assert len(laid.boxes_px) == 0
    assert not laid.crowded


def test_the_same_dots_are_laid_out_the_same() -> None:
    points = scatter(3, 25)
    first, second = (
        lay_out_words(points, ring_radii(points), sizes_px=np.tile([30.0, 17.0], (25, 1)), extent_px=EXTENT)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.boxes_px, second.boxes_px)


@pytest.mark.parametrize(("gap", "radius"), [(100.0, 9.0), (15.0, 6.3), (5.0, 4.0)])
def test_rings_shrink_where_dots_stand_close(gap: float, radius: float) -> None:
    np.testing.assert_allclose(ring_radii(np.array([[0.0, 0], [gap, 0]])), radius)
