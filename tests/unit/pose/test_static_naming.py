from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from unit.pose.scenes import BODY_MM, MIRROR, make_poses, make_shape, moved

from behaviorvlm.pose.body_shape import learn_body_shape
from behaviorvlm.pose.naming import NamingProblem
from behaviorvlm.pose.static_naming import StaticNaming, name_without_motion

PAIRED = np.nonzero(np.arange(9) != MIRROR)[0]
SEEN = -8.0
"""What the pictures say of a point that four cameras see."""


def scene(pose_mm: np.ndarray, *, clutter: int = 0, seed: int = 0) -> NamingProblem:
    """Return the pose's points, in order, among false points that the cameras see as well."""
    rng = np.random.default_rng(seed)
    false = pose_mm.mean(axis=0) + rng.uniform(-120, 120, size=(clutter, 3))
    points = np.concatenate([pose_mm, false, np.full((1, 3), np.nan)])
    unary = np.full((9, len(points)), SEEN)
    unary[:, -1] = 0
    conflict = 24.0 * np.eye(len(points))
    conflict[-1, -1] = 0
    return NamingProblem(points, unary, conflict, (), make_shape())


def name(problem: NamingProblem) -> StaticNaming:
    found = name_without_motion(problem)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(6))
def test_a_pose_anywhere_any_way_round_is_named_among_clutter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = Rotation.from_euler("zyx", rng.uniform(-np.pi, np.pi, size=3)).as_matrix()
    pose = make_poses([3 + 4 * seed])[0] @ turn.T + rng.uniform(-300, 300, size=3)
    found = name(scene(pose, clutter=12, seed=seed))
    assert found.naming.chosen.tolist() == list(range(9))
    assert found.lead > 5
    assert (found.naming.margin > 0).all()


def test_a_mirrored_body_is_not_named_as_if_it_were_unmirrored() -> None:
    """A body reflected left to right is the body with its sides exchanged: its left ear's point is the right ear."""
    pose = make_poses([6])[0] * [1, -1, 1]
    found = name(scene(pose, clutter=6))
    np.testing.assert_array_equal(found.naming.chosen[PAIRED], MIRROR[PAIRED])


def test_hidden_keypoints_are_missing_and_the_others_named() -> None:
    pose = moved(make_poses([7])[0], x=200, y=-50)
    problem = scene(pose, clutter=8)
    gone = np.isin(np.arange(len(problem.points_mm)), [1, 6])
    points, unary = problem.points_mm[~gone], problem.unary[:, ~gone]
    conflict = problem.conflict[np.ix_(~gone, ~gone)]
    found = name(NamingProblem(points, unary, conflict, (), problem.shape)).naming
    missing = len(points) - 1
    assert found.chosen.tolist() == [0, missing, 1, 2, 3, 4, missing, 5, 6]


def test_two_bodies_leave_no_lead() -> None:
    pose = make_poses([6])[0]
    both = np.concatenate([pose, moved(pose, x=200), np.full((1, 3), np.nan)])
    unary = np.full((9, 19), SEEN)
    unary[:, -1] = 0
    conflict = np.diag([24.0] * 18 + [0.0])
    found = name(NamingProblem(both, unary, conflict, (), make_shape()))
    assert found.lead < 1.0
    assert found.naming.margin.max() < 1.0  # the other body is a rival for every keypoint


def test_where_no_exemplar_fits_there_is_no_confident_answer() -> None:
    rng = np.random.default_rng(1)
    problem = scene(rng.uniform(-150, 150, size=(9, 3)))
    found = name_without_motion(problem)
    assert found is None or (found.naming.chosen < problem.missing).mean() < 0.8 or found.lead < 10


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_points_name_nobody(count: int) -> None:
    problem = scene(make_poses([3])[0])
    rows = [*range(count), 9]
    small = NamingProblem(
        problem.points_mm[rows], problem.unary[:, rows], problem.conflict[np.ix_(rows, rows)], (), problem.shape
    )
    assert name_without_motion(small) is None


def test_the_same_scene_is_always_named_the_same() -> None:
    problem = scene(make_poses([9])[0], clutter=20, seed=4)
    first, second = name(problem), name(problem)
    np.testing.assert_array_equal(first.naming.chosen, second.naming.chosen)
    assert (first.naming.energy, first.lead) == (second.naming.energy, second.lead)


def test_exemplars_that_lack_keypoints_still_name_the_rest() -> None:
    poses = make_poses([2, 8, 14])
    poses[:, 8] = np.nan
    problem = scene(make_poses([5])[0])
    shape = learn_body_shape(poses, MIRROR)
    found = name(NamingProblem(problem.points_mm, problem.unary, problem.conflict, (), shape)).naming
    assert found.chosen[:8].tolist() == list(range(8))


def test_a_body_twice_as_large_is_not_the_animal() -> None:
    found = name_without_motion(scene(2 * BODY_MM))
    assert found is None or (found.naming.chosen == np.arange(9)).mean() < 0.5
