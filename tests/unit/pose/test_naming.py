from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from unit.pose.scenes import BODY_MM, MIRROR, SKELETON, evidence_of, make_poses, make_rig, make_shape, moved

from behaviorvlm.pose.body_shape import BodyShape, learn_body_shape
from behaviorvlm.pose.evidence import SHARED_DOT, Evidence
from behaviorvlm.pose.naming import (
    OUT_OF_REACH,
    NamingProblem,
    Neighbor,
    choose_one_to_one,
    heavy_tail,
    motion_energy,
    name_points,
    weigh,
)

RIG = make_rig()
SHAPE = make_shape()
FORBIDDEN = 40.0


def make_problem(
    points_mm: np.ndarray, unary: np.ndarray, *, conflict: np.ndarray | None = None, neighbors=(), shape: BodyShape
) -> NamingProblem:
    """Return a problem from (point, 3) mm and (keypoint, point) nats; missing is added."""
    points = np.concatenate([points_mm, np.full((1, 3), np.nan)])
    full = np.concatenate([unary, np.zeros((len(unary), 1))], axis=1)
    clash = np.zeros((len(points),) * 2)
    if conflict is not None:
        clash[:-1, :-1] = conflict
    return NamingProblem(points, full, clash, tuple(neighbors), shape)


def from_evidence(evidence: Evidence, *, neighbors=()) -> NamingProblem:
    unary = np.tile(evidence.energy, (len(SKELETON), 1))
    return NamingProblem(evidence.with_missing_mm, unary, evidence.conflict, tuple(neighbors), SHAPE)


def standing(pose_mm: np.ndarray, reach_mm: float = 2.0) -> Neighbor:
    return Neighbor(pose_mm, np.zeros_like(pose_mm), np.full(len(pose_mm), reach_mm))


def all_energies(problem: NamingProblem) -> tuple[np.ndarray, np.ndarray]:
    """Return every configuration there is, and its energy."""
    count = len(problem.unary)
    configurations = np.array(list(product(range(problem.missing + 1), repeat=count)))
    return configurations, problem.energy(configurations)


# The energy of a configuration, by hand -----------------------------------------------------------------------------

PAIR = learn_body_shape(np.array([[[0.0, 0, 0], [40.0, 0, 0]]]), np.arange(2))
"""A body of two keypoints: too few to predict one another, so only pictures and motion speak."""
PLACES = np.array([[0.0, 0, 0], [1.0, 0, 0], [40.0, 0, 0], [43.0, 4, 0]])


def test_everything_missing_costs_nothing() -> None:
    problem = make_problem(PLACES, np.full((2, 4), -5.0), shape=PAIR, neighbors=[standing(PLACES[[0, 2]])])
    assert problem.energy(np.array([[4, 4]])).tolist() == [0.0]


def test_another_point_changes_the_energy_by_pictures_and_motion() -> None:
    """From 40 mm to (43, 4): 5 mm off, at a reach of 2 mm."""
    unary = np.array([[-6.0, 0, 0, 0], [0, 0, -4.0, -7.0]])
    problem = make_problem(PLACES, unary, shape=PAIR, neighbors=[standing(PLACES[[0, 2]])])
    near, far = problem.energy(np.array([[0, 2], [0, 3]]))
    assert far - near == pytest.approx((-7.0 + 4.0) + 3 * np.log(1 + (5 / 2) ** 2 / 3))


def test_motion_takes_the_nearer_of_standing_still_and_going_on() -> None:
    neighbor = Neighbor(PLACES[[0, 2]], np.array([[1.0, 0, 0], [0, 0, 8.0]]), np.array([2.0, 4.0]))
    problem = make_problem(PLACES, np.zeros((2, 4)), shape=PAIR, neighbors=[neighbor])
    standing_still, going_on, off = problem.energy(np.array([[0, 2], [1, 2], [0, 3]]))
    assert standing_still == pytest.approx(going_on)
    assert off - standing_still == pytest.approx(3 * np.log(1 + (5 / 4) ** 2 / 3))


def test_two_names_on_shared_dots_cost_once() -> None:
    conflict = np.zeros((4, 4))
    conflict[0, 2] = conflict[2, 0] = 7.5
    free = make_problem(PLACES, np.zeros((2, 4)), shape=PAIR)
    shared = make_problem(PLACES, np.zeros((2, 4)), conflict=conflict, shape=PAIR)
    configurations = np.array([[0, 2], [2, 0], [0, 3], [0, 4]])
    assert (shared.energy(configurations) - free.energy(configurations)).tolist() == pytest.approx([7.5, 7.5, 0, 0])


def test_the_skeleton_speaks_for_the_place_the_exemplars_say() -> None:
    points = np.concatenate([BODY_MM, [BODY_MM[8] + [0, 0, 8.0]]])
    shape = learn_body_shape(BODY_MM[None], MIRROR)
    problem = make_problem(points, np.zeros((9, 10)), shape=shape)
    fits, off = problem.energy(np.array([[*range(8), 8], [*range(8), 9]]))
    # The others' templates are laid over the misplaced tail too, so a little more than the tail's own misfit.
    own = 3 * np.log(1 + (8.0 / shape.spread_mm[8]) ** 2 / 3)
    assert own * 0.99 <= off - fits < own + 1.0


def test_exchanged_sides_cost_though_every_point_is_taken() -> None:
    pose = make_poses([5])[0]
    problem = make_problem(pose, np.zeros((9, 9)), shape=SHAPE)
    straight, crossed = problem.energy(np.array([np.arange(9), MIRROR]))
    assert crossed - straight > 20


def test_motion_follows_a_body_that_turns_as_a_whole() -> None:
    turned = BODY_MM @ np.array([[0.9553, -0.2955, 0], [0.2955, 0.9553, 0], [0, 0, 1.0]]).T  # 0.3 rad
    energy = motion_energy(turned[None], standing(BODY_MM), SHAPE)[0]
    assert np.linalg.norm(turned - BODY_MM, axis=1).max() > 15
    assert (energy < 0.05).all()


def test_missing_keypoints_have_no_motion() -> None:
    pose = BODY_MM.copy()
    pose[3] = np.nan
    energy = motion_energy(pose[None], standing(moved(BODY_MM, x=4)), SHAPE)[0]
    assert energy[3] == 0
    assert np.isfinite(energy).all()


def test_the_tail_is_heavy() -> None:
    squares = np.array([0.0, 3.0, 300.0])
    np.testing.assert_allclose(heavy_tail(squares), 3 * np.log1p(squares / 3))


# The search ----------------------------------------------------------------------------------------------------------

TRIPLE = learn_body_shape(np.array([[[0.0, 0, 0], [30.0, 0, 0], [0, 30.0, 0]]]), np.array([1, 0, 2]))
COORDINATE = st.floats(-20, 20)


@st.composite
def separate_problems(draw) -> NamingProblem:
    """Draw three keypoints, up to five points: nothing but pictures, motion, and that a point is one keypoint."""
    count = draw(st.integers(1, 5))
    points = draw(arrays.arrays(np.float64, (count, 3), elements=COORDINATE))
    unary = draw(arrays.arrays(np.float64, (3, count), elements=st.floats(-12, 4)))
    pose = draw(arrays.arrays(np.float64, (3, 3), elements=COORDINATE))
    velocity = draw(arrays.arrays(np.float64, (3, 3), elements=st.floats(-2, 2)))
    neighbors = [Neighbor(pose, velocity, np.array([2.0, 3.0, 6.0]))] if draw(st.booleans()) else []
    return make_problem(points, unary, conflict=1e3 * np.eye(count), neighbors=neighbors, shape=TRIPLE)


@given(separate_problems())
def test_the_search_finds_the_best_of_all_configurations(problem: NamingProblem) -> None:
    configurations, energies = all_energies(problem)
    found = name_points(problem)
    assert found.energy == pytest.approx(energies.min(), abs=1e-6)
    assert problem.energy(found.chosen[None])[0] == pytest.approx(found.energy)
    for keypoint in range(3):
        differs = configurations[:, keypoint] != found.chosen[keypoint]
        gap = energies[differs].min() - found.energy
        assert found.margin[keypoint] >= gap - 1e-6  # no more alternatives than there are


@st.composite
def private_problems(draw) -> NamingProblem:
    """Draw three keypoints with two points each that nobody else wants: every alternative is one change."""
    own = draw(arrays.arrays(np.float64, (3, 2), elements=st.floats(-15, 15)))
    unary = np.full((3, 6), FORBIDDEN)
    for keypoint in range(3):
        unary[keypoint, 2 * keypoint : 2 * keypoint + 2] = own[keypoint]
    return make_problem(np.zeros((6, 3)), unary, shape=TRIPLE)


@given(private_problems())
def test_the_margin_is_the_gap_to_the_best_configuration_that_differs(problem: NamingProblem) -> None:
    configurations, energies = all_energies(problem)
    found = name_points(problem)
    for keypoint in range(3):
        differs = configurations[:, keypoint] != found.chosen[keypoint]
        gap = energies[differs].min() - found.energy
        assert found.margin[keypoint] == pytest.approx(gap, abs=1e-6)
        other = found.chosen.copy()
        other[keypoint] = found.runner_up[keypoint]
        assert problem.energy(other[None])[0] - found.energy == pytest.approx(gap, abs=1e-6)


def random_body_problem(seed: int) -> NamingProblem:
    """Return four keypoints, two of them partners, some hidden, among false points; points share dots by chance."""
    rng = np.random.default_rng(seed)
    body = rng.normal(scale=25, size=(4, 3))
    shape = learn_body_shape(np.stack([body, body + rng.normal(scale=2, size=(4, 3))]), np.array([1, 0, 2, 3]))
    true = body + rng.normal(scale=2, size=(4, 3))
    false = true[rng.integers(0, 4, 5)] + rng.normal(scale=12, size=(5, 3))
    points = rng.permutation(np.concatenate([true[rng.random(4) > 0.3], false])[:5])
    unary = rng.uniform(-8, 1, size=5) + rng.normal(scale=0.5, size=(4, 5))
    conflict = np.triu(rng.random((5, 5)) < 0.2, 1) * SHARED_DOT
    conflict += conflict.T + 30 * np.eye(5)
    reach = 0.05 * shape.scale_mm
    return make_problem(points, unary, conflict=conflict, neighbors=[standing(body, reach)], shape=shape)


def test_the_search_finds_the_best_configuration_of_a_small_body_nearly_always() -> None:
    worse = []
    for seed in range(40):
        problem = random_body_problem(seed)
        worse.append(name_points(problem).energy - all_energies(problem)[1].min())
    assert np.mean(np.array(worse) < 1e-6) >= 0.95
    assert max(worse) < 5.0


@given(st.integers(0, 10_000))
def test_no_single_change_or_exchange_is_better(seed: int) -> None:
    problem = random_body_problem(seed)
    found = name_points(problem)
    changes = [found.chosen[[1, 0, 2, 3]]]
    for keypoint, point in product(range(4), range(problem.missing + 1)):
        change = found.chosen.copy()
        change[keypoint] = point
        changes.append(change)
    assert problem.energy(np.array(changes)).min() >= found.energy - 1e-6
    assert (found.margin >= -1e-6).all()
    assert (found.runner_up != found.chosen).all()


def test_a_whole_body_is_named_among_chance_points() -> None:
    evidence = evidence_of(make_poses([5])[0], RIG)
    found = name_points(from_evidence(evidence, neighbors=[standing(make_poses([4])[0])]))
    np.testing.assert_allclose(evidence.with_missing_mm[found.chosen], make_poses([5])[0], atol=1e-4)
    assert (found.margin > 3).all()


def test_a_keypoint_is_missing_when_nothing_fits() -> None:
    pose = make_poses([5])[0]
    shown = pose.copy()
    shown[0] += [0, 0, 60.0]  # no ear is up there
    problem = from_evidence(evidence_of(shown, RIG), neighbors=[standing(make_poses([4])[0])])
    found = name_points(problem)
    assert found.chosen[0] == problem.missing
    assert (found.chosen[1:] < problem.missing).all()


def test_one_dot_does_not_become_two_keypoints() -> None:
    evidence = evidence_of(np.delete(BODY_MM, 1, axis=0), RIG)
    near = BODY_MM.copy()
    near[1] = near[0] + [0, 1.0, 0]  # motion expects both ears where one is
    found = name_points(from_evidence(evidence, neighbors=[standing(near, 6.0)]))
    assert found.chosen[0] != found.chosen[1]
    ears = evidence.with_missing_mm[found.chosen[:2]]
    assert np.isfinite(ears).all(axis=1).sum() == 1


@pytest.mark.parametrize("crossed", [(0, 1), (4, 5), (6, 7), tuple(range(9))], ids=["ears", "paws", "feet", "all"])
def test_exchanged_sides_are_found(crossed: tuple[int, ...]) -> None:
    evidence = evidence_of(make_poses([5])[0], RIG)
    problem = from_evidence(evidence)
    gaps = np.linalg.norm(evidence.points.points_mm - make_poses([5])[0][:, None], axis=-1)
    full = np.where((evidence.points.numbers >= 0).all(axis=1), gaps, np.inf)
    right = full.argmin(axis=1)
    start = right.copy()
    start[list(crossed)] = right[MIRROR[list(crossed)]]
    found = name_points(problem, starts=[start], from_motion=False)
    np.testing.assert_array_equal(found.chosen, right)


def test_where_nothing_but_motion_tells_two_places_apart_the_margin_is_small() -> None:
    between = np.array([[0.0, 0, 0], [40.0, 0, 0]])
    points = np.array([[-1.0, 0, 0], [1.2, 0, 0], [40.0, 0, 0]])
    problem = make_problem(points, np.full((2, 3), -8.0), shape=PAIR, neighbors=[standing(between)])
    found = name_points(problem)
    assert found.chosen.tolist() == [0, 2]
    assert found.margin[0] < 0.5 < found.margin[1]
    assert found.runner_up[0] == 1


def test_without_points_everything_is_missing_and_nothing_could_be_otherwise() -> None:
    problem = make_problem(np.zeros((0, 3)), np.zeros((9, 0)), shape=SHAPE, neighbors=[standing(BODY_MM)])
    found = name_points(problem)
    assert (found.chosen == problem.missing).all()
    assert found.energy == 0
    assert (found.margin > 10).all()


def test_a_given_start_is_taken_only_if_it_is_better() -> None:
    evidence = evidence_of(make_poses([5])[0], RIG)
    problem = from_evidence(evidence, neighbors=[standing(make_poses([4])[0])])
    alone = name_points(problem)
    helped = name_points(problem, starts=[np.full(9, problem.missing), alone.chosen])
    assert helped.energy == alone.energy
    np.testing.assert_array_equal(helped.chosen, alone.chosen)


# Weighing a configuration that is given ----------------------------------------------------------------------------


def test_what_is_best_is_weighed_as_the_search_found_it() -> None:
    problem = from_evidence(evidence_of(make_poses([5])[0], RIG), neighbors=[standing(make_poses([4])[0])])
    found = name_points(problem)
    weighed = weigh(problem, found.chosen)
    np.testing.assert_array_equal(weighed.chosen, found.chosen)
    np.testing.assert_allclose(weighed.margin, found.margin)
    np.testing.assert_array_equal(weighed.runner_up, found.runner_up)
    assert weighed.energy == pytest.approx(found.energy)


def test_what_is_not_best_stays_and_has_no_margin_where_it_should_differ() -> None:
    problem = from_evidence(evidence_of(make_poses([5])[0], RIG), neighbors=[standing(make_poses([4])[0])])
    best = name_points(problem)
    crossed = best.chosen.copy()
    crossed[[4, 5]] = best.chosen[[5, 4]]
    weighed = weigh(problem, crossed)
    np.testing.assert_array_equal(weighed.chosen, crossed)
    assert weighed.energy > best.energy
    assert weighed.margin[[4, 5]].tolist() == [0.0, 0.0]
    np.testing.assert_array_equal(weighed.runner_up[[4, 5]], best.chosen[[4, 5]])
    assert (weighed.margin[[0, 1, 2, 3, 8]] > 3).all()  # the others are as they should be


def test_nothing_to_weigh_is_all_missing() -> None:
    problem = make_problem(np.zeros((0, 3)), np.zeros((9, 0)), shape=SHAPE, neighbors=[standing(BODY_MM)])
    assert (weigh(problem, np.zeros(9, dtype=np.int64)).chosen == problem.missing).all()


# One to one ----------------------------------------------------------------------------------------------------------


@given(arrays.arrays(np.float64, (3, 4), elements=st.floats(-OUT_OF_REACH / 2, OUT_OF_REACH / 2)))
def test_one_to_one_is_the_cheapest_way_to_give_each_keypoint_a_point_of_its_own(energy: np.ndarray) -> None:
    chosen = choose_one_to_one(energy)
    here = chosen[chosen < 3]
    assert len(set(here.tolist())) == len(here)
    ways = [way for way in product(range(4), repeat=3) if all(way.count(point) <= 1 for point in range(3))]
    cost = [sum(energy[row, column] for row, column in enumerate(way)) for way in ways]
    assert energy[np.arange(3), chosen].sum() == pytest.approx(min(cost))


def test_missing_may_be_chosen_by_all() -> None:
    assert choose_one_to_one(np.array([[5.0, 0.0], [3.0, 0.0]])).tolist() == [1, 1]
    assert choose_one_to_one(np.zeros((3, 1))).tolist() == [0, 0, 0]
