"""A recording measured in pieces is the recording measured whole, to the last digit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from unit.behavior.encounters import recorded
from unit.behavior.moving_animals import ROLES, tracks_of, wandering, with_missing

from behaviorvlm.behavior import frame_conditions, recording_kinematics, trunk
from behaviorvlm.behavior.kinematic_rules import KinematicRules
from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.behavior.kinematics import Kinematics, measure_kinematics
from behaviorvlm.behavior.recording_kinematics import kinematics_of, measure_recording
from behaviorvlm.types import KeypointRoles, Role, Tracks

PIECE = 64


@pytest.fixture(autouse=True)
def _short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (recording_kinematics, frame_conditions, trunk):
        monkeypatch.setattr(module, "PIECE_FRAMES", PIECE)


def with_gaps() -> Tracks:
    """Three animals: points that come and go, gaps of all lengths over the edges of pieces, and one that spins."""
    tracks = wandering(500, individuals=3)
    spinning = tracks_of(np.full((500, 1), 300 + 300j), -0.9 * np.arange(500)[:, None])
    points = tracks.points_px.copy()
    points[:, 2] = spinning.points_px[:, 0]
    points[np.random.default_rng(1).random(points.shape[:3]) < 0.1] = np.nan
    for start, length in ((60, 5), (120, 12), (190, 7), (250, 9), (380, 40)):
        points[start : start + length, start % 3] = np.nan
    return Tracks(tracks.individuals, tracks.keypoints, points, tracks.confidence, tracks.times_s)


def assert_same(part: Kinematics, whole: Kinematics) -> None:
    for one in dataclasses.fields(Kinematics):
        mine, theirs = getattr(part, one.name), getattr(whole, one.name)
        if isinstance(theirs, dict):
            assert list(mine) == list(theirs)
            for role in theirs:
                np.testing.assert_array_equal(mine[role], theirs[role], err_msg=f"{one.name} {role}")
        else:
            np.testing.assert_array_equal(mine, theirs, err_msg=one.name)


@pytest.mark.parametrize("roles", [ROLES, KeypointRoles(), KeypointRoles({Role.BODY_CENTER: "back"})])
def test_every_piece_equals_that_part_of_the_whole(roles: KeypointRoles) -> None:
    tracks = with_gaps()
    whole = measure_kinematics(tracks, roles, frame_rate_hz=30.0)
    pieces = measure_recording(tracks, roles, frame_rate_hz=30.0)
    for start, stop in ((0, 500), (0, 10), (55, 70), (63, 65), (120, 400), (499, 500), (200, 200)):
        assert_same(pieces.over(start, stop), whole.over(start, stop))
    np.testing.assert_array_equal(pieces.center_px, whole.center_px)
    assert set(pieces.roles) == set(whole.roles)


def test_one_that_turned_often_is_measured_as_if_it_had_just_begun() -> None:
    """Turning is a slope of a heading without jumps, which grows turn by turn: rounding must be that of the whole."""
    tracks = with_gaps()
    whole = measure_kinematics(tracks, ROLES, frame_rate_hz=30.0)
    found = measure_recording(tracks, ROLES, frame_rate_hz=30.0)
    np.testing.assert_array_equal(found.motion.turning_deg_s, whole.turning_deg_s)


def test_one_animal_and_few_frames() -> None:
    for n_frames in (0, 1, 3):
        tracks = wandering(n_frames, individuals=1)
        whole = measure_kinematics(tracks, ROLES, frame_rate_hz=30.0)
        assert_same(measure_recording(tracks, ROLES, frame_rate_hz=30.0).over(0, n_frames), whole)


def test_rules_name_frames_alike_from_pieces_and_from_the_whole() -> None:
    recording = recorded(with_gaps())
    assert recording.tracks is not None
    whole = measure_kinematics(recording.tracks, ROLES, frame_rate_hz=30.0)
    pieces = kinematics_of(recording)
    assert pieces is not None
    for animal in range(3):
        one, other = (KinematicRules(told, KinematicThresholds()).name_frames(animal) for told in (whole, pieces))
        np.testing.assert_array_equal(one.behavior, other.behavior)
        np.testing.assert_array_equal(one.target, other.target)


def test_nobody_is_seen() -> None:
    tracks = with_missing(wandering(200, individuals=2), (slice(None),))
    assert np.isnan(measure_recording(tracks, ROLES, frame_rate_hz=30.0).over(0, 200).center_px).all()
