"""Clips as they are shown: cropped, bright enough, numbered; one by one or in one picture."""

import numpy as np
import pytest

from behaviorvlm.imaging.clip_marks import ClipAnimals
from behaviorvlm.imaging.clips import (
    GAP_PX,
    STRIP_PX,
    ClipScene,
    contact_sheet,
    paint_clip,
    sheet_columns,
)
from behaviorvlm.imaging.crops import Crop, whole_picture
from behaviorvlm.imaging.tone import brightening

SIZE = (120, 80)


def ramp(low: int, high: int) -> np.ndarray:
    return np.repeat(np.linspace(low, high, SIZE[0]).astype(np.uint8)[None], SIZE[1], axis=0)


def test_frames_are_the_crop_below_a_strip_with_number_and_time() -> None:
    crop = Crop(10, 20, 60, 40, (120, 80))
    frames = paint_clip([ramp(0, 255)] * 3, ClipScene(crop, np.array([0.0, 0.1, 0.2])))
    assert [frame.shape for frame in frames] == [(80 + STRIP_PX, 120, 3)] * 3
    strips = [frame[:STRIP_PX] for frame in frames]
    assert not np.array_equal(strips[0], strips[1])
    assert not np.array_equal(strips[1], strips[2])
    assert np.array_equal(frames[0][STRIP_PX:], frames[2][STRIP_PX:])


def test_a_grey_video_gives_grey_frames_and_a_colored_one_keeps_its_colors() -> None:
    scene = ClipScene(whole_picture(SIZE), np.zeros(1))
    grey = paint_clip([ramp(0, 255)], scene)[0][STRIP_PX:]
    assert (grey[..., 0] == grey[..., 1]).all()
    red = np.stack([ramp(0, 255), ramp(0, 0), ramp(0, 0)], axis=-1)
    shown = paint_clip([red], scene)[0][STRIP_PX:]
    assert shown[..., 0].max() > 200
    assert shown[..., 1].max() < 30


def test_all_frames_share_the_curve_of_the_first() -> None:
    scene = ClipScene(whole_picture(SIZE), np.zeros(2))
    first, second = paint_clip([ramp(20, 200), ramp(20, 100)], scene)
    assert second[STRIP_PX:].max() < first[STRIP_PX:].max()


def test_animals_are_drawn_below_the_strip() -> None:
    points = np.full((1, 1, 2, 2), [[50.0, 40.0], [70.0, 40.0]])
    animals = ClipAnimals(("a",), 0, points, np.zeros((1, 1)), np.array([20.0]))
    plain = paint_clip([ramp(0, 255)], ClipScene(whole_picture(SIZE), np.zeros(1)))[0]
    marked = paint_clip([ramp(0, 255)], ClipScene(whole_picture(SIZE), np.zeros(1), animals))[0]
    changed = (plain != marked).any(axis=-1)
    assert changed[STRIP_PX + 30 : STRIP_PX + 50, 40:80].any()
    assert not changed[:STRIP_PX].any()


def test_no_pictures_make_no_frames() -> None:
    assert paint_clip([], ClipScene(whole_picture(SIZE), np.zeros(0))) == []


def test_a_sheet_holds_the_frames_in_reading_order() -> None:
    frames = [np.full((10, 20, 3), 10 * number, np.uint8) for number in range(1, 6)]
    sheet = contact_sheet(frames, columns=2)
    assert sheet.shape == (3 * 10 + 2 * GAP_PX, 2 * 20 + GAP_PX, 3)
    corners = [sheet[row * (10 + GAP_PX), column * (20 + GAP_PX), 0] for row in range(3) for column in range(2)]
    assert corners[:5] == [10, 20, 30, 40, 50]


@pytest.mark.parametrize(
    ("count", "size", "columns"),
    [
        (1, (100, 100), 1),
        (12, (100, 100), 4),
        (12, (200, 100), 3),
        (12, (201, 323), 6),
        (7, (100, 100), 3),
        (6, (100, 300), 6),
    ],
)
def test_a_sheet_is_a_little_wider_than_high(count: int, size: tuple[int, int], columns: int) -> None:
    assert sheet_columns(count, width_px=size[0], height_px=size[1]) == columns


def test_a_dark_picture_is_lifted_and_a_bright_one_is_not() -> None:
    rng = np.random.default_rng(0)
    dark = rng.choice(np.array([10, 20, 30, 200], np.uint8), (100, 100))
    bright = rng.choice(np.array([0, 150, 180, 255], np.uint8), (100, 100))
    lifted = brightening(dark)
    assert (np.diff(lifted.astype(int)) >= 0).all()
    assert lifted[30] > 60
    assert np.abs(brightening(bright).astype(int) - np.arange(256)).max() <= 1


def test_noise_on_even_ground_stays_noise() -> None:
    noise = 40 + (np.arange(10000).reshape(100, 100) % 3).astype(np.uint8)
    curve = brightening(noise).astype(int)
    assert curve[42] - curve[40] < 60
