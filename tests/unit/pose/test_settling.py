from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.pose.scenes import MIRROR, evidence_of, make_poses, make_rig, make_shape

from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.settling import Settled, settle, settle_with_votes
from behaviorvlm.pose.side_paths import MARGIN_SHARE
from behaviorvlm.pose.tracking import Step, Stretch, run_pass
from behaviorvlm.pose.votes import Vote
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


# Sides over intervals ------------------------------------------------------------------------------------------------

PAWS = [4, 5]
MEETING = make_poses(range(16))
MEETING[:, PAWS] = MEETING[:, PAWS].mean(axis=1, keepdims=True) + np.interp(
    np.arange(16), [0, 4, 7, 10, 13], [1, 0.1, 1, 0.1, 1]
)[:, None, None] * (MEETING[:, PAWS] - MEETING[:, PAWS].mean(axis=1, keepdims=True))
"""The front paws meet at 4 and at 10."""
BETWEEN = range(4, 10)


def test_sides_exchanged_from_one_hiding_to_the_next_are_righted() -> None:
    """Paws so near to each other that each timepoint by itself would rather stay as its neighbors are."""
    poses, hidden, between = make_poses(range(30)), [*range(3, 8), *range(20, 25)], range(8, 20)
    middle = poses[:, PAWS].mean(axis=1, keepdims=True)
    poses[:, PAWS] = middle + 0.3 * (poses[:, PAWS] - middle)
    stretch = make_stretch([np.delete(p, PAWS, axis=0) if row in hidden else p for row, p in enumerate(poses)])
    wrong = [exchanged(step, PAWS) if row in between else step for row, step in enumerate(track(stretch, 0))]
    points, _ = points_of(stretch, [wrong])
    poses[np.ix_(hidden, PAWS)] = np.nan
    np.testing.assert_allclose(points, poses, atol=1e-3)


def test_no_keypoint_is_surer_than_its_side() -> None:
    stretch = make_stretch(list(MEETING))
    settled = settle(stretch, [track(stretch, 0)], [None] * 16)
    sides = settled.sides.margins(MARGIN_SHARE)
    margin = np.stack([pose.margin for pose in settled.poses])
    assert (sides[:, 1] < settled.alone[:, 4]).any()
    for which, pair in enumerate(settled.sides.pairs):
        expected = np.minimum(settled.alone[:, pair], np.maximum(sides[:, which], 0)[:, None])
        np.testing.assert_allclose(margin[:, pair], expected)
    np.testing.assert_array_equal(margin[:, [2, 3, 8]], settled.alone[:, [2, 3, 8]])  # these have no side


# What a model said ---------------------------------------------------------------------------------------------------


def votes_for(stretch: Stretch, keypoints: list[int], named: list[int], rows: range, nats: float = 2.0):
    """Return one answer per timepoint: in one view, these keypoints are the dots that truly are those."""
    return {row: [Vote(row, row % 4, k, dot, nats) for k, dot in zip(keypoints, named, strict=True)] for row in rows}


def settled_alone(stretch: Stretch, steps: list[Step]) -> Settled:
    """Return a pass taken as it is, right or wrong, with margins."""
    margin = np.stack([step.pose.margin for step in steps])
    found = settle(stretch, [steps], [None] * len(stretch))
    return Settled([step.pose for step in steps], [step.chosen for step in steps], margin, found.sides)


def settled_again(stretch: Stretch, before: Settled) -> Settled:
    return settle_with_votes(stretch, before.poses, chosen=before.chosen)


def places_of(settled: Settled) -> np.ndarray:
    return np.stack([pose.points_mm for pose in settled.poses])


@pytest.mark.parametrize("rows", [range(5, 9), range(6, 8)])
def test_answers_about_a_part_of_an_interval_exchange_the_sides_in_all_of_it(rows: range) -> None:
    """The paws are a little across each other, so that the skeleton is for the wrong side."""
    crossed = MEETING.copy()
    middle = MEETING[:, PAWS].mean(axis=1, keepdims=True)
    crossed[4:10, PAWS] = (middle - 0.3 * (MEETING[:, PAWS] - middle))[4:10]
    stretch = make_stretch(list(crossed))
    by_skeleton = settled_alone(stretch, track(stretch, 0))
    assert (np.linalg.norm(places_of(by_skeleton) - crossed, axis=-1)[6:10, PAWS] > 2).all()
    told = settled_again(replace(stretch, votes=votes_for(stretch, PAWS, PAWS, rows)), by_skeleton)
    assert np.linalg.norm(places_of(told) - crossed, axis=-1).max() < 1  # so near are they where they meet
    differs = np.argwhere(np.stack(told.chosen) != np.stack(by_skeleton.chosen))
    assert {tuple(place) for place in differs.tolist()} == {(row, paw) for row in range(5, 10) for paw in PAWS}


def test_a_vote_for_a_dot_takes_it_and_touches_no_other_timepoint() -> None:
    """At 6 there is a second dot beside the tail: geometry hesitates, the model knows."""
    shown = list(POSES)
    shown[6] = np.append(POSES[6], [POSES[6][8] + [0, 0, 2.5]], axis=0)
    stretch = make_stretch(shown)
    before = settle(stretch, [track(stretch, 0)], [None] * 10)
    here = before.poses[6].numbers[8]
    other = 17 - here  # 8 and 9
    voted = replace(stretch, votes={6: [Vote(6, 0, 8, int(other[0]), 5.0), Vote(6, 0, 8, int(here[0]), -5.0)]})
    after = settled_again(voted, settled_alone(stretch, track(stretch, 0)))
    assert after.poses[6].numbers[8].tolist() == other.tolist()
    same = np.stack(after.chosen) == np.stack(before.chosen)
    assert np.argwhere(~same).tolist() == [[6, 8]]


def test_names_settle_around_what_a_vote_changed() -> None:
    """At 5 and 6 the tail was put on a false dot that no path would take; asked about it was at 5 alone."""
    shown = list(POSES)
    for row in (5, 6):
        shown[row] = np.append(POSES[row], [POSES[row][8] + [0, 0, 6.0]], axis=0)
    stretch = make_stretch(shown)
    right = settle(stretch, [track(stretch, 0)], [None] * 10)
    wrong = [numbers.copy() for numbers in right.chosen]
    for row in (5, 6):
        numbers = stretch.evidence[row].points.numbers
        wrong[row][8] = np.flatnonzero((numbers == 9).all(axis=1))[0]
    before = replace(right, chosen=wrong)
    assert np.stack(settled_again(stretch, before).chosen).tolist() == np.stack(wrong).tolist()
    told = settled_again(replace(stretch, votes=votes_for(stretch, [8], [8], range(5, 6), nats=10.0)), before)
    np.testing.assert_array_equal(told.chosen, right.chosen)


def test_without_votes_everything_keeps_its_name_and_pose() -> None:
    stretch = make_stretch()
    before = settle(stretch, [track(stretch, 0)], [None] * 10)
    alone = [replace(pose, margin=before.alone[row]) for row, pose in enumerate(before.poses)]
    after = settle_with_votes(stretch, alone, chosen=before.chosen)
    np.testing.assert_array_equal(after.chosen, before.chosen)
    np.testing.assert_array_equal(after.alone, before.alone)
    np.testing.assert_array_equal(places_of(after), places_of(before))


def test_what_is_given_to_be_settled_again_is_not_written_to() -> None:
    stretch = make_stretch(list(MEETING))
    wrong = [exchanged(step, PAWS) if row in BETWEEN else step for row, step in enumerate(track(stretch, 0))]
    before = settled_alone(stretch, wrong)
    poses, chosen = list(before.poses), [numbers.copy() for numbers in before.chosen]
    settled_again(replace(stretch, votes=votes_for(stretch, PAWS, PAWS, BETWEEN)), before)
    assert all(one is other for one, other in zip(poses, before.poses, strict=True))
    np.testing.assert_array_equal(before.chosen, chosen)
