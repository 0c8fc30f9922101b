"""Doubts about single dots: which are put together, in which views, and what answers do to the rest."""

from __future__ import annotations

import numpy as np
import pytest
from unit.pose.made_doubts import BACK, LEFT, RIGHT, START, always, asked_of, make_doubts

from behaviorvlm.pose.annotator import Decision
from behaviorvlm.pose.escalation import (
    BARELY_PX,
    FIRST_SHARE,
    MOST_PER_TIMEPOINT,
    TURNS,
    VIEWS_PER_ROUND,
    Escalation,
    Inquiry,
    escalate,
)
from behaviorvlm.pose.view_choice import LEAST_WORTH


def views_of(inquiries: list[Inquiry]) -> dict[tuple[int, int], list[int]]:
    """Return (row, camera) to the keypoints in doubt there."""
    found: dict[tuple[int, int], list[int]] = {}
    for one in inquiries:
        found.setdefault((one.timepoint - START, one.camera), []).append(one.about)
    return found


def test_a_doubtful_dot_is_asked_about_in_the_view_that_shows_it_best() -> None:
    doubts = make_doubts()
    doubts.doubt[4, BACK] = 0.3
    doubts.other_numbers[4, BACK] = [5, 15, 25]
    doubts.clearance_px[4, BACK] = [BARELY_PX - 5, BARELY_PX, BARELY_PX - 1]
    (inquiry,) = Escalation(doubts).next_round()
    assert (inquiry.kind, inquiry.timepoint, inquiry.camera, inquiry.about) == ("dot", START + 4, 1, BACK)
    this, others, rivals = [-1, -1, 12], [-1, -1, 15], [12, -1, -1]
    assert inquiry.readings.tolist() == [this, others, rivals]


@pytest.mark.parametrize("other", [2, -1])
def test_the_runner_up_is_no_reading_of_its_own_where_it_has_no_dot_or_the_same(other: int) -> None:
    doubts = make_doubts(n_cameras=1)
    doubts.doubt[4, BACK] = 0.3
    doubts.other_numbers[4, BACK] = other
    (inquiry,) = Escalation(doubts).next_round()
    assert inquiry.readings.tolist() == [[-1, -1, 2], [2, -1, -1]]


def test_what_is_missing_or_sure_is_no_doubt() -> None:
    doubts = make_doubts()
    doubts.doubt[4, BACK], doubts.doubt[5, BACK] = 0.0, LEAST_WORTH / 2
    assert not Escalation(doubts).next_round()


def test_one_question_holds_all_doubts_of_its_view() -> None:
    doubts = make_doubts()
    doubts.doubt[4], doubts.doubt[7] = 0.3, [0.1, 0.2, 0.3]
    doubts.numbers[4, BACK, :2], doubts.clearance_px[4, BACK, :2] = -1, np.nan
    assert views_of(Escalation(doubts).next_round()) == {(4, 2): [LEFT, RIGHT, BACK], (7, 0): [BACK, RIGHT, LEFT]}


def test_a_view_that_is_asked_about_a_side_is_asked_about_its_doubtful_dots_as_well() -> None:
    doubts = make_doubts(lead=0.0)
    doubts.doubt[:, BACK] = LEAST_WORTH / 2
    side, dot = Escalation(doubts).next_round()
    assert (side.kind, dot.kind) == ("side", "dot")
    assert (side.timepoint, side.camera) == (dot.timepoint, dot.camera)


def test_what_an_answer_speaks_for_is_settled_and_what_it_speaks_against_is_asked_again_elsewhere() -> None:
    for reading, count in ((0, 1), (-1, 3)):
        doubts = make_doubts()
        doubts.doubt[4, BACK] = 0.2
        found = Escalation(doubts)
        answers = iter([reading, 0, 0])
        escalate([found], lambda inquiries, answers=answers: [Decision(next(answers), 1.0) for _ in inquiries])
        assert len(found.answered) == count
        assert len({inquiry.camera for inquiry, _ in found.answered}) == count


def test_an_answer_counts_along_the_track() -> None:
    for linked, asked in ((True, 1), (False, 2)):
        doubts = make_doubts()
        doubts.doubt[[4, 5], BACK] = 0.2, 2 * LEAST_WORTH
        doubts.linked[5] = linked
        assert len(asked_of(doubts, 0).answered) == asked


def test_after_the_first_turn_what_is_still_in_doubt_gets_the_rest() -> None:
    length = 40
    doubts = make_doubts(length)
    doubts.doubt[:] = 0.5
    found = asked_of(doubts, None)
    first = len({(one.timepoint, one.camera) for one, _ in found.answered})
    assert first == int(FIRST_SHARE * MOST_PER_TIMEPOINT * length)
    for turn in range(1, TURNS):
        found.name_again(doubts)
        assert found.turn == turn
        escalate([found], always(None))
    views = [(one.timepoint, one.camera) for one, _ in found.answered]
    assert len(set(views)) == int(MOST_PER_TIMEPOINT * length)
    assert len(set(zip(views, (one.about for one, _ in found.answered), strict=True))) == len(views)


def test_one_round_about_dots_leaves_room_for_the_next() -> None:
    doubts = make_doubts(40)
    doubts.doubt[:] = 0.5
    views = views_of(Escalation(doubts).next_round())
    assert len(views) == 40 * VIEWS_PER_ROUND
    assert {len(keypoints) for keypoints in views.values()} == {3}


def test_answers_about_sides_are_votes_after_the_stretch_was_named_again_and_no_leads() -> None:
    doubts = make_doubts(lead=0.0)
    found = asked_of(doubts, 0)
    found.name_again(doubts)  # as if nothing had been heard
    assert [one.kind for one in found.next_round()] == ["side"]
