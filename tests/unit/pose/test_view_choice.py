"""The views that show most doubt come first, and what was chosen makes what is near worth less."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.pose.view_choice import (
    ALIKE,
    ALIKE_TIMEPOINTS,
    DOUBTS_PER_QUESTION,
    LEAST_SHARE,
    LEAST_WORTH,
    ChosenView,
    ViewChoice,
    alike_around,
)


def make_choice(length: int = 12, *, n_keypoints: int = 6, n_cameras: int = 2, linked: bool = False) -> ViewChoice:
    """Return a stretch in which nothing is worth a question, and every view shows everything."""
    shape = length, n_keypoints
    return ViewChoice(np.zeros(shape), np.ones((*shape, n_cameras)), np.full(shape, linked))


def worth(choice: ViewChoice, *places: tuple[int, int, float]) -> ViewChoice:
    """Return the choice with these worths of (row, keypoint)."""
    for row, keypoint, value in places:
        choice.worth[row, keypoint] = value
    return ViewChoice(choice.worth, choice.legible, choice.linked)


def test_the_view_that_shows_most_worth_comes_first_with_its_keypoints_in_order() -> None:
    choice = make_choice()
    choice.legible[3, 1, 0] = 0.0
    choice = worth(choice, (3, 0, 0.2), (3, 1, 0.3), (8, 5, 0.4))
    assert list(choice.best(2)) == [ChosenView(3, 1, (1, 0)), ChosenView(8, 0, (5,))]


def test_a_view_that_shows_a_dot_badly_is_worth_less() -> None:
    choice = make_choice()
    choice.legible[3, 1] = 0.5, 0.6
    assert next(worth(choice, (3, 1, 0.3)).best(1)).camera == 1


def test_no_more_than_a_few_doubts_are_put_together_those_worth_most() -> None:
    values = [0.1, 0.11, 0.12, 0.13, 0.14, 0.15]
    choice = worth(make_choice(), *((2, keypoint, value) for keypoint, value in enumerate(values)))
    (view,) = choice.best(1)
    assert view.keypoints == (5, 4, 3, 2)
    assert len(view.keypoints) == DOUBTS_PER_QUESTION


def test_what_is_hardly_in_doubt_is_not_asked_about() -> None:
    assert not list(worth(make_choice(), (1, 0, LEAST_WORTH - 1e-3)).best(9))
    choice = worth(make_choice(), (1, 0, 0.3), (1, 1, LEAST_SHARE * LEAST_WORTH / 2), (1, 2, LEAST_WORTH / 2))
    assert next(choice.best(1)).keypoints == (0, 2)


def test_what_is_being_asked_about_is_not_asked_in_another_view_as_well() -> None:
    choice = worth(make_choice(), (4, 2, 0.5), (4, 3, 0.4))
    choice.legible[4, 3, 0] = 0.0
    choice.legible[4, 2, 1] = 0.0
    assert list(choice.best(9)) == [ChosenView(4, 0, (2,)), ChosenView(4, 1, (3,))]


def test_along_a_track_one_question_tells_of_its_neighbors() -> None:
    choice = make_choice(linked=True)
    choice.linked[7] = False  # lost between 6 and 7
    choice = worth(choice, *((row, 3, 0.4) for row in range(12)))
    choice.join(5, 0, room=1)
    left = choice.worth[:, 3] / 0.4
    assert left[5] == 0
    for row, steps in ((6, 1), (4, 1), (3, 2), (2, 3)):
        assert left[row] == pytest.approx(1 - ALIKE**steps)
    np.testing.assert_allclose(left[[0, 1, 7, 8]], 1.0)


def test_a_view_taken_anyhow_takes_what_else_is_worth_it_and_is_not_offered_again() -> None:
    choice = worth(make_choice(), (4, 2, 0.5), (4, 3, 0.4), (9, 0, 0.3))
    assert choice.join(4, 0, room=1) == ChosenView(4, 0, (2,))
    assert choice.join(9, 1, room=0) == ChosenView(9, 1, ())
    assert list(choice.best(9)) == [ChosenView(4, 1, (3,)), ChosenView(9, 0, (0,))]


def test_what_is_given_is_not_written_to() -> None:
    given = np.full((5, 2), 0.4)
    choice = ViewChoice(given, np.ones((5, 2, 1)), np.ones((5, 2), dtype=np.bool_))
    assert len(list(choice.best(3))) == 3
    assert (given == 0.4).all()


def test_alikeness_ends_at_the_ends_and_where_the_track_breaks() -> None:
    linked = np.ones((3, 2), dtype=np.bool_)
    linked[2, 1] = False
    around = {row: alike.tolist() for row, alike in alike_around(linked, 1)}
    assert around == {0: [ALIKE, ALIKE], 2: [ALIKE, 0.0]}
    assert len(list(alike_around(np.ones((40, 1), dtype=np.bool_), 20))) == 2 * ALIKE_TIMEPOINTS
