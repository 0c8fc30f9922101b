"""Left or right over intervals: the margins are those of the best paths, and an exchanged interval shows."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from unit.pose.scenes import MIRROR, evidence_of, make_poses, make_rig, make_shape

from behaviorvlm.pose.body_shape import learn_body_shape
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.side_paths import MARGIN_SHARE, SideCosts, exchanged_where, side_costs
from behaviorvlm.pose.tracking import Stretch
from behaviorvlm.pose.votes import Vote

RIG = make_rig()
SHAPE = make_shape()
PAIRS = [[0, 1], [4, 5], [6, 7]]
PAWS = 1
NATS = st.floats(-30, 30, width=16)


def by_brute_force(staying: np.ndarray, crossing: np.ndarray) -> np.ndarray:
    """Return, for one pair, what the best of all paths through `exchanged` costs more, (timepoint,) nats."""
    paths = np.array(list(product((0, 1), repeat=len(staying))))
    costs = paths @ staying + (paths[:, 1:] != paths[:, :-1]) @ crossing[1:]
    return np.array([costs[paths[:, row] == 1].min() - costs[paths[:, row] == 0].min() for row in range(len(staying))])


@given(st.data(), st.integers(1, 8), st.integers(0, 3), st.floats(0, 1, width=16))
def test_margins_are_those_of_the_best_paths(data: st.DataObject, length: int, n_pairs: int, share: float) -> None:
    """Crossing may be worth something, too: where motion says that sides were exchanged at that step."""
    draw = arrays.arrays(np.float64, (length, n_pairs), elements=NATS)
    seen, skeleton, crossing = data.draw(draw), data.draw(draw), data.draw(draw)
    found = SideCosts(np.zeros((n_pairs, 2), np.int64), seen, skeleton, crossing).margins(share)
    assert found.shape == (length, n_pairs)
    for pair in range(n_pairs):
        expected = by_brute_force((seen + share * skeleton)[:, pair], crossing[:, pair])
        np.testing.assert_allclose(found[:, pair], expected, atol=1e-9)


def test_without_motion_between_them_timepoints_do_not_speak_for_each_other() -> None:
    column = np.array([[2.0], [-3.0], [0.5]])
    costs = SideCosts(np.array([[0, 1]]), column, np.zeros((3, 1)), np.zeros((3, 1)))
    np.testing.assert_array_equal(costs.margins(0.5), column)


def test_one_sure_timepoint_makes_its_neighbors_as_sure_as_crossing_costs() -> None:
    seen, crossing = np.array([[0.0], [9.0], [0.0], [0.0]]), np.array([[0.0], [4.0], [7.0], [2.0]])
    costs = SideCosts(np.array([[0, 1]]), seen, np.zeros((4, 1)), crossing)
    assert costs.margins(0.0).ravel().tolist() == [4.0, 9.0, 7.0, 2.0]


# The costs of a stretch ------------------------------------------------------------------------------------------


def make_stretch(shown: np.ndarray, **rest) -> tuple[Stretch, list[np.ndarray]]:
    """Return a stretch of fully seen poses, and the choice that is right in it."""
    evidence = [replace(evidence_of(points, RIG), timepoint=row) for row, points in enumerate(shown)]
    chosen = [
        np.linalg.norm(one.points.points_mm[None] - points[:, None], axis=-1).argmin(axis=1)
        for one, points in zip(evidence, shown, strict=True)
    ]
    return Stretch(evidence, SHAPE, RIG, PoseSettings(), {}, **rest), chosen


def exchanged_rows(chosen: list[np.ndarray], rows: range, pair: int = PAWS) -> list[np.ndarray]:
    where = np.zeros((len(chosen), len(PAIRS)), dtype=np.bool_)
    where[list(rows), pair] = True
    return exchanged_where(chosen, np.array(PAIRS), where)


def paws_apart(poses: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return poses whose front paws are so much nearer to each other, (timepoint,) share of their distance."""
    closer = poses.copy()
    middle = poses[:, 4:6].mean(axis=1, keepdims=True)
    closer[:, 4:6] = middle + share[:, None, None] * (poses[:, 4:6] - middle)
    return closer


def test_where_sides_are_right_every_pair_is_ahead() -> None:
    stretch, chosen = make_stretch(make_poses(range(8)))
    costs = side_costs(stretch, chosen, [None] * 8)
    assert costs.pairs.tolist() == PAIRS
    assert costs.seen.shape == costs.skeleton.shape == costs.crossing.shape == (8, 3)
    np.testing.assert_allclose(costs.seen, 0, atol=1e-9)  # no picture and no vote tells left from right
    assert (costs.skeleton > 0).all()
    assert not costs.crossing[0].any()
    assert (costs.crossing[1:] > 5).all()
    assert (costs.margins(MARGIN_SHARE) > 5).all()


def test_an_interval_exchanged_between_two_meetings_is_told_and_put_right_and_nothing_else() -> None:
    apart = np.interp(np.arange(14), [0, 4, 7, 10, 13], [1, 0.1, 1, 0.1, 1])
    stretch, chosen = make_stretch(paws_apart(make_poses(range(14)), apart))
    wrong = exchanged_rows(chosen, range(4, 10))
    costs = side_costs(stretch, wrong, [None] * 14)
    negative = costs.margins(MARGIN_SHARE) < 0
    assert np.argwhere(negative).tolist() == [[row, PAWS] for row in range(4, 10)]
    np.testing.assert_array_equal(exchanged_where(wrong, costs.pairs, negative), chosen)


def test_what_is_given_is_not_written_to() -> None:
    _, chosen = make_stretch(make_poses(range(4)))
    before = [numbers.copy() for numbers in chosen]
    changed = exchanged_rows(chosen, range(1, 3))
    np.testing.assert_array_equal(chosen, before)
    for row, (here, there) in enumerate(zip(chosen, changed, strict=True)):
        assert np.flatnonzero(here != there).tolist() == ([4, 5] if row in (1, 2) else [])
    np.testing.assert_array_equal(np.stack(changed)[:, [4, 5]][1:3], np.stack(chosen)[:, [5, 4]][1:3])


@pytest.mark.parametrize("nats", [2.0, -2.0])
def test_votes_count_for_the_side_they_name(nats: float) -> None:
    stretch, chosen = make_stretch(make_poses(range(5)))
    number = int(stretch.evidence[2].points.numbers[chosen[2][4], 1])
    voted = replace(stretch, votes={2: [Vote(2, 1, 4, number, nats)]})
    plain, helped = (side_costs(one, chosen, [None] * 5).seen for one in (stretch, voted))
    gained = helped - plain
    assert gained[2, PAWS] == pytest.approx(nats)
    gained[2, PAWS] = 0
    assert not gained.any()


def test_what_a_person_pointed_at_counts_for_its_side() -> None:
    stretch, chosen = make_stretch(make_poses(range(3)))
    pointed = np.full((4, 9), -1)
    pointed[:, 4] = stretch.evidence[1].points.numbers[chosen[1][4]]
    costs = side_costs(replace(stretch, seed_votes={1: pointed}), chosen, [None] * 3)
    assert np.argwhere(costs.seen > 1).tolist() == [[1, PAWS]]


def test_a_pair_that_is_gone_for_long_comes_back_where_it_was_or_where_the_exemplars_guess() -> None:
    """Exchanged before it goes, right when it comes back: motion tells, unless what it carries on is a guess."""
    stretch, right = make_stretch(make_poses(range(20)))
    chosen = exchanged_rows(right, range(2))
    for row in range(2, 14):
        chosen[row][[4, 5]] = len(stretch.evidence[row].points)
    bare, guessed = (side_costs(stretch, chosen, [None] * 20, guessing=on) for on in (False, True))
    for costs in (bare, guessed):
        assert not costs.crossing[2:14, PAWS].any()
    assert bare.crossing[14, PAWS] < -1
    assert guessed.crossing[14, PAWS] > 1


def test_an_animal_without_sides_has_no_chain() -> None:
    shape = learn_body_shape(make_poses([2, 8, 14]), np.arange(len(MIRROR)))
    stretch, chosen = make_stretch(make_poses(range(3)))
    costs = side_costs(replace(stretch, shape=shape), chosen, [None] * 3)
    assert costs.pairs.shape == (0, 2)
    assert costs.margins(1.0).shape == (3, 0)
