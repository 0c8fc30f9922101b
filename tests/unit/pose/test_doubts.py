"""What escalation may ask about: each number of it by hand, and packed for the way between processes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.pose.scenes import evidence_of, make_poses, make_rig, make_shape

from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.confidence import confidence_of
from behaviorvlm.pose.doubts import LINKED, Doubts, _linked, _rivals, find_doubts
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.settling import Settled, settle
from behaviorvlm.pose.side_paths import side_costs
from behaviorvlm.pose.tracking import Stretch, run_pass

RIG = make_rig()
SHAPE = make_shape()
POSES = make_poses(range(6, 14))
START = 6
HIDDEN = 8
"""The tail."""


@pytest.fixture(scope="module")
def stretch() -> Stretch:
    """Return timepoints 6 to 13; the tail hidden at the first, and a false dot beside the back at the second."""
    shown = [np.delete(POSES[0], HIDDEN, axis=0), np.append(POSES[1], [POSES[1][2] + [1.5, 0, 0]], axis=0), *POSES[2:]]
    evidence = [replace(evidence_of(points, RIG), timepoint=START + row) for row, points in enumerate(shown)]
    return Stretch(evidence, SHAPE, RIG, PoseSettings(), {})


@pytest.fixture(scope="module")
def settled(stretch: Stretch) -> Settled:
    nobody = [None] * len(stretch)
    found = dict(run_pass(stretch, 0, Belief.at(POSES[0], SHAPE), asker=None, answers=nobody))
    return settle(stretch, [[found[row] for row in range(len(stretch))]], nobody)


@pytest.fixture(scope="module")
def doubts(stretch: Stretch, settled: Settled) -> Doubts:
    return find_doubts(stretch, settled)


def test_it_says_what_was_chosen_and_on_which_dots_it_rests(doubts: Doubts, settled: Settled, stretch: Stretch) -> None:
    assert (doubts.start, len(doubts)) == (START, 8)
    for row, pose in enumerate(settled.poses):
        np.testing.assert_array_equal(doubts.chosen[row], settled.chosen[row])
        np.testing.assert_array_equal(doubts.numbers[row], pose.numbers)
        known = stretch.evidence[row].with_missing_mm[doubts.chosen[row]]
        np.testing.assert_array_equal(known, pose.points_mm)
    assert (doubts.numbers[0, HIDDEN] == -1).all()
    np.testing.assert_array_equal(doubts.numbers[3], np.tile(np.arange(9)[:, None], (1, 4)))


def test_margins_are_those_before_sides_were_considered(doubts: Doubts, settled: Settled) -> None:
    np.testing.assert_array_equal(doubts.margin, settled.alone)
    capped = np.stack([pose.margin for pose in settled.poses])
    assert (np.nan_to_num(doubts.margin) > np.nan_to_num(capped)).any()
    assert np.isnan(doubts.margin[0, HIDDEN])


def test_a_name_is_in_doubt_as_far_as_its_confidence_says_and_a_missing_one_is_not(
    doubts: Doubts, settled: Settled
) -> None:
    capped = np.stack([pose.margin for pose in settled.poses])
    known = np.isfinite(capped)
    np.testing.assert_allclose(doubts.doubt[known], 1 - confidence_of(capped)[known])
    assert (doubts.doubt[~known] == 0).all()


def test_a_rival_is_the_keypoint_nearest_to_where_one_was_put(doubts: Doubts, settled: Settled) -> None:
    """Where all are seen, that is a matter of distances; the tail, hidden at first, is where it was seen next."""
    for row in range(1, len(doubts)):
        points = settled.poses[row].points_mm
        gaps = np.linalg.norm(points[:, None] - points, axis=-1)
        np.fill_diagonal(gaps, np.inf)
        np.testing.assert_array_equal(doubts.rivals[row], gaps.argmin(axis=1))
    nearest_to_tail = np.linalg.norm(POSES[0][:HIDDEN] - POSES[0][HIDDEN], axis=1).argmin()
    moved = [pose if row else replace(pose, points_mm=_with_tail_on(pose.points_mm, nearest_to_tail))
             for row, pose in enumerate(settled.poses)]  # fmt: skip
    assert _rivals(np.stack([pose.points_mm for pose in moved]), SHAPE)[0, nearest_to_tail] == HIDDEN


def _with_tail_on(points_mm: np.ndarray, keypoint: int) -> np.ndarray:
    """Return a pose in which a keypoint was put where the tail is."""
    changed = points_mm.copy()
    changed[keypoint] = POSES[0][HIDDEN]
    return changed


def test_a_keypoint_is_tracked_from_where_it_was_a_moment_ago(doubts: Doubts, settled: Settled) -> None:
    assert not doubts.linked[0].any()
    assert not doubts.linked[1, HIDDEN]  # it was not seen before
    assert doubts.linked[2:].all()
    points = np.stack([pose.points_mm for pose in settled.poses])
    points[5:, 0] += 2 * LINKED * SHAPE.scale_mm
    assert np.argwhere(~_linked(points, SHAPE)[2:]).tolist() == [[3, 0]]


def test_clearance_is_the_gap_to_the_nearest_other_candidate(doubts: Doubts, stretch: Stretch) -> None:
    for row in range(len(doubts)):
        for camera, view in enumerate(stretch.evidence[row].views):
            for keypoint, number in enumerate(doubts.numbers[row, :, camera]):
                found = doubts.clearance_px[row, keypoint, camera]
                if number < 0:
                    assert np.isnan(found)
                else:
                    others = np.delete(view.points_px, number, axis=0)
                    assert found == pytest.approx(np.linalg.norm(others - view.points_px[number], axis=1).min())


def test_a_runner_up_comes_with_its_dots(doubts: Doubts, settled: Settled, stretch: Stretch) -> None:
    assert doubts.other_numbers[1, 2].tolist() == [9, 9, 9, 9]  # the false dot beside the back
    for row, pose in enumerate(settled.poses):
        points = stretch.evidence[row].points
        for keypoint, numbers in enumerate(doubts.other_numbers[row]):
            same = np.flatnonzero((points.numbers == numbers).all(axis=1))
            places = points.points_mm[same] if len(same) else np.full((1, 3), np.nan)
            assert any(np.array_equal(place, pose.runner_up_mm[keypoint], equal_nan=True) for place in places)


def test_sides_are_doubted_without_guesses(doubts: Doubts, settled: Settled, stretch: Stretch) -> None:
    expected = side_costs(stretch, settled.chosen, [None] * 8, guessing=False)
    for name, values in vars(expected).items():
        np.testing.assert_array_equal(getattr(doubts.sides, name), values)


def test_a_single_dot_in_a_view_has_all_the_room() -> None:
    alone = replace(evidence_of(POSES[0][:1], RIG), timepoint=0)
    chosen = np.full(9, len(alone.points))
    chosen[0] = int((alone.points.numbers >= 0).sum(axis=1).argmax())
    one = Stretch([alone], SHAPE, RIG, PoseSettings(), {})
    step = next(iter(run_pass(one, 0, Belief.at(POSES[0], SHAPE), asker=None, answers=[None])))[1]
    costs = side_costs(one, [step.chosen], [None])
    found = find_doubts(one, Settled([step.pose], [step.chosen], step.pose.margin[None], costs))
    assert step.pose.present.tolist() == [True] + [False] * 8
    assert np.isposinf(found.clearance_px[0, 0]).all()
    assert np.isnan(found.clearance_px[0, 1:]).all()


def test_packed_doubts_come_back_as_they_were(doubts: Doubts) -> None:
    record = doubts.packed()
    assert all(isinstance(values, np.ndarray) for values in record.values())
    back = Doubts.unpacked(record)
    assert back.start == doubts.start
    for name in ("chosen", "numbers", "other_numbers", "rivals", "margin", "doubt", "linked", "clearance_px"):
        np.testing.assert_array_equal(getattr(back, name), getattr(doubts, name), err_msg=name)
        assert getattr(back, name).dtype == getattr(doubts, name).dtype
    for name in ("pairs", "seen", "skeleton", "crossing"):
        np.testing.assert_array_equal(getattr(back.sides, name), getattr(doubts.sides, name), err_msg=name)
