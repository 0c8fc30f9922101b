from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from unit.pose.scenes import BODY_MM, MIRROR, make_poses, make_shape

from behaviorvlm.pose.body_shape import learn_body_shape

ANGLE = st.floats(-np.pi, np.pi)
PAIRED = np.arange(9) != MIRROR


@given(st.tuples(ANGLE, ANGLE, ANGLE), st.tuples(*[st.floats(-500, 500)] * 3), st.integers(0, 2))
def test_a_template_moved_rigidly_is_predicted_exactly(angles, shift, which) -> None:
    shape = make_shape()
    moved = shape.templates_mm[which] @ Rotation.from_euler("xyz", angles).as_matrix().T + shift
    np.testing.assert_allclose(shape.predict(moved[None])[which, 0], moved, atol=0.05)
    assert (shape.misfit(moved[None]) < 0.01).all()


def test_hidden_keypoints_are_predicted_from_the_others() -> None:
    shape = learn_body_shape(BODY_MM[None], MIRROR)
    turned = BODY_MM @ Rotation.from_euler("z", 2.0).as_matrix().T + [5, 6, 7]
    seen = turned.copy()
    seen[[0, 6, 8]] = np.nan
    np.testing.assert_allclose(shape.predict(seen[None])[0, 0], turned, atol=0.05)
    assert np.isnan(shape.misfit(seen[None])[0]).tolist() == np.isnan(seen[:, 0]).tolist()


def test_fewer_than_three_others_predict_nothing() -> None:
    shape = make_shape()
    pose = BODY_MM.copy()
    pose[3:] = np.nan
    assert np.isnan(shape.predict(pose[None])[:, 0, :3]).all()  # each has only two others
    assert np.isfinite(shape.predict(pose[None])[:, 0, 3:]).all()
    assert np.isnan(shape.misfit(pose[None])).all()


@pytest.mark.parametrize("time", [0, 5, 11, 20])
def test_a_body_with_exchanged_sides_does_not_fit(time: int) -> None:
    shape, pose = make_shape(), make_poses([time])
    straight, crossed = shape.misfit(pose)[0], shape.misfit(pose[:, MIRROR])[0]
    assert (straight[PAIRED] < 2 * shape.spread_mm[PAIRED] ** 2).all()
    assert crossed[PAIRED].sum() > 10 * straight[PAIRED].sum()


def test_a_mirror_image_does_not_fit() -> None:
    shape = make_shape()
    image = make_poses([8]) * [1, -1, 1]
    assert shape.misfit(image)[0, PAIRED].sum() > 20 * shape.misfit(make_poses([8]))[0, PAIRED].sum() + 100


def test_templates_are_as_different_as_the_poses_allow() -> None:
    bent = BODY_MM.copy()
    bent[8] += [20, 40, 0]
    stretched = BODY_MM * [1.3, 1, 1]
    poses = np.stack([BODY_MM, BODY_MM + 4, BODY_MM @ np.diag([-1, -1, 1]), bent, BODY_MM - 9, stretched])
    shape = learn_body_shape(poses, MIRROR)
    chosen = {next(row for row, pose in enumerate(poses) if np.array_equal(pose, one)) for one in shape.templates_mm}
    assert len(chosen) == 3
    assert {3, 5} < chosen


def test_there_are_no_more_templates_than_poses_or_wanted() -> None:
    assert len(learn_body_shape(make_poses(range(2)), MIRROR).templates_mm) == 2
    assert len(learn_body_shape(make_poses(range(9)), MIRROR, n_templates=5).templates_mm) == 5


def test_the_first_template_is_the_most_complete_pose() -> None:
    poses = make_poses([1, 2, 3])
    poses[0, :3] = np.nan
    poses[2, 0] = np.nan
    np.testing.assert_array_equal(learn_body_shape(poses, MIRROR).templates_mm[0], poses[1])


def test_what_moves_freely_has_more_spread_and_says_less() -> None:
    firm = np.repeat(BODY_MM[None], 60, axis=0)
    poses = firm.copy()
    poses[:, 8] += np.random.default_rng(0).normal(scale=15, size=(60, 3))
    shape = learn_body_shape(poses, MIRROR)
    assert shape.spread_mm[8] == shape.spread_mm.max() > 1.5 * np.median(shape.spread_mm)
    assert shape.weights[3, 8] < learn_body_shape(firm, MIRROR).weights[3, 8] / 2


def test_scale_is_the_median_distance_between_keypoints() -> None:
    gaps = np.linalg.norm(BODY_MM[:, None] - BODY_MM, axis=-1)
    assert learn_body_shape(BODY_MM[None], MIRROR).scale_mm == pytest.approx(np.median(gaps[gaps > 0]))
    assert learn_body_shape(2 * BODY_MM[None], MIRROR).scale_mm == pytest.approx(2 * np.median(gaps[gaps > 0]))


def test_a_pose_of_which_nothing_is_known_says_nothing() -> None:
    poses = make_poses([1, 5, 9, 13])
    poses[1] = np.nan
    shape = learn_body_shape(poses, MIRROR)
    assert np.isfinite(shape.templates_mm).all()
    assert np.isfinite(shape.weights).all()


def test_a_keypoint_no_pose_shows_is_predicted_by_none() -> None:
    poses = make_poses([1, 5, 9])
    poses[:, 8] = np.nan
    shape = learn_body_shape(poses, MIRROR)
    assert np.isnan(shape.predict(make_poses([7]))[:, 0, 8]).all()
    assert np.isfinite(shape.predict(make_poses([7]))[:, 0, :8]).all()
    assert np.isfinite(shape.spread_mm).all()
    assert (np.diag(shape.weights) == 0).all()


def test_a_pair_that_no_pose_shows_has_no_sides() -> None:
    poses = make_poses(range(3))
    poses[:, [4, 5]] = np.nan  # both paws
    poses[:, 6] = np.nan  # one foot
    poses[1:, 7] = np.nan  # the other but once
    poses[:, 8] = np.nan  # the tail has no partner
    assert np.flatnonzero(learn_body_shape(poses, MIRROR).sideless).tolist() == [4, 5]
