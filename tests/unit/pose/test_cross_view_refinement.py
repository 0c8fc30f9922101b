from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.pose.scenes import BODY_MM, GATE_PX, evidence_of, make_rig, nothing_known, show

from behaviorvlm.geometry.mirror import FloorPlane
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate_linear
from behaviorvlm.pose.cross_view_refinement import (
    UNCLAIMED,
    as_pose,
    dots_px,
    refine_per_keypoint,
    triangulate_assigned,
)
from behaviorvlm.pose.naming import Naming
from behaviorvlm.types import CandidateSet, PoseFlag

RIG = make_rig()
EVIDENCE = evidence_of(BODY_MM, RIG)
RIGHT = np.tile(np.arange(9), (4, 1))
"""Every view names every dot rightly: in `show`, the number of a dot is its row."""


def votes_with(*wrong: tuple[int, int, int]) -> np.ndarray:
    """Return the right votes, but for (camera, keypoint, number)."""
    votes = RIGHT.copy()
    for camera, keypoint, number in wrong:
        votes[camera, keypoint] = number
    return votes


def test_agreeing_views_give_the_point_they_agree_on() -> None:
    pose = refine_per_keypoint(EVIDENCE, RIGHT, cameras=RIG)
    np.testing.assert_allclose(pose.points_mm, BODY_MM, atol=1e-6)
    np.testing.assert_array_equal(pose.numbers, RIGHT.T)
    assert (pose.error_px < 1e-6).all()
    assert (pose.margin > 0).all()


@pytest.mark.parametrize("camera", range(4))
@pytest.mark.parametrize(("keypoint", "number"), [(0, 1), (4, 8), (6, 7)])
def test_one_view_s_wrong_vote_is_outvoted(camera: int, keypoint: int, number: int) -> None:
    pose = refine_per_keypoint(EVIDENCE, votes_with((camera, keypoint, number)), cameras=RIG)
    np.testing.assert_allclose(pose.points_mm, BODY_MM, atol=1e-6)
    assert pose.numbers[keypoint, camera] == keypoint  # the view shows the dot, whatever it voted for


def test_a_view_that_exchanged_sides_is_outvoted() -> None:
    pose = refine_per_keypoint(EVIDENCE, votes_with((2, 0, 1), (2, 1, 0)), cameras=RIG)
    np.testing.assert_allclose(pose.points_mm, BODY_MM, atol=1e-6)


def test_a_point_nobody_voted_for_is_no_hypothesis() -> None:
    votes = RIGHT.copy()
    votes[:, 3] = -1
    pose = refine_per_keypoint(EVIDENCE, votes, cameras=RIG)
    assert pose.present.tolist() == [True] * 3 + [False] + [True] * 5
    assert np.isnan(pose.margin[3])
    assert (pose.numbers[3] == -1).all()


def test_two_keypoints_do_not_get_the_same_set_of_dots() -> None:
    pose = refine_per_keypoint(EVIDENCE, votes_with(*[(camera, 1, 0) for camera in range(4)]), cameras=RIG)
    full = (pose.numbers[:2] == 0).all(axis=1)
    assert full.sum() == 1


def test_the_runner_up_of_a_disputed_keypoint_is_the_other_claim() -> None:
    disputed = refine_per_keypoint(EVIDENCE, votes_with((0, 0, 1), (0, 1, -1), (1, 1, -1)), cameras=RIG)
    clear = refine_per_keypoint(EVIDENCE, RIGHT, cameras=RIG)
    np.testing.assert_allclose(disputed.points_mm[0], BODY_MM[0], atol=1e-6)
    np.testing.assert_allclose(disputed.runner_up_mm[0], BODY_MM[1], atol=1e-6)
    assert disputed.margin[0] < clear.margin[0]
    assert np.isnan(clear.runner_up_mm[0]).all() or np.linalg.norm(clear.runner_up_mm[0] - BODY_MM[0]) > 1


def test_without_votes_or_dots_everything_is_missing() -> None:
    nobody = np.full((4, 9), -1)
    assert not refine_per_keypoint(EVIDENCE, nobody, cameras=RIG).present.any()
    empty = evidence_of(np.zeros((0, 3)), RIG)
    pose = refine_per_keypoint(empty, nobody, cameras=RIG)
    assert not pose.present.any()
    assert not triangulate_assigned(empty, nobody, cameras=RIG).present.any()


def test_margins_are_finite_and_never_negative() -> None:
    margin = refine_per_keypoint(EVIDENCE, RIGHT, cameras=RIG).margin
    assert ((margin >= 0) & (margin <= UNCLAIMED)).all()


def test_without_refinement_every_assigned_view_is_triangulated_linearly_wrong_ones_included() -> None:
    pixels = project_all(BODY_MM, RIG)
    votes = votes_with((0, 4, 8), (3, 4, -1))
    pose = triangulate_assigned(EVIDENCE, votes, cameras=RIG)
    used = pixels[:, 4].copy()
    used[0], used[3] = pixels[0, 8], np.nan
    np.testing.assert_allclose(pose.points_mm[4], triangulate_linear(used[:, None], RIG)[0], atol=1e-9)
    assert np.linalg.norm(pose.points_mm[4] - BODY_MM[4]) > 5
    assert pose.numbers[4].tolist() == [8, 4, 4, -1]
    assert pose.error_px[4] > 5
    assert pose.margin[4] < pose.margin[5]
    np.testing.assert_allclose(np.delete(pose.points_mm, 4, axis=0), np.delete(BODY_MM, 4, axis=0), atol=1e-6)


def test_without_refinement_one_view_is_not_enough() -> None:
    votes = RIGHT.copy()
    votes[1:, 2] = -1
    votes[2:, 5] = -1
    pose = triangulate_assigned(EVIDENCE, votes, cameras=RIG)
    assert pose.present.tolist() == [True, True, False] + [True] * 6
    assert (pose.numbers[2] == -1).all()
    assert np.isnan(pose.error_px[2])
    assert [bool(flag & PoseFlag.TWO_VIEWS) for flag in pose.flags] == [row == 5 for row in range(9)]


def test_a_naming_becomes_a_pose() -> None:
    views = show(BODY_MM, RIG)
    for camera in (1, 2):  # keypoint 8 is seen by two cameras only
        seen = views[camera].points_px[:8]
        views[camera] = CandidateSet.from_points(0, RIG.names[camera], seen)
    from behaviorvlm.pose.evidence_building import build_evidence

    floor = FloorPlane(np.array([0.0, 0.0, 1.0]), 4.5)
    evidence = build_evidence(views, RIG, survey=replace(nothing_known(4), floor=floor), gate_px=GATE_PX)
    row_of = {tuple(numbers): row for row, numbers in enumerate(evidence.points.numbers.tolist())}
    missing = len(evidence.points)
    chosen = np.array([row_of[(k, k, k, k)] for k in range(8)] + [row_of[(8, -1, -1, 8)]])
    runner_up = np.full(9, missing)
    runner_up[0], chosen[3] = chosen[1], missing
    pose = as_pose(Naming(chosen, -1.0, np.arange(1.0, 10.0), runner_up), evidence=evidence)
    np.testing.assert_allclose(pose.points_mm[pose.present], np.delete(BODY_MM, 3, axis=0), atol=1e-6)
    assert pose.n_views.tolist() == [4, 4, 4, 0, 4, 4, 4, 4, 2]
    assert np.isnan(pose.margin[3])
    assert np.isnan(pose.error_px[3])
    assert pose.margin[4] == 5.0
    np.testing.assert_allclose(pose.runner_up_mm[0], BODY_MM[1], atol=1e-6)
    assert np.isnan(pose.runner_up_mm[1:]).all()
    assert np.nonzero(pose.flags & int(PoseFlag.TWO_VIEWS))[0].tolist() == [8]
    assert np.nonzero(pose.flags & int(PoseFlag.BELOW_FLOOR))[0].tolist() == [4, 5, 6, 7]  # 2.5 mm below


def test_dots_of_numbers_and_votes_of_cameras() -> None:
    numbers = np.array([[0, -1, 2, 3], [-1, -1, -1, 8]])
    dots = dots_px(EVIDENCE, numbers)
    pixels = project_all(BODY_MM, RIG)
    assert dots.shape == (4, 2, 2)
    np.testing.assert_array_equal(dots[2, 0], pixels[2, 2])
    np.testing.assert_array_equal(dots[3, 1], pixels[3, 8])
    assert np.isfinite(dots[..., 0]).sum() == 4
