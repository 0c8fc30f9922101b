"""Crops, pictures and labels of one view."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.report.view_panel import crop_boxes, place_labels, read_picture, stretch


def test_crops_hold_the_points_and_are_of_one_size() -> None:
    points = np.array([[(100.0, 100), (300, 180)], [(500, 400), (520, 620)], [(np.nan, np.nan)] * 2])
    boxes = crop_boxes(points, [(1000, 800)] * 3)
    size = boxes[:, 2:] - boxes[:, :2]
    np.testing.assert_allclose(size, size[:1].repeat(3, axis=0))
    assert (boxes[:2, np.newaxis, :2] <= points[:2]).all()
    assert (boxes[:2, np.newaxis, 2:] >= points[:2]).all()
    np.testing.assert_allclose((boxes[2, :2] + boxes[2, 2:]) / 2, (500, 400))


def test_points_outside_the_picture_do_not_stretch_the_crop() -> None:
    points = np.array([[(100.0, 100), (120, 120), (-5000, 90)]])
    box = crop_boxes(points, [(1000, 800)])[0]
    assert box[2] - box[0] < 300


def test_the_visible_picture_is_preferred_and_fluorescence_is_stretched(frames) -> None:
    both, dots = frames("fluorescence", "visible"), frames("fluorescence")
    assert (read_picture(both, "a", timepoint=0, size=(320, 240)) == 100).all()
    image = read_picture(dots, "a", timepoint=0, size=(320, 240))
    assert image[100, 50] == 255
    assert image[0, 0] < 50
    for source in (None, frames()):
        blank = read_picture(source, "a", timepoint=0, size=(320, 240))
        assert blank.shape == (240, 320)
        assert np.ptp(blank) == 0


def test_a_black_picture_stays_dark() -> None:
    assert stretch(np.zeros((20, 20), dtype=np.uint8)).max() < 50


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=9, unique=True))
def test_labels_of_points_not_too_near_do_not_cover_each_other(cells) -> None:
    points = 50.0 * np.array(cells)
    places = place_labels(points, ["AB"] * len(cells), extent=np.array([300.0, 300.0]))
    size = np.array([2.6 * 0.68 * 8, 1.1 * 8])
    apart = np.abs(places[:, np.newaxis] - places)
    covered = (apart < size - 1e-9).all(axis=2)
    np.fill_diagonal(covered, False)
    assert not covered.any()
    assert ((places >= size / 2) & (places <= 300 - size / 2)).all()


def test_no_points_need_no_labels() -> None:
    assert place_labels(np.zeros((0, 2)), [], extent=np.array([10.0, 10.0])).shape == (0, 2)
