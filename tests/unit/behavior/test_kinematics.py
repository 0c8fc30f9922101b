"""Known motion gives known numbers, and what cannot be said is missing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from unit.behavior.moving_animals import BODY, ROLES, tracks_of, wandering, with_missing

from behaviorvlm.behavior.kinematics import Kinematics, measure_kinematics
from behaviorvlm.behavior.motion import LONGEST_GAP_S
from behaviorvlm.behavior.trunk import measure_trunk
from behaviorvlm.types import KeypointRoles, Role, Tracks


def measured(tracks: Tracks, roles: KeypointRoles = ROLES) -> Kinematics:
    return measure_kinematics(tracks, roles, frame_rate_hz=30)


def test_walking_straight_on() -> None:
    """1.5 lengths a second along +x; the other stands 3 lengths ahead of it, looking back."""
    time = np.arange(60) / 30
    center = np.stack([150 * time, np.full(60, 300.0)], axis=1) + 0j
    kinematics = measured(tracks_of(center, np.tile([0.0, np.pi], (60, 1))))
    np.testing.assert_allclose(kinematics.speed_bl_s, np.tile([1.5, 0], (60, 1)), atol=1e-9)
    np.testing.assert_allclose(kinematics.forward_bl_s, np.tile([1.5, 0], (60, 1)), atol=1e-9)
    np.testing.assert_allclose(kinematics.distance_bl[:, 0, 1], 3 - 1.5 * time)
    np.testing.assert_allclose(kinematics.closing_bl_s[:, 0, 1], 1.5)
    np.testing.assert_allclose(kinematics.closing_bl_s[:, 1, 0], 0, atol=1e-9)
    np.testing.assert_allclose(kinematics.bearing_deg[:, 0, 1], 0, atol=1e-6)
    np.testing.assert_allclose(kinematics.bearing_deg[:, 1, 0], 0, atol=1e-6)
    np.testing.assert_allclose(kinematics.nose_to[Role.NOSE][:, 0, 1], np.abs(2 - 1.5 * time), atol=1e-9)
    np.testing.assert_allclose(kinematics.nose_to[Role.TAIL_BASE][:, 0, 1], 3 - 1.5 * time, atol=1e-9)
    np.testing.assert_allclose(kinematics.gap_bl[:30, 0, 1], 2 - 1.5 * time[:30], atol=1e-9)
    assert np.isnan(kinematics.distance_bl[:, 0, 0]).all()
    assert not kinematics.filled.any()


def test_walking_backwards_is_below_zero() -> None:
    center = -50.0 * np.arange(30)[:, None] / 30 + 0j
    np.testing.assert_allclose(measured(tracks_of(center, np.zeros((30, 1)))).forward_bl_s, -0.5, atol=1e-9)


@pytest.mark.parametrize("degrees_s", [180.0, -180.0])
def test_turning_is_clockwise_as_the_picture_shows_it_and_goes_round_and_round(degrees_s: float) -> None:
    heading = np.radians(degrees_s) * np.arange(200)[:, None] / 30
    kinematics = measured(tracks_of(np.zeros((200, 1), complex), heading))
    np.testing.assert_allclose(kinematics.turning_deg_s, degrees_s)
    np.testing.assert_allclose(kinematics.speed_bl_s[3:-3], 0, atol=0.01)  # their points do not lie around the middle


def test_bearing_is_to_the_right_where_the_picture_shows_the_other_to_the_right() -> None:
    center = np.tile([0, 100j], (10, 1))
    kinematics = measured(tracks_of(center, np.zeros((10, 2))))
    np.testing.assert_allclose(kinematics.bearing_deg[:, 0, 1], 90)
    np.testing.assert_allclose(kinematics.bearing_deg[:, 1, 0], -90)


def test_short_gaps_are_filled_and_said_so_and_long_ones_stay() -> None:
    longest = round(LONGEST_GAP_S * 30)
    tracks = wandering(120, individuals=1)
    tracks = with_missing(tracks, (slice(20, 20 + longest), 0))
    tracks = with_missing(tracks, (slice(60, 61 + longest), 0))
    kinematics = measured(tracks)
    assert np.flatnonzero(kinematics.filled[:, 0]).tolist() == list(range(20, 20 + longest))
    for field in (kinematics.center_px[..., 0], kinematics.heading_rad, kinematics.speed_bl_s, kinematics.elongation):
        assert np.flatnonzero(np.isnan(field[:, 0])).tolist() == list(range(60, 61 + longest))
    assert np.isfinite(kinematics.parts_px[Role.NOSE][20:28]).all()


def test_a_point_that_comes_and_goes_is_no_motion() -> None:
    still = tracks_of(np.zeros((200, 1), complex), np.zeros((200, 1)))
    rng = np.random.default_rng(0)
    lost = rng.random((200, 1, len(BODY))) < 0.5
    np.testing.assert_allclose(np.nan_to_num(measured(with_missing(still, np.nonzero(lost))).speed_bl_s), 0, atol=1e-9)


def test_who_is_absent_throughout_is_missing_everywhere_and_disturbs_nobody() -> None:
    tracks = wandering(100, individuals=3)
    kinematics, alone = measured(with_missing(tracks, (slice(None), 1))), measured(tracks)
    for name in ("distance_bl", "gap_bl", "bearing_deg", "closing_bl_s"):
        pairs = getattr(kinematics, name)
        assert np.isnan(pairs[:, 1]).all()
        assert np.isnan(pairs[:, :, 1]).all()
        np.testing.assert_allclose(pairs[:, 0, 2], getattr(alone, name)[:, 0, 2])
    np.testing.assert_allclose(kinematics.speed_bl_s[:, [0, 2]], alone.speed_bl_s[:, [0, 2]])
    assert np.isnan(kinematics.body_length_px[1])


def test_one_animal_and_three_frames() -> None:
    kinematics = measured(wandering(3, individuals=1))
    assert kinematics.gap_bl.shape == (3, 1, 1)
    assert np.isfinite(kinematics.speed_bl_s).all()
    assert np.isnan(kinematics.distance_bl).all()


def test_nothing_seen_and_no_frames() -> None:
    nothing = measured(with_missing(wandering(10), (slice(None),)))
    assert np.isnan(nothing.center_px).all()
    assert measured(wandering(0)).gap_bl.shape == (0, 2, 2)


def test_without_a_part_of_the_head_there_is_no_reach_and_unknown_keypoints_are_passed_over() -> None:
    roles = KeypointRoles({Role.BODY_CENTER: "back", Role.TAIL_BASE: "rump", Role.NOSE: "not tracked"})
    kinematics = measured(wandering(30), roles)
    assert kinematics.nose_to == {}
    assert set(kinematics.parts_px) == {Role.BODY_CENTER, Role.TAIL_BASE}
    assert np.isfinite(kinematics.heading_rad).all()


def test_the_tail_is_no_contact() -> None:
    """The second's tail lies at the first's snout; its rump is 0.35 lengths away."""
    center = np.tile([0, 135.0 + 0j], (10, 1))
    np.testing.assert_allclose(measured(tracks_of(center, np.zeros((10, 2)))).gap_bl[:, 0, 1], 0.35)


def test_pieces_give_what_the_whole_gives_with_one_trunk() -> None:
    tracks = with_missing(wandering(300), (slice(90, 95), 0))
    whole, trunk = measured(tracks), measure_trunk(tracks, ROLES)
    piece = Tracks(
        tracks.individuals,
        tracks.keypoints,
        tracks.points_px[80:200],
        tracks.confidence[80:200],
        tracks.times_s[80:200],
    )
    part = measure_kinematics(piece, ROLES, frame_rate_hz=30, trunk=trunk)
    for field in dataclasses.fields(Kinematics):
        value = getattr(part, field.name)
        if isinstance(value, np.ndarray) and len(value) == 120:
            np.testing.assert_allclose(value[10:110], getattr(whole, field.name)[90:190], atol=1e-6, err_msg=field.name)
