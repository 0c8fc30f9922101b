"""Marks as drawn: dots stay as they were, words are inked, colors are told apart."""

import numpy as np
import pytest

from behaviorvlm.imaging.marks import (
    PALETTE,
    Mark,
    color_of,
    draw_box,
    draw_marks,
    lay_out_marks,
    rings,
    text_box,
    write_caption,
)

GREY = 120


def canvas(width: int = 448, height: int = 300) -> np.ndarray:
    return np.full((height, width, 3), GREY, dtype=np.uint8)


def spots(count: int) -> np.ndarray:
    return np.random.default_rng(count).uniform(30, [418, 270], (count, 2))


@pytest.mark.parametrize("count", [1, 8, 25])
def test_the_middle_of_every_dot_is_left_as_it_was(count: int) -> None:
    picture, points = canvas(), spots(count)
    layout = lay_out_marks([Mark(str(number)) for number in range(count)], points, extent_px=(448, 300))
    draw_marks(picture, layout)
    for x, y in np.round(points).astype(int):
        assert (picture[y - 1 : y + 2, x - 1 : x + 2] == GREY).all()
    assert (picture != GREY).any()


def test_each_word_has_ink_on_its_ground() -> None:
    picture, marks = canvas(), [Mark("17"), Mark("left_ear", (230, 159, 0)), Mark("paw", (0, 114, 178))]
    layout = lay_out_marks(marks, spots(3), extent_px=(448, 300))
    draw_marks(picture, layout)
    grounds = [(0, 0, 0), (230, 159, 0), (0, 114, 178)]
    for box, ground in zip(np.round(layout.words.boxes_px).astype(int), grounds, strict=True):
        part = picture[box[1] : box[3], box[0] : box[2]].astype(int)
        contrast = np.abs(part.mean(axis=-1) - np.mean(ground))
        assert (contrast < 3).mean() > 0.4
        assert contrast.max() > 80


def test_a_name_without_a_dot_gets_no_ring() -> None:
    ringed, plain = canvas(), canvas()
    point = np.array([[200.0, 150]])
    for picture, mark in ((ringed, Mark("ears")), (plain, Mark("ears", ringed=False))):
        draw_marks(picture, lay_out_marks([mark], point, extent_px=(448, 300)))
    around = np.s_[138:163, 188:213]
    assert (plain[around] != GREY).sum() < (ringed[around] != GREY).sum()


def test_rings_take_the_colors_given() -> None:
    picture = canvas()
    rings(np.array([[100.0, 100], [300.0, 100]]), [None, (230, 159, 0)]).draw(picture)
    white, orange = picture[100, 90:110].astype(int), picture[100, 290:310].astype(int)
    assert white.min(axis=-1).max() > 180
    assert (orange[:, 0] - orange[:, 2]).max() > 120
    assert (white[:, 0] == white[:, 2]).all()
    assert (picture[100, 100] == GREY).all()


def test_a_box_is_an_outline() -> None:
    picture = canvas()
    draw_box(picture, np.array([50.0, 60, 150, 160]), color=(0, 158, 115))
    assert (picture[60, 60:140] == (0, 158, 115)).all()
    assert (picture[100, 100] == GREY).all()


def test_a_caption_too_long_for_its_strip_is_cut_off() -> None:
    picture = canvas(60, 40)
    write_caption(picture[:20], "a very long caption indeed")
    assert (picture[20:] == GREY).all()
    assert (picture[:20] != GREY).any()


def test_colors_are_stable_and_differ_between_neighbors() -> None:
    assert [color_of(place) for place in range(7)] == list(PALETTE)
    assert color_of(7) == color_of(0)
    assert len(set(PALETTE)) == 7
    assert all(np.abs(np.subtract(a, b)).max() > 40 for a in PALETTE for b in PALETTE if a != b)


def test_longer_words_need_longer_boxes() -> None:
    assert text_box("12")[0] < text_box("right_forepaw")[0]
    assert 12 <= text_box("12")[1] <= 30
