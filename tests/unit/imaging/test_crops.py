"""Crops: there and back again, within the picture, within the pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import ShapeError
from behaviorvlm.imaging.crops import MAX_UPSCALING, Crop, crop_around, whole_picture

sizes = st.tuples(st.integers(8, 900), st.integers(8, 900))
places = st.floats(-50, 950, allow_nan=False)


@st.composite
def crops(draw: st.DrawFn) -> tuple[Crop, tuple[int, int]]:
    size = draw(sizes)
    corners = np.sort(np.array([[draw(places), draw(places)], [draw(places), draw(places)]]), axis=0)
    crop = crop_around(
        corners.ravel(), size, margin_px=draw(st.floats(0, 40)), least_side_px=draw(st.sampled_from([1.0, 64.0, 300.0]))
    )
    return crop.scaled_to(draw(st.sampled_from([64, 448, 700])), max_pixels=draw(st.sampled_from([900, 10**5]))), size


@given(crops(), st.lists(st.tuples(places, places), min_size=1, max_size=5))
def test_positions_go_there_and_back(made: tuple[Crop, tuple[int, int]], points: list[tuple[float, float]]) -> None:
    crop, _ = made
    points_px = np.array(points)
    np.testing.assert_allclose(crop.to_view(crop.to_crop(points_px)), points_px, atol=1e-6)


@given(crops())
def test_a_crop_lies_in_its_picture(made: tuple[Crop, tuple[int, int]]) -> None:
    crop, (width, height) = made
    assert crop.x_px >= 0
    assert crop.y_px >= 0
    assert crop.x_px + crop.width_px <= width
    assert crop.y_px + crop.height_px <= height


@given(crops(), st.sampled_from([(), (3,)]))
def test_a_cut_has_the_size_it_says(made: tuple[Crop, tuple[int, int]], channels: tuple[int, ...]) -> None:
    crop, (width, height) = made
    shown = crop.cut(np.zeros((height, width, *channels), dtype=np.uint8))
    assert shown.shape == (*crop.shown_size_px[::-1], *channels)


@given(crops(), st.integers(100, 10**6), st.integers(16, 900))
def test_scaling_keeps_to_pixels_and_upscaling(made: tuple[Crop, tuple[int, int]], pixels: int, side: int) -> None:
    crop = made[0].scaled_to(side, max_pixels=pixels)
    width, height = crop.shown_size_px
    assert width * height <= max(pixels, width, height)
    assert max(width, height) <= side
    assert (crop.scale <= MAX_UPSCALING).all()


@pytest.mark.parametrize("side", [400, 150])
def test_a_dot_is_shown_where_the_crop_says(side: int) -> None:
    image = np.zeros((300, 400), dtype=np.uint8)
    image[118:123, 198:203] = 200
    crop = crop_around(np.array([180.0, 100, 240, 160]), (400, 300), margin_px=10, least_side_px=64)
    shown = crop.scaled_to(side, max_pixels=10**6).cut(image).astype(float)
    rows, columns = np.indices(shown.shape)
    centre = np.array([(columns * shown).sum(), (rows * shown).sum()]) / shown.sum()
    scaled = crop.scaled_to(side, max_pixels=10**6)
    np.testing.assert_allclose(centre, scaled.to_crop(np.array([200.0, 120.0])), atol=0.3)


def test_a_small_box_gets_its_least_side_and_a_thin_one_becomes_wider() -> None:
    crop = crop_around(np.array([100.0, 100, 104, 102]), (640, 480), margin_px=2, least_side_px=64)
    assert (crop.width_px, crop.height_px) == (64, 64)
    thin = crop_around(np.array([100.0, 100, 400, 102]), (640, 480), margin_px=0, least_side_px=1)
    assert thin.width_px / thin.height_px == pytest.approx(2.5, abs=0.05)


def test_a_box_at_the_border_shifts_the_crop_inwards() -> None:
    crop = crop_around(np.array([0.0, 0, 10, 10]), (640, 480), margin_px=20, least_side_px=64)
    assert (crop.x_px, crop.y_px, crop.width_px) == (0, 0, 64)


def test_no_empty_crop_and_none_beside_its_picture() -> None:
    with pytest.raises(ShapeError, match="empty"):
        Crop(0, 0, 0, 5, (5, 5))
    with pytest.raises(ShapeError, match="does not lie in its picture"):
        whole_picture((20, 20)).cut(np.zeros((10, 10), dtype=np.uint8))
