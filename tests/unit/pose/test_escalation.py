"""What is asked where geometry hesitates, and what the answers count."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.pose.made_doubts import BACK, LEFT, RIGHT, START, SURE, asked_of, make_doubts

from behaviorvlm.pose.annotator import Decision
from behaviorvlm.pose.escalation import (
    DOT_WEIGHT,
    MOST_PER_TIMEPOINT,
    PIECE_TIMEPOINTS,
    ROUNDS,
    SURE_NATS,
    TURNS,
    VOTE_NATS,
    Escalation,
    Inquiry,
    escalate,
)
from behaviorvlm.pose.view_choice import DOUBTS_PER_QUESTION


def test_what_is_sure_is_not_asked_about() -> None:
    assert not Escalation(make_doubts()).next_round()
    assert not asked_of(make_doubts(lead=SURE_NATS, crossing=0.0)).answered
    assert asked_of(make_doubts(lead=SURE_NATS - 0.1, crossing=0.0)).answered


# Sides -----------------------------------------------------------------------------------------------------------


def test_a_doubtful_interval_gets_one_question_in_the_view_that_shows_it_best() -> None:
    doubts = make_doubts(lead=0.0)
    doubts.clearance_px[5, [LEFT, RIGHT], 2] = 33.0
    (inquiry,) = Escalation(doubts).next_round()
    assert (inquiry.kind, inquiry.timepoint, inquiry.camera, inquiry.about) == ("side", START + 5, 2, 0)
    assert inquiry.readings.tolist() == [[20, 21, -1], [21, 20, -1]]


def test_the_narrower_of_two_dots_says_how_well_a_view_shows_them_and_more_room_than_enough_is_no_better() -> None:
    doubts = make_doubts(lead=0.0)
    doubts.clearance_px[3, LEFT, 0] = 39.0  # the other one has 20
    doubts.clearance_px[4, [LEFT, RIGHT], 1] = 41.0
    doubts.clearance_px[8, [LEFT, RIGHT], 1] = 900.0
    (inquiry,) = Escalation(doubts).next_round()
    assert (inquiry.timepoint, inquiry.camera) == (START + 4, 1)


def test_both_dots_say_more_than_one_and_one_is_asked_about_by_itself() -> None:
    doubts = make_doubts(lead=0.0, length=2)
    doubts.numbers[:, RIGHT, 1:], doubts.clearance_px[:, RIGHT, 1:] = -1, np.nan
    doubts.clearance_px[:, LEFT, 1:] = 39.0
    first, second = Escalation(doubts), make_doubts(lead=0.0, length=2)
    assert first.next_round()[0].camera == 0  # 20 px for two beats 39 px for one
    second.numbers[:, RIGHT], second.clearance_px[:, RIGHT] = -1, np.nan
    (inquiry,) = Escalation(second).next_round()
    assert inquiry.readings.tolist() == [[0, -1, -1], [-1, 0, -1]]


def test_what_no_view_shows_is_not_asked_about() -> None:
    doubts = make_doubts(lead=0.0)
    doubts.numbers[:, :2], doubts.clearance_px[:, :2] = -1, np.nan
    assert not Escalation(doubts).next_round()
    touching = make_doubts(lead=0.0)
    touching.clearance_px[:, [LEFT, RIGHT]] = 0.0
    assert not Escalation(touching).next_round()


@pytest.mark.parametrize("reading", [0, 1])
def test_two_answers_that_agree_are_enough_whichever_side_they_take(reading: int) -> None:
    found = asked_of(make_doubts(lead=0.0), reading)
    assert [inquiry.kind for inquiry, _ in found.answered] == ["side", "side"]
    assert len({(inquiry.timepoint, inquiry.camera) for inquiry, _ in found.answered}) == 2  # never one view twice
    assert all(vote.nats > 0 for vote in found.votes)
    assert {(vote.keypoint, vote.number % 10) for vote in found.votes} == {(LEFT, reading), (RIGHT, 1 - reading)}


def test_what_motion_alone_would_exchange_is_asked_about_once_however_sure_it_is() -> None:
    doubts = make_doubts()
    doubts.sides.seen[4:], doubts.sides.crossing[4] = 0, -9.0  # the paws change places at 4
    assert (doubts.sides.margins(0.0)[4:] < -SURE_NATS).all()
    found = asked_of(doubts, 1)
    assert [inquiry.kind for inquiry, _ in found.answered] == ["side"]
    assert found.answered[0][0].timepoint >= START + 4


def test_answers_that_contradict_each_other_are_followed_by_more() -> None:
    found = Escalation(make_doubts(lead=0.0))
    answers = iter([0, 1, 0, 0])
    escalate([found], lambda inquiries: [Decision(next(answers), 1.0) for _ in inquiries])
    assert next(answers, None) is None


def test_intervals_by_themselves_and_long_ones_in_pieces() -> None:
    """Doubtful are timepoints 2 to 4, and from 6 on two and a half pieces."""
    cuts = np.linspace(6, 6 + int(2.5 * PIECE_TIMEPOINTS), 4).astype(int).tolist()
    doubts = make_doubts(cuts[-1], lead=0.0, crossing=0.0)
    doubts.sides.seen[[0, 1, 5]] = SURE
    rows = [inquiry.timepoint - START for inquiry in Escalation(doubts).next_round()]
    assert len(rows) == 4
    for row, (start, stop) in zip(rows, [(2, 5), *pairwise(cuts)], strict=True):
        assert start <= row < stop


# Votes -----------------------------------------------------------------------------------------------------------


def votes_of(reading: int | None, confidence: float, readings: list[list[int]], kind: str = "side", doubt: float = 0.9):
    doubts = make_doubts()
    doubts.doubt[:] = doubt
    found = Escalation(doubts)
    about = int(np.argmax(np.array(readings[0]) >= 0))
    found.take(Inquiry(kind, START + 3, 1, np.array(readings), about), Decision(reading, confidence))
    return [(vote.timepoint, vote.camera, vote.keypoint, vote.number, round(vote.nats, 9)) for vote in found.votes]


SIDES, ONE = [[10, 11, -1], [11, 10, -1]], [[-1, -1, 12], [-1, -1, 15]]


def test_an_answer_is_one_vote_shared_by_the_dots_it_names() -> None:
    assert np.exp(VOTE_NATS) == pytest.approx(0.85 / 0.075)
    half = round(0.8 * VOTE_NATS / 2, 9)
    assert votes_of(0, 0.8, SIDES) == [(START + 3, 1, LEFT, 10, half), (START + 3, 1, RIGHT, 11, half)]
    assert votes_of(1, 0.8, SIDES) == [(START + 3, 1, LEFT, 11, half), (START + 3, 1, RIGHT, 10, half)]


def test_what_is_said_of_a_single_dot_counts_more_because_geometry_says_too_much_of_it() -> None:
    whole = round(DOT_WEIGHT * VOTE_NATS, 9)
    assert votes_of(1, 1.0, ONE, "dot") == [(START + 3, 1, BACK, 15, whole)]


def test_a_dot_that_is_another_keypoints_is_not_this_ones() -> None:
    whole = round(DOT_WEIGHT * VOTE_NATS, 9)
    rival = [[10, -1, -1], [-1, 10, -1]]
    assert votes_of(1, 1.0, rival, "dot") == [(START + 3, 1, RIGHT, 10, whole), (START + 3, 1, LEFT, 10, -whole)]


def test_none_of_them_is_a_vote_against_each_dot_but_of_two_dots_one_may_be_right() -> None:
    against = round(-0.5 * DOT_WEIGHT * VOTE_NATS, 9)
    assert votes_of(-1, 0.5, ONE, "dot") == [(START + 3, 1, BACK, 12, against), (START + 3, 1, BACK, 15, against)]
    assert votes_of(-1, 0.5, SIDES) == []


def test_one_answer_against_a_name_that_is_mostly_right_is_no_vote_and_one_for_it_is() -> None:
    for doubt, counts in ((0.05, False), (0.2, True)):
        against = votes_of(-1, 1.0, ONE, "dot", doubt=doubt), votes_of(1, 1.0, ONE, "dot", doubt=doubt)
        assert all(bool(votes) is counts for votes in against)
        assert votes_of(0, 1.0, ONE, "dot", doubt=doubt)


def test_answers_against_a_name_count_together_and_still_once_it_has_gone() -> None:
    doubts = make_doubts()
    doubts.doubt[3, BACK] = 0.05
    found = Escalation(doubts)
    for camera in (0, 1):
        assert not found.votes
        readings = np.array([[-1, -1, 2 + 10 * camera]])
        found.take(Inquiry("dot", START + 3, camera, readings, BACK), Decision(-1, 1.0))
    assert len(found.votes) == 2
    renamed = make_doubts()
    renamed.numbers[3, BACK] = 7
    found.name_again(renamed)
    assert len(found.votes) == 2


def test_no_answer_and_an_audit_are_no_votes() -> None:
    assert votes_of(None, 0.0, SIDES) == []
    assert votes_of(1, 1.0, ONE, "audit") == []


def test_without_answers_it_ends() -> None:
    found = asked_of(make_doubts(3, lead=0.0, n_cameras=2), None)
    assert not found.votes
    assert 1 <= len(found.answered) <= ROUNDS
    assert len({(inquiry.timepoint, inquiry.camera) for inquiry, _ in found.answered}) == len(found.answered)


# Audits, limits, several stretches ---------------------------------------------------------------------------------


def test_an_audit_asks_about_that_share_of_settled_dots_and_votes_for_nothing() -> None:
    length = 400
    for share in (0.1, 0.5):
        found = asked_of(make_doubts(length), 1, audit=share)
        assert abs(len(found.answered) / length - share) < 0.06
        assert {inquiry.kind for inquiry, _ in found.answered} == {"audit"}
        assert not found.votes
    for inquiry, _ in found.answered:
        true, false = inquiry.readings
        assert true[inquiry.about] == inquiry.about + 10 * inquiry.camera
        assert false[inquiry.about] in set(np.arange(3) + 10 * inquiry.camera) - {true[inquiry.about]}
        assert (np.delete(inquiry.readings, inquiry.about, axis=1) == -1).all()


def test_the_same_is_audited_whoever_asks_and_other_stretches_elsewhere() -> None:
    def places(start: int) -> list[tuple[int, int, int]]:
        found = Escalation(make_doubts(60, start=start), audit=0.5).next_round()
        return [(inquiry.timepoint - start, inquiry.camera, inquiry.about) for inquiry in found]

    assert places(0) == places(0)
    assert places(0) != places(60)


def test_an_audit_leaves_what_is_in_doubt_alone_and_does_not_change_the_other_questions() -> None:
    doubts = make_doubts(40, lead=0.0)
    doubts.margin[:, BACK], doubts.doubt[:, BACK] = SURE_NATS - 1, 0.3
    plain, audited = asked_of(doubts, 0), asked_of(doubts, 0, audit=1.0)
    checks = [inquiry for inquiry, _ in audited.answered if inquiry.kind == "audit"]
    others = [inquiry for inquiry, _ in audited.answered if inquiry.kind != "audit"]
    assert len(checks) == 40
    assert {inquiry.about for inquiry in checks} == {LEFT, RIGHT}
    assert [(one.kind, one.timepoint, one.camera) for one in others] == [
        (one.kind, one.timepoint, one.camera) for one, _ in plain.answered
    ]
    assert audited.votes == plain.votes


@given(st.integers(1, 25), st.integers(0, 2**32 - 1))
def test_whatever_is_answered_it_ends_and_asks_no_more_than_is_allowed(length: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    doubts = make_doubts(length, lead=0.0, crossing=float(rng.uniform(-5, 5)))
    doubts.doubt[:], doubts.other_numbers[:, BACK] = rng.uniform(size=(length, 3)), 9
    doubts.linked[:] = rng.uniform(size=(length, 3)) < 0.5
    doubts.sides.seen[:] = rng.normal(scale=4, size=(length, 1))
    rounds = []

    def ask(inquiries: list[Inquiry]) -> list[Decision]:
        rounds.append(len(inquiries))
        return [Decision(int(rng.integers(-1, len(one.readings))), float(rng.uniform())) for one in inquiries]

    found = Escalation(doubts)
    for turn in range(TURNS):
        escalate([found], ask)
        assert len(rounds) <= (turn + 1) * ROUNDS
        found.name_again(doubts)
    views = [(one.timepoint, one.camera) for one, _ in found.answered]
    assert len(set(views)) <= MOST_PER_TIMEPOINT * length
    assert max((views.count(view) for view in views), default=0) <= DOUBTS_PER_QUESTION


def test_several_stretches_are_asked_about_together_and_each_gets_its_own_answers() -> None:
    stretches = [Escalation(make_doubts(start=start, lead=lead)) for start, lead in ((0, 0.0), (50, SURE), (90, 0.0))]
    rounds = []

    def ask(inquiries: list[Inquiry]) -> list[Decision]:
        rounds.append([inquiry.timepoint for inquiry in inquiries])
        return [Decision(0 if inquiry.timepoint < 50 else 1, 0.5) for inquiry in inquiries]

    escalate(stretches, ask)
    assert [len(found.answered) for found in stretches][1] == 0
    assert len(rounds[0]) == 2
    assert {decision.reading for _, decision in stretches[0].answered} == {0}
    assert {decision.reading for _, decision in stretches[2].answered} == {1}
    assert all(inquiry.timepoint >= 90 for inquiry, _ in stretches[2].answered)


def test_stretches_without_doubt_cost_no_call() -> None:
    def ask(_: list[Inquiry]) -> list[Decision]:
        raise AssertionError

    escalate([Escalation(make_doubts())], ask)
    escalate([], ask)
