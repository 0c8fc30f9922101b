from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from unit.pose.scenes import BODY_MM, GATE_PX, MIRROR, SKELETON, moved

from behaviorvlm.pose.belief import STEP
from behaviorvlm.pose.body_limits import JUMP_STEPS, LENGTH_SLACK, limits_of
from behaviorvlm.pose.body_shape import learn_body_shape
from behaviorvlm.pose.quality_flags import (
    HIGH_ERROR,
    LOW_MARGIN,
    flag_poses,
    flag_seeds,
    flag_unseeded,
    flag_unsure_track,
)
from behaviorvlm.pose.view_answers import ViewAnswers
from behaviorvlm.types import Pose3D, PoseFlag
from behaviorvlm.types.body_limits import BodyLimits

SHAPE = learn_body_shape(BODY_MM[None], MIRROR)
EDGES = SKELETON.edge_indices
TAIL, RUMP = SKELETON.index("tail"), SKELETON.index("rump")


def good_pose(timepoint: int = 0, points_mm: np.ndarray = BODY_MM) -> Pose3D:
    """Return a pose about which there is nothing to say: every view shows candidate k for keypoint k."""
    numbers = np.tile(np.arange(9)[:, None], (1, 3))
    calm = np.full(9, 0.1)
    nowhere = np.full((9, 3), np.nan)
    return Pose3D(timepoint, points_mm, numbers, calm, np.full(9, 50.0), nowhere, np.zeros(9, dtype=np.int64))


def votes(numbers: np.ndarray) -> ViewAnswers:
    return ViewAnswers(np.zeros((3, 3, 4)), numbers, numbers, np.ones(numbers.shape))


def flag(poses: Sequence[Pose3D], answers: Sequence[ViewAnswers | None] | None = None) -> np.ndarray:
    """Return the flags, (timepoint, keypoint)."""
    found = flag_poses(poses, answers or [None] * len(poses), shape=SHAPE, edges=EDGES, gate_px=GATE_PX)
    assert [pose.timepoint for pose in found] == [pose.timepoint for pose in poses]
    return np.stack([pose.flags for pose in found])


def with_one(values: np.ndarray, row: int, value: float) -> np.ndarray:
    changed = values.copy()
    changed[row] = value
    return changed


def only(keypoint: int, raised: PoseFlag) -> list[int]:
    return [int(raised) if row == keypoint else 0 for row in range(9)]


def test_a_good_pose_has_no_flag() -> None:
    assert not flag([good_pose(time) for time in range(3)]).any()


def test_flags_raised_before_stay() -> None:
    pose = replace(good_pose(), flags=with_one(np.zeros(9, dtype=np.int64), 2, int(PoseFlag.TWO_VIEWS)))
    assert flag([pose])[0].tolist() == only(2, PoseFlag.TWO_VIEWS)


def test_low_margin() -> None:
    pose = good_pose()
    low = replace(pose, margin=with_one(pose.margin, 5, LOW_MARGIN - 0.01))
    assert flag([low])[0].tolist() == only(5, PoseFlag.LOW_MARGIN)
    assert not flag([replace(pose, margin=with_one(pose.margin, 5, LOW_MARGIN))]).any()


def test_high_error() -> None:
    pose = good_pose()
    high = replace(pose, error_px=with_one(pose.error_px, 1, HIGH_ERROR * GATE_PX + 0.01))
    assert flag([high])[0].tolist() == only(1, PoseFlag.HIGH_ERROR)
    assert not flag([replace(pose, error_px=with_one(pose.error_px, 1, HIGH_ERROR * GATE_PX - 0.01))]).any()


def jumping(gap_mm: float) -> list[Pose3D]:
    """Return five timepoints in the third of which a forepaw, which ends no bone, is elsewhere."""
    poses = [good_pose(time) for time in range(5)]
    points = BODY_MM.copy()
    points[4, 1] += gap_mm
    poses[2] = good_pose(2, points)
    return poses


def test_a_jump_is_far_from_before_and_after() -> None:
    limit = JUMP_STEPS * STEP * SHAPE.scale_mm
    found = flag(jumping(limit + 0.1))
    assert found[2].tolist() == only(4, PoseFlag.JUMP)
    assert not np.delete(found, 2, axis=0).any()
    assert not flag(jumping(limit - 0.1)).any()


def test_a_step_that_is_kept_is_no_jump_but_one_at_the_end_is() -> None:
    limit = JUMP_STEPS * STEP * SHAPE.scale_mm
    far = moved(BODY_MM, x=limit + 1)
    assert not flag([good_pose(0), good_pose(1), good_pose(2, far), good_pose(3, far)]).any()
    at_end = flag([good_pose(0), good_pose(1), good_pose(2, far)])
    assert (at_end[2] == int(PoseFlag.JUMP)).all()  # it has one neighbour only, and is far from it
    assert not at_end[:2].any()


@pytest.mark.parametrize("factor", [1 + LENGTH_SLACK, 1 - LENGTH_SLACK])
def test_a_bone_no_exemplar_has_so_long_or_short(factor: float) -> None:
    for off, odd in ((0.01, True), (-0.01, False)):
        points = BODY_MM.copy()
        share = factor + off * np.sign(factor - 1)
        points[TAIL] = BODY_MM[RUMP] + share * (BODY_MM[TAIL] - BODY_MM[RUMP])
        found = flag([good_pose(0, points)])[0]
        assert np.nonzero(found)[0].tolist() == ([RUMP, TAIL] if odd else [])
        assert set(found.tolist()) <= {0, int(PoseFlag.BONE_LENGTH)}


def test_a_bone_no_exemplar_shows_is_not_judged() -> None:
    template = BODY_MM.copy()
    template[TAIL] = np.nan
    shape = replace(SHAPE, templates_mm=template[None])
    points = BODY_MM.copy()
    points[TAIL] *= 5
    (pose,) = flag_poses([good_pose(0, points)], [None], shape=shape, edges=EDGES, gate_px=GATE_PX)
    assert not pose.flags.any()


def test_a_view_that_voted_for_another_dot_was_rejected() -> None:
    numbers = np.tile(np.arange(9), (3, 1))
    numbers[1, 6] = 7
    numbers[2, 3] = -1  # no vote is no rejection
    assert flag([good_pose()], [votes(numbers)])[0].tolist() == only(6, PoseFlag.VIEW_REJECTED)


def test_missing_keypoints_have_no_flags() -> None:
    points = BODY_MM.copy()
    points[[2, 5]] = np.nan
    pose = good_pose(0, points)
    low = replace(pose, margin=np.zeros(9), error_px=np.full(9, 99.0))
    found = flag([low], [votes(np.full((3, 9), 8))])[0]
    assert (found == 0).tolist() == [row in (2, 5) for row in range(9)]


def test_poses_without_anything_are_flagged_without_a_warning() -> None:
    assert not flag([Pose3D.missing(time, 9, 3) for time in range(3)]).any()


def test_a_seed_that_says_otherwise() -> None:
    label = BODY_MM.copy()
    label[3, 0] += 5.1
    label[6, 0] += 4.9
    label[8] = np.nan
    nobody = np.zeros(9, dtype=bool)
    found = flag_seeds(good_pose(), label, outvoted=nobody, tolerance_mm=5.0)
    assert found.flags.tolist() == only(3, PoseFlag.SEED_DISAGREES)


def test_an_unsure_track_is_told_for_every_keypoint_there_is() -> None:
    points = BODY_MM.copy()
    points[2] = np.nan
    found = flag_unsure_track(good_pose(0, points))
    assert found.flags.tolist() == [0 if row == 2 else int(PoseFlag.TRACK_UNSURE) for row in range(9)]


def test_what_no_seed_places_is_told() -> None:
    points = BODY_MM.copy()
    points[2] = np.nan
    found = flag_unseeded(good_pose(0, points), np.isin(np.arange(9), [2, 8]))
    assert found.flags.tolist() == only(8, PoseFlag.UNSEEDED)


def test_an_outvoted_label_is_told() -> None:
    label = BODY_MM.copy()
    label[[4, 5]] = np.nan
    found = flag_seeds(good_pose(), label, outvoted=np.isin(np.arange(9), [4, 5]), tolerance_mm=5.0)
    assert np.nonzero(found.flags & int(PoseFlag.SEED_DISAGREES))[0].tolist() == [4, 5]


def test_limits_come_back_as_they_were_kept() -> None:
    template = BODY_MM.copy()
    template[TAIL] = np.nan
    limits = limits_of(replace(SHAPE, templates_mm=template[None]), EDGES)
    again = BodyLimits.unpacked(limits.packed())
    assert again.jump_mm == limits.jump_mm and np.isnan(limits.bones_mm).any()
    np.testing.assert_array_equal(again.bones_mm, limits.bones_mm)
