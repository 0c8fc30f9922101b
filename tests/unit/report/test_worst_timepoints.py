"""The timepoints to look at: the worst in each respect, and not one moment twice."""

from __future__ import annotations

import numpy as np
from unit.report.made_runs import SKELETON, walking

from behaviorvlm.report.pose_measures import PoseMeasures
from behaviorvlm.report.worst_timepoints import worst_timepoints
from behaviorvlm.types import PoseFlag


def measures() -> PoseMeasures:
    n = 200
    points = walking(n)
    points[150, :2] = np.nan
    error, margin = np.full((n, 4), 0.2), np.full((n, 4), 9.0)
    error[40, 2], error[41, 2], error[120, 0] = 7.0, 6.0, 3.0
    margin[80, 3] = 0.1
    flags = np.zeros((n, 4), dtype=np.int64)
    flags[10, 1] = int(PoseFlag.JUMP)
    return PoseMeasures(SKELETON, 25.0, np.arange(n) + 1000, points, error, margin, np.full((n, 4), 3), flags)


def test_each_respect_has_its_worst_with_a_reason() -> None:
    found = worst_timepoints(measures())
    assert [one.timepoint for one in found] == [1040, 1080, 1010, 1150]
    assert [one.row for one in found] == [40, 80, 10, 150]
    assert found[0].reason == "largest reprojection error: 7.00 px, right_ear"
    assert found[1].reason == "smallest margin: 0.10 nats, tail"
    assert found[2].reason == "a jump: left_ear"
    assert found[3].reason == "2 of 4 keypoints missing"


def test_more_are_taken_in_turn_and_none_is_beside_another() -> None:
    rows = [one.row for one in worst_timepoints(measures(), most=7)]
    assert 120 in rows and 41 not in rows
    assert min(np.diff(sorted(rows))) >= 4


def test_a_run_without_a_single_keypoint_has_nothing_but_missing_ones() -> None:
    empty = measures()
    nothing = np.full((200, 4), np.nan)
    found = PoseMeasures(
        SKELETON, 25.0, empty.timepoints, np.full((200, 4, 3), np.nan), nothing, nothing, empty.n_views * 0,
        empty.flags * 0,
    )  # fmt: skip
    assert {one.reason for one in worst_timepoints(found)} == {"4 of 4 keypoints missing"}
