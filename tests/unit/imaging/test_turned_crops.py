import numpy as np
import pytest

from behaviorvlm.imaging.turned_crops import TurnedCrop, letterbox


def drawn_animal(x, y, heading_rad, *, size=(200, 300), color=(255, 0, 0)):
    """A red head 20 px ahead of a green middle."""
    picture = np.full((*size, 3), 30, np.uint8)
    rows, columns = np.mgrid[: size[0], : size[1]]
    for distance, shade in ((0, (0, 255, 0)), (20, color)):
        near = np.hypot(columns - x - distance * np.cos(heading_rad), rows - y - distance * np.sin(heading_rad)) < 5
        picture[near] = shade
    return picture


@pytest.mark.parametrize("heading_deg", [0, 45, 90, 200, 300])
def test_the_animal_looks_to_the_right_whichever_way_it_stands(heading_deg):
    heading = np.radians(heading_deg)
    shown = TurnedCrop(140, 90, 40, heading).cut(drawn_animal(140, 90, heading), 80)
    assert shown.shape == (80, 80, 3)
    assert shown[40, 40, 1] > 200
    red = np.argwhere((shown[..., 0] > 150) & (shown[..., 1] < 100))
    assert red.mean(axis=0) == pytest.approx([39.5, 59.5], abs=0.6)


def test_it_is_black_around_the_disk_and_outside_the_picture():
    shown = TurnedCrop(0, 100, 40).cut(np.full((200, 300, 3), 200, np.uint8), 80)
    assert not shown[0, 0].any() and not shown[79, 79].any()
    assert not shown[40, :38].any()
    assert (shown[40, 42:78] == 200).all()


def test_a_large_animal_is_averaged_not_skipped():
    stripes = np.zeros((900, 900, 3), np.uint8)
    stripes[:, ::2] = 200
    shown = TurnedCrop(450, 450, 400).cut(stripes, 100)
    middle = shown[40:60, 40:60]
    assert middle.mean() == pytest.approx(100, abs=3)
    assert middle.std() < 15
    marked = np.zeros((900, 900, 3), np.uint8)
    marked[440:461, 640:661] = 255
    bright = np.argwhere(TurnedCrop(450, 450, 400).cut(marked, 100)[..., 0] > 100)
    assert bright.mean(axis=0) == pytest.approx([49.5, 49.5 + 200 / 8], abs=0.7)


def test_a_letterbox_shows_everything_undistorted():
    picture = np.full((50, 100, 3), 200, np.uint8)
    framed = letterbox(picture, 64)
    assert framed.shape == (64, 64, 3)
    assert (framed[16:48] == 200).all()
    assert not framed[:16].any() and not framed[48:].any()
    assert letterbox(np.full((4, 2, 3), 9, np.uint8), 8)[:, 2:6].all()
