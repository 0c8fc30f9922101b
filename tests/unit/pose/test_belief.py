from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from unit.pose.scenes import BODY_MM, MIRROR, make_poses, make_rig, make_shape, moved

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.pose.belief import LARGEST_STRAY, STEP, UNSEEN_AGE, VELOCITY_KEPT, Belief
from behaviorvlm.pose.body_shape import learn_body_shape

SHAPE = learn_body_shape(BODY_MM[None], MIRROR)
REACH = STEP * SHAPE.scale_mm


def without(pose: np.ndarray, *keypoints: int) -> np.ndarray:
    hidden = pose.copy()
    hidden[list(keypoints)] = np.nan
    return hidden


def test_a_trusted_pose_is_believed_and_stands_still() -> None:
    belief = Belief.at(BODY_MM, SHAPE)
    np.testing.assert_array_equal(belief.pose_mm, BODY_MM)
    assert not belief.velocity_mm.any()
    assert (belief.age == 1).all()


def test_a_missing_keypoint_is_believed_where_the_exemplars_put_it_with_more_reach() -> None:
    turned = BODY_MM @ Rotation.from_euler("z", 1.0).as_matrix().T + [10, 20, 0]
    belief = Belief.at(without(turned, 0, 8), SHAPE)
    np.testing.assert_allclose(belief.pose_mm, turned, atol=0.05)
    np.testing.assert_allclose(belief.reach_mm(SHAPE)[[0, 1]], [REACH * np.sqrt(UNSEEN_AGE), REACH])


def test_a_keypoint_no_exemplar_knows_is_believed_amid_the_others() -> None:
    shape = learn_body_shape(without(BODY_MM, 8)[None], MIRROR)
    far = without(moved(BODY_MM, x=900), 8)
    np.testing.assert_allclose(Belief.at(far, shape).pose_mm[8], far[:8].mean(axis=0))


def test_where_nothing_is_known_nothing_is_believed() -> None:
    belief = Belief.at(np.full((9, 3), np.nan), SHAPE)
    assert np.isnan(belief.pose_mm).all()
    expected, _ = belief.in_views(SHAPE, make_rig())
    assert np.isnan(expected).all()


def test_a_steady_keypoint_is_expected_to_keep_part_of_its_step() -> None:
    belief = Belief.at(BODY_MM, SHAPE).after(moved(BODY_MM, x=2), SHAPE)
    np.testing.assert_allclose(belief.pose_mm, moved(BODY_MM, x=2))
    np.testing.assert_allclose(belief.velocity_mm, np.tile([2.0 * VELOCITY_KEPT, 0, 0], (9, 1)))


def test_an_unseen_keypoint_moves_with_the_body_and_is_less_sure_each_time() -> None:
    belief = Belief.at(BODY_MM, SHAPE)
    for step in (1, 2, 3):
        belief = belief.after(without(moved(BODY_MM, y=3 * step), 4), SHAPE)
    np.testing.assert_allclose(belief.pose_mm[4], BODY_MM[4] + [0, 9, 0], atol=0.1)
    assert not belief.velocity_mm[4].any()
    assert belief.reach_mm(SHAPE)[[4, 5]] == pytest.approx([REACH * 2, REACH])


def test_a_keypoint_seen_again_is_sure_but_its_velocity_is_not_known() -> None:
    belief = Belief.at(BODY_MM, SHAPE).after(without(BODY_MM, 4), SHAPE).after(moved(BODY_MM, x=1), SHAPE)
    assert belief.age[4] == 1
    assert not belief.velocity_mm[4].any()
    assert belief.velocity_mm[5].any()


def test_an_implausible_point_is_not_believed() -> None:
    for gap, believed in ((LARGEST_STRAY * REACH - 0.5, True), (LARGEST_STRAY * REACH + 0.5, False)):
        points = BODY_MM.copy()
        points[8] += [-gap, 0, 0]
        belief = Belief.at(BODY_MM, SHAPE).after(points, SHAPE)
        assert bool(np.linalg.norm(belief.pose_mm[8] - points[8]) < 0.01) is believed
        assert belief.age[8] == (1 if believed else 2)


def test_a_keypoint_unseen_for_long_is_believed_where_the_exemplars_put_it() -> None:
    pose = BODY_MM.copy()
    pose[8] += [0, 30, 0]  # a tail on one side, which then is not seen
    belief = Belief.at(pose, SHAPE)
    for _ in range(int(UNSEEN_AGE) - 1):
        belief = belief.after(without(pose, 8), SHAPE)
    np.testing.assert_allclose(belief.pose_mm[8], pose[8], atol=0.5)
    belief = belief.after(without(pose, 8), SHAPE)
    np.testing.assert_allclose(belief.pose_mm[8], BODY_MM[8], atol=0.5)


def test_without_guesses_a_keypoint_unseen_for_long_stays_where_it_was_last_seen() -> None:
    pose = BODY_MM.copy()
    pose[8] += [0, 30, 0]
    belief = Belief.at(pose, SHAPE)
    for step in range(1, int(UNSEEN_AGE) + 6):
        belief = belief.after(without(moved(pose, x=step), 8), SHAPE, guessing=False)
    np.testing.assert_allclose(belief.pose_mm[8], moved(pose, x=step)[8], atol=0.5)  # it went along with the body
    assert belief.age[8] == UNSEEN_AGE + 6
    assert (belief.age[:8] == 1).all()


@pytest.mark.parametrize("pairs", [[(0, 1)], [(4, 5)], [(0, 1), (4, 5), (6, 7)]], ids=["ears", "paws", "all"])
def test_exchanged_sides_are_settled(pairs) -> None:
    shape, pose = make_shape(), make_poses([6])[0]
    crossed = pose.copy()
    for left, right in pairs:
        crossed[[left, right]] = pose[[right, left]]
    settled = Belief(crossed, np.arange(27.0).reshape(9, 3), np.arange(1.0, 10.0)).with_sides_settled(shape)
    np.testing.assert_array_equal(settled.pose_mm, pose)
    order = np.arange(9)
    for left, right in pairs:
        order[[left, right]] = right, left
    np.testing.assert_array_equal(settled.age, order + 1.0)  # age and velocity go with the point
    np.testing.assert_array_equal(settled.velocity_mm, np.arange(27.0).reshape(9, 3)[order])


def test_sides_that_fit_stay() -> None:
    belief = Belief.at(make_poses([6])[0], make_shape())
    assert belief.with_sides_settled(make_shape()) is belief


def test_views_expect_the_next_step_with_the_reach_in_pixels() -> None:
    rig = make_rig()
    belief = Belief(BODY_MM, np.tile([0.0, 4.0, 0.0], (9, 1)), np.ones(9))
    expected, reach = belief.in_views(SHAPE, rig)
    np.testing.assert_allclose(expected, project_all(moved(BODY_MM, y=4), rig))
    for index, camera in enumerate(rig):
        aside = moved(BODY_MM, y=4) + REACH * camera.rotation[0]  # a step to the right in the picture
        gap = np.linalg.norm(project_all(aside, rig)[index] - expected[index], axis=-1)
        np.testing.assert_allclose(reach[index], gap, rtol=1e-6)


def test_nothing_is_expected_of_a_keypoint_whose_side_nothing_tells() -> None:
    pair = [4, int(MIRROR[4])]
    shape = learn_body_shape(without(BODY_MM, *pair)[None], MIRROR)
    expected, _ = Belief.at(BODY_MM, shape).in_views(shape, make_rig())
    assert np.isnan(expected[:, pair]).all() and np.isfinite(np.delete(expected, pair, axis=1)).all()
