"""Dots drawn at known places are found there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import ShapeError
from behaviorvlm.imaging.blobs import Blobs, BlobSettings, choose_threshold, detect_blobs, estimate_noise


def draw_dots(points_px, peaks, *, size=(96, 64), sd_px=1.25, ground=10.0, noise_dn=0.0):
    """Return a (height, width) uint8 picture of Gaussian dots; `size` is (width, height)."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    picture = np.random.default_rng(5).normal(ground, noise_dn, x.shape)
    for (centre_x, centre_y), peak in zip(points_px, peaks, strict=True):
        picture += peak * np.exp(-((x - centre_x) ** 2 + (y - centre_y) ** 2) / (2 * sd_px**2))
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


@given(st.floats(8, 80), st.floats(8, 50), st.floats(30, 200), st.floats(1.0, 1.7))
def test_one_dot_is_found_where_it_is(x, y, peak, sd_px) -> None:
    blobs = detect_blobs(draw_dots([(x, y)], [peak], sd_px=sd_px), threshold_dn=8)
    assert len(blobs) == 1
    np.testing.assert_allclose(blobs.points_px[0], (x, y), atol=0.05)
    assert blobs.brightness[0] == pytest.approx(peak, rel=0.06)
    assert blobs.size_px[0] == pytest.approx(sd_px, abs=0.1)


def test_pixel_zero_is_the_centre_of_the_first_pixel() -> None:
    image = np.zeros((32, 32), dtype=np.uint8)
    image[9:12, 19:22] = 40
    image[10, 20] = 200
    np.testing.assert_allclose(detect_blobs(image, threshold_dn=10).points_px, [(20, 10)], atol=1e-6)


@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 9))
def test_two_dots_4_px_apart_are_two_and_keep_their_places(angle) -> None:
    first = np.array([40.3, 30.6])
    truth = np.array([first, first + 4 * np.array([np.cos(angle), np.sin(angle)])])
    blobs = detect_blobs(draw_dots(truth, [120, 100], noise_dn=1.3), threshold_dn=8)
    assert len(blobs) == 2
    distance = np.linalg.norm(truth[:, np.newaxis] - blobs.points_px, axis=2)
    assert set(distance.argmin(axis=1)) == {0, 1}
    assert distance.min(axis=1).max() < 0.15


def test_a_dot_between_two_pixels_is_one() -> None:
    assert len(detect_blobs(draw_dots([(40.5, 30.5)], [100]), threshold_dn=8)) == 1


def test_a_saturated_dot_is_one() -> None:
    blobs = detect_blobs(draw_dots([(40.2, 30.5)], [600], sd_px=1.6), threshold_dn=8)
    assert len(blobs) == 1
    np.testing.assert_allclose(blobs.points_px[0], (40.2, 30.5), atol=0.15)


def test_dark_dots_on_bright_ground_are_the_same_dots() -> None:
    image = draw_dots([(20.3, 30.1), (60.7, 12.4)], [90, 40])
    bright, dark = detect_blobs(image, threshold_dn=8), detect_blobs(255 - image, threshold_dn=8, dark=True)
    for field in ("points_px", "brightness", "size_px"):
        np.testing.assert_array_equal(getattr(bright, field), getattr(dark, field))
    assert len(dark) == 2
    wrong_way = detect_blobs(255 - image, threshold_dn=8).points_px
    assert np.linalg.norm(wrong_way[:, np.newaxis] - dark.points_px, axis=2).min(initial=9) > 3


def test_numbers_go_by_row_then_column_whatever_the_brightness() -> None:
    truth = np.array([(70.0, 12.0), (20.0, 30.2), (50.0, 29.8), (10.0, 50.0)])
    for peaks in ([50, 60, 70, 80], [80, 70, 60, 50]):
        np.testing.assert_allclose(detect_blobs(draw_dots(truth, peaks), threshold_dn=8).points_px, truth, atol=0.1)


def test_a_slope_of_light_is_no_dot() -> None:
    slope = np.tile(np.linspace(0, 250, 96), (64, 1)).astype(np.uint8)
    assert len(detect_blobs(slope, threshold_dn=5)) == 0


@pytest.mark.parametrize("noise_dn", [0.0, 1.5, 6.0])
def test_the_threshold_keeps_noise_out_and_dots_in(noise_dn) -> None:
    noise = draw_dots([], [], size=(512, 512), ground=40, noise_dn=noise_dn)
    threshold = choose_threshold(estimate_noise(noise))
    assert threshold >= BlobSettings().floor_dn
    assert len(detect_blobs(noise, threshold_dn=threshold)) == 0
    assert len(detect_blobs(draw_dots([(30, 30)], [1.5 * threshold], ground=40), threshold_dn=threshold)) == 1


def test_noise_of_a_dots_peak_scales_with_the_pictures_and_dots_do_not_count() -> None:
    quiet, loud = (draw_dots([], [], size=(256, 256), ground=60, noise_dn=noise) for noise in (4, 8))
    assert estimate_noise(loud) == pytest.approx(2 * estimate_noise(quiet), rel=0.1)
    grid = [(x, y) for x in range(20, 240, 30) for y in range(20, 240, 30)]
    dotted = draw_dots(grid, [150] * len(grid), size=(256, 256), ground=60, noise_dn=4)
    assert estimate_noise(dotted) == pytest.approx(estimate_noise(quiet), rel=0.25)
    assert estimate_noise(np.stack([quiet, quiet, loud])) == estimate_noise(quiet)


def test_the_brightest_are_kept_when_there_are_too_many() -> None:
    image = draw_dots([(20, 20), (50, 20), (70, 40)], [50, 90, 70])
    blobs = detect_blobs(image, threshold_dn=8, settings=BlobSettings(max_blobs=2))
    np.testing.assert_allclose(blobs.points_px, [(50, 20), (70, 40)], atol=0.05)


def test_bigger_dots_are_a_setting() -> None:
    image = draw_dots([(40.4, 30.7)], [100], sd_px=4)
    blobs = detect_blobs(image, threshold_dn=8, settings=BlobSettings(spot_sd_px=4))
    assert len(blobs) == 1
    np.testing.assert_allclose(blobs.points_px[0], (40.4, 30.7), atol=0.05)
    assert blobs.size_px[0] == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("value", [0, 255])
def test_an_even_picture_has_no_dots_and_no_noise(value) -> None:
    image = np.full((40, 40), value, dtype=np.uint8)
    assert len(detect_blobs(image, threshold_dn=5)) == 0
    assert estimate_noise(image) == 0


def test_the_same_picture_gives_the_same_bytes_from_a_view_of_a_bigger_one() -> None:
    image = draw_dots([(40.3, 30.2)], [100], noise_dn=1.3)
    padded = np.pad(image, 5)[5:-5, 5:-5]
    np.testing.assert_array_equal(
        detect_blobs(image, threshold_dn=8).points_px, detect_blobs(padded, threshold_dn=8).points_px
    )


@pytest.mark.parametrize("image", [np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.float32)])
def test_a_picture_that_is_not_grey_8_bit_is_refused(image) -> None:
    with pytest.raises(ShapeError, match="grey 8 bit"):
        detect_blobs(image, threshold_dn=5)


def test_blobs_refuse_fields_of_unequal_length() -> None:
    with pytest.raises(ShapeError, match="brightness"):
        Blobs(np.zeros((2, 2)), np.zeros(1), np.zeros(2))
