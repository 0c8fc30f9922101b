from __future__ import annotations

from dataclasses import replace

import numpy as np
from unit.pose.scenes import MIRROR, evidence_of, make_poses, make_rig, make_shape

from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.settling import settle
from behaviorvlm.pose.tracking import Step, Stretch, run_pass
from behaviorvlm.types import PoseFlag

RIG = make_rig()
SHAPE = make_shape()
POSES = make_poses(range(10))


def make_stretch(shown: list[np.ndarray] | None = None) -> Stretch:
    shown = list(POSES) if shown is None else shown
    evidence = [replace(evidence_of(points, RIG), timepoint=row) for row, points in enumerate(shown)]
    return Stretch(evidence, SHAPE, RIG, PoseSettings(), {})


def track(stretch: Stretch, start: int) -> list[Step]:
    nobody = [None] * len(stretch)
    belief = Belief.at(make_poses([start])[0], SHAPE)
    found = dict(run_pass(stretch, start, belief, asker=None, answers=nobody))
    return [found[row] for row in range(len(stretch))]


def exchanged(step: Step, pairs: list[int]) -> Step:
    """Return the step as a pass would have it that has taken left for right."""
    chosen, points = step.chosen.copy(), step.pose.points_mm.copy()
    chosen[pairs], points[pairs] = step.chosen[MIRROR[pairs]], step.pose.points_mm[MIRROR[pairs]]
    return Step(chosen, replace(step.pose, points_mm=points), Belief.at(points, SHAPE))


def points_of(stretch: Stretch, passes: list[list[Step]]):
    poses = settle(stretch, passes, [None] * len(stretch)).poses
    assert [pose.timepoint for pose in poses] == list(range(len(stretch)))
    return np.stack([pose.points_mm for pose in poses]), np.stack([pose.flags for pose in poses])


def test_one_good_pass_stays_as_it_is() -> None:
    stretch = make_stretch()
    points, flags = points_of(stretch, [track(stretch, 0)])
    np.testing.assert_allclose(points, POSES, atol=1e-4)
    assert not (flags & int(PoseFlag.PASSES_DISAGREE)).any()


def test_two_passes_that_agree_raise_no_flag() -> None:
    stretch = make_stretch()
    points, flags = points_of(stretch, [track(stretch, 0), track(stretch, 9)])
    np.testing.assert_allclose(points, POSES, atol=1e-4)
    assert not (flags & int(PoseFlag.PASSES_DISAGREE)).any()


def test_where_passes_disagree_the_better_path_is_taken_and_the_keypoints_are_flagged() -> None:
    stretch = make_stretch()
    good = track(stretch, 9)
    for wrong_first in (True, False):
        bad = [exchanged(step, [4, 5]) if row >= 4 else step for row, step in enumerate(good)]
        points, flags = points_of(stretch, [bad, good] if wrong_first else [good, bad])
        np.testing.assert_allclose(points, POSES, atol=1e-4)
        told = np.argwhere(flags & int(PoseFlag.PASSES_DISAGREE)).tolist()
        assert told == [[row, keypoint] for row in range(4, 10) for keypoint in (4, 5)]


def test_a_single_timepoint_gone_wrong_is_mended_between_its_neighbors() -> None:
    stretch = make_stretch()
    steps = track(stretch, 0)
    steps[5] = exchanged(steps[5], [0, 1])
    points, _ = points_of(stretch, [steps])
    np.testing.assert_allclose(points, POSES, atol=1e-4)


def test_timepoints_without_dots_stay_missing() -> None:
    shown = [np.zeros((0, 3)) if row in (0, 4, 9) else pose for row, pose in enumerate(POSES)]
    stretch = make_stretch(shown)
    points, flags = points_of(stretch, [track(stretch, 2), track(stretch, 7)])
    known = np.isin(np.arange(10), (0, 4, 9), invert=True)
    np.testing.assert_allclose(points[known], POSES[known], atol=1e-4)
    assert np.isnan(points[~known]).all()
    assert not flags[~known].any()


def test_a_stretch_without_any_dot_is_missing() -> None:
    stretch = make_stretch([np.zeros((0, 3))] * 4)
    points, flags = points_of(stretch, [track(stretch, 0)])
    assert np.isnan(points).all()
    assert not flags.any()
