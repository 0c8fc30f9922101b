"""Strokes land where they should, in their colors, the first below the later."""

import numpy as np

from behaviorvlm.imaging.strokes import Strokes

RED, BLUE = (255, 0, 0), (0, 0, 255)


def canvas() -> np.ndarray:
    return np.zeros((60, 80, 3), dtype=np.uint8)


def test_a_ring_is_round_about_its_centre() -> None:
    picture, strokes = canvas(), Strokes()
    strokes.add_rings(np.array([[40.5, 30.0]]), radii_px=np.array([8.0]), colors=[RED])
    strokes.draw(picture)
    rows, columns = np.nonzero(picture[..., 0] > 100)
    distance = np.hypot(columns - 40.5, rows - 30.0)
    assert len(rows) > 30
    assert distance.min() > 7.0
    assert distance.max() < 9.0
    assert (picture[..., 1:] == 0).all()


def test_the_first_lies_below() -> None:
    picture, strokes = canvas(), Strokes()
    strokes.add_lines(np.array([[[10.0, 30], [70, 30]]]), colors=[RED], thickness=3)
    strokes.add_lines(np.array([[[40.0, 10], [40, 50]]]), colors=[BLUE], thickness=3)
    strokes.draw(picture)
    assert tuple(picture[30, 20]) == RED
    assert tuple(picture[30, 40]) == BLUE


def test_a_part_of_a_picture_can_be_drawn_into() -> None:
    picture, strokes = canvas(), Strokes()
    strokes.add_lines(np.array([[[-5.0, 5], [100, 5]]]), colors=[RED], thickness=1)
    strokes.draw(picture[20:40, 30:50])
    assert picture[25, 32:48, 0].min() > 200
    picture[20:40, 30:50] = 0
    assert (picture == 0).all()


def test_nothing_draws_nothing() -> None:
    picture = canvas()
    Strokes().draw(picture)
    assert (picture == 0).all()
