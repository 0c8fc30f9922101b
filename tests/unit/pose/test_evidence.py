from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from behaviorvlm.geometry.mirror import FloorPlane
from behaviorvlm.pose.evidence import (
    DEEPEST,
    FLOOR_SLACK_MM,
    GATE_SPREADS,
    MIRRORED,
    SHARED_DOT,
    SUSPECT_DOT,
    VIEW_GAIN,
    Evidence,
)
from behaviorvlm.types import CandidateFlag, CandidateSet, Correspondence

FLOOR = FloorPlane(np.array([0.0, 0.0, 1.0]), 10.0)
GATE = 3.0


def make_evidence(
    numbers: Sequence[Sequence[int]],
    *,
    heights: Sequence[float] | None = None,
    error: Sequence[float] | None = None,
    mirrored: Sequence[bool] | None = None,
    flags: Sequence[int] = (0, 0, 0),
    floor: FloorPlane | None = None,
) -> Evidence:
    """Return evidence of three cameras with three candidates each; `flags` are those of the first camera."""
    count = len(numbers)
    places = np.zeros((3, 2))
    unknown = np.full(3, np.nan)
    views = tuple(
        CandidateSet(4, f"cam{camera}", places, unknown, unknown, np.array(flags) if camera == 0 else np.zeros(3))
        for camera in range(3)
    )
    points = np.zeros((count, 3))
    points[:, 2] = 50.0 if heights is None else heights
    error_px = np.zeros(count) if error is None else np.array(error)
    mirror = np.zeros(count, dtype=bool) if mirrored is None else np.array(mirrored)
    found = Correspondence(4, points, np.array(numbers).reshape(count, 3), error_px, mirror)
    return Evidence(4, views, found, floor, GATE)


def test_every_view_that_shows_a_point_speaks_for_it() -> None:
    evidence = make_evidence([[0, 1, 2], [1, -1, 0]])
    assert evidence.energy.tolist() == [-3 * VIEW_GAIN, -2 * VIEW_GAIN, 0.0]


def test_reprojection_error_speaks_against_a_point() -> None:
    spread = GATE / GATE_SPREADS
    evidence = make_evidence([[0, 1, 2], [1, -1, 0]], error=[1.5, 0.5])
    assert evidence.energy[0] == pytest.approx(-3 * VIEW_GAIN + 3 * 1.5**2 / (2 * spread**2))
    assert evidence.energy[1] == pytest.approx(-2 * VIEW_GAIN + 2 * 0.5**2 / (2 * spread**2))


def test_a_flagged_dot_gains_nothing_and_costs() -> None:
    evidence = make_evidence([[0, 1, 2], [1, 1, 2]], flags=(CandidateFlag.STATIC_SPECK, 0, 0))
    assert evidence.energy[:2].tolist() == [-2 * VIEW_GAIN + SUSPECT_DOT, -3 * VIEW_GAIN]


def test_a_mirror_image_costs() -> None:
    evidence = make_evidence([[0, 1, 2], [1, 0, 0]], mirrored=[True, False])
    assert evidence.energy[0] - evidence.energy[1] == MIRRORED


def test_below_the_floor_costs_more_the_deeper_but_not_without_end() -> None:
    evidence = make_evidence([[0, -1, 2]] * 4, heights=[11, 10, 10 - 1.5 * FLOOR_SLACK_MM, -900], floor=FLOOR)
    assert (evidence.energy[:4] + 2 * VIEW_GAIN).tolist() == pytest.approx([0, 0, 1.5**2, DEEPEST])


def test_a_shared_dot_costs_once_per_view_and_one_point_cannot_be_two_keypoints() -> None:
    conflict = make_evidence([[0, 1, -1], [0, 2, -1], [0, 1, 2], [1, -1, -1]]).conflict
    np.testing.assert_array_equal(conflict, conflict.T)
    assert conflict[0, 1] == SHARED_DOT
    assert conflict[0, 2] == 2 * SHARED_DOT
    assert conflict[0, 3] == conflict[1, 3] == 0  # both lack the third view: missing is not shared
    assert not conflict[-1].any()
    gained = 2 * -make_evidence([[0, 1, 2]]).energy[0]
    assert make_evidence([[0, 1, 2]]).conflict[0, 0] > gained


def test_votes_speak_for_the_points_that_rest_on_their_dots() -> None:
    evidence = make_evidence([[0, 1, -1], [0, 2, 2], [1, -1, 2]])
    votes = np.array([[0, -1], [2, 1], [-1, -1]])  # (camera, keypoint)
    weights = np.array([[1.0, 9.0], [0.5, 0.25], [9.0, 9.0]])
    energy = evidence.votes_energy(votes, weights)
    assert energy.tolist() == [[-1.0, -1.5, 0.0, 0.0], [-0.25, 0.0, 0.0, 0.0]]


def test_without_points_only_missing_is_left() -> None:
    evidence = make_evidence([])
    assert evidence.energy.tolist() == [0.0]
    assert evidence.conflict.tolist() == [[0.0]]
    assert np.isnan(evidence.with_missing_mm).all()
    assert evidence.with_missing_mm.shape == (1, 3)
    assert evidence.votes_energy(np.zeros((3, 5), dtype=np.int64), np.ones((3, 5))).tolist() == [[0.0]] * 5


def test_missing_has_no_place() -> None:
    evidence = make_evidence([[0, 1, -1]])
    assert np.isfinite(evidence.with_missing_mm[0]).all()
    assert np.isnan(evidence.with_missing_mm[1]).all()
