"""Animals in a clip: outlined, not covered; named beside themselves; their heads told."""

import numpy as np
import pytest

from behaviorvlm.imaging.clip_marks import ClipAnimals, color_name, draw_animals, lay_out_animals
from behaviorvlm.imaging.crops import whole_picture
from behaviorvlm.imaging.marks import PALETTE, color_of, text_box

SIZE = (400, 300)
BODY = np.array([[20.0, 0.0], [0.0, -8.0], [0.0, 8.0], [-20.0, 0.0]])


def animals(*middles: tuple[float, float], frames: int = 2, heading: float = 0.0) -> ClipAnimals:
    points = np.repeat((np.array(middles)[:, None] + BODY)[None], frames, axis=0)
    names = tuple(f"mouse{number}" for number in range(1, len(middles) + 1))
    return ClipAnimals(names, 0, points, np.full((frames, len(middles)), heading), np.full(len(middles), 40.0))


def drawn(shown: ClipAnimals, frame: int = 0, ground: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Return the picture, and which pixels were drawn over."""
    picture = np.full((SIZE[1], SIZE[0], 3), ground, np.uint8)
    draw_animals(picture, shown, lay_out_animals(shown, whole_picture(SIZE))[frame])
    return picture, (picture != ground).any(axis=-1)


@pytest.mark.parametrize("middles", [((200, 150),), ((120, 150), (170, 150), (145, 90)), ((21, 21), (375, 280))])
def test_nothing_covers_an_animal_that_no_other_overlaps(middles: tuple[tuple[float, float], ...]) -> None:
    shown = animals(*middles)
    _, over = drawn(shown)
    for middle in middles:
        # the body itself, as the hull of its points: nothing of it is drawn over
        for share in np.linspace(0, 1, 5):
            x, y = np.round(np.array(middle) + share * BODY).astype(int).T
            assert not over[y, x].any()


def test_a_line_in_its_color_runs_around_each_animal_and_the_thickest_around_the_one_in_question() -> None:
    shown = animals((100, 150), (300, 150))
    picture, _ = drawn(shown)
    row = picture[150]
    counts = [int((row == color_of(place)).all(axis=-1).sum()) for place in (0, 1)]
    assert counts[0] > counts[1] > 0


def test_the_arrowhead_lies_before_the_head() -> None:
    right = lay_out_animals(animals((200, 150), heading=0.0), whole_picture(SIZE))[0].arrows[0]
    left = lay_out_animals(animals((200, 150), heading=np.pi), whole_picture(SIZE))[0].arrows[0]
    assert (right[:, 0] > 220).all()
    assert (left[:, 0] < 180).all()
    assert right[1, 0] == right[:, 0].max()
    assert left[1, 0] == left[:, 0].min()


def test_an_arrowhead_gives_way_to_an_animal_before_the_head() -> None:
    apart, near = animals((100, 150), (300, 150)), animals((100, 150), (155, 150))
    before = lay_out_animals(apart, whole_picture(SIZE))[0].arrows[0]
    beside = lay_out_animals(near, whole_picture(SIZE))[0].arrows[0]
    assert np.ptp(before[:, 0]) == pytest.approx(np.ptp(beside[:, 0]))
    assert np.abs(before[:, 1] - 150).max() < 8
    assert np.abs(beside[:, 1] - 150).min() > 8


def test_who_cannot_be_tracked_in_a_frame_is_not_drawn_and_not_named_there() -> None:
    shown = animals((100, 150), (300, 150))
    shown.points_px[1, 1] = np.nan
    marks = lay_out_animals(shown, whole_picture(SIZE))
    assert set(marks[0].outlines) == set(marks[0].names) == {0, 1}
    assert set(marks[1].outlines) == set(marks[1].names) == set(marks[1].arrows) == {0}


def test_no_name_stands_where_an_animal_was_that_is_lost_for_a_frame() -> None:
    shown = animals((100, 150), (190, 150), frames=9)
    shown.points_px[4, 1] = np.nan
    x, y = lay_out_animals(shown, whole_picture(SIZE))[4].names[0]
    width, height = text_box("mouse1")
    lost = np.array((190, 150)) + BODY
    assert not ((lost >= (x, y)) & (lost <= (x + width, y + height))).all(axis=1).any()


def test_an_unknown_heading_has_no_arrowhead_and_an_unknown_length_a_line_all_the_same() -> None:
    shown = animals((200, 150), heading=np.nan)
    shown.body_length_px[:] = np.nan
    marks = lay_out_animals(shown, whole_picture(SIZE))[0]
    assert marks.arrows == {}
    assert np.isfinite(marks.outlines[0]).all()


def test_one_point_is_enough_for_a_line_around_it() -> None:
    shown = animals((200, 150))
    shown.points_px[:, :, 1:] = np.nan
    marks = lay_out_animals(shown, whole_picture(SIZE))[0]
    assert np.abs(np.linalg.norm(marks.outlines[0] - (220, 150), axis=1) - 6.4).max() < 0.01


def test_every_color_has_a_name_of_its_own() -> None:
    assert len({color_name(place) for place in range(len(PALETTE))}) == len(PALETTE)
    assert color_name(len(PALETTE)) == color_name(0)
