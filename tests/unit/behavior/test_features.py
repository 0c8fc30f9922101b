"""Features mean what their columns say, whatever the animal's place, size, heading and company."""

from __future__ import annotations

import numpy as np
import pytest
from unit.behavior.moving_animals import BODY, ROLES, tracks_of, wandering, with_missing

from behaviorvlm.behavior.features import feature_columns, features_in_blocks, keypoint_features
from behaviorvlm.behavior.kinematics import measure_kinematics
from behaviorvlm.types import KeypointRoles, Tracks

NAMES = [column.name for column in feature_columns(tuple(BODY), ROLES)]


def measured(tracks: Tracks, roles: KeypointRoles = ROLES) -> np.ndarray:
    return keypoint_features(measure_kinematics(tracks, roles, frame_rate_hz=30), tracks, roles)


def of(features: np.ndarray, name: str) -> np.ndarray:
    return features[..., NAMES.index(name)]


def test_columns_are_named_once_and_defined() -> None:
    columns = feature_columns(tuple(BODY), ROLES)
    assert len(set(NAMES)) == len(NAMES)
    assert all(column.definition.endswith((".", "frame.")) for column in columns)
    assert {column.block for column in columns} == {"pose", "motion", "social"}
    assert {column.unit for column in columns} == {"", "bl", "bl/s", "deg/s", "share"}


@pytest.mark.parametrize("individuals", [1, 2, 4])
@pytest.mark.parametrize("roles", [ROLES, KeypointRoles()])
def test_columns_are_the_same_for_any_number_of_animals(individuals: int, roles: KeypointRoles) -> None:
    features = measured(wandering(20, individuals=individuals), roles)
    assert features.shape == (individuals, 20, len(feature_columns(tuple(BODY), roles)))
    assert features.dtype == np.float32


def test_the_pose_is_in_the_bodys_own_frame_whatever_place_heading_and_size() -> None:
    tracks = wandering(60)
    moved = Tracks(
        tracks.individuals,
        tracks.keypoints,
        2.5 * tracks.points_px[..., ::-1] * [-1, 1] + 1000,  # turned by 90 degrees, grown, shifted
        tracks.confidence,
        tracks.times_s,
    )
    features = measured(tracks)
    np.testing.assert_allclose(measured(moved), features, atol=2e-3)
    np.testing.assert_allclose(of(features, "ear_r ahead"), 0.3, atol=1e-6)
    np.testing.assert_allclose(of(features, "ear_r rightward"), 0.12, atol=1e-6)


def test_motion_and_company_of_a_known_scene() -> None:
    """One walks 1 length a second towards the side of another that stands still; a third is far off."""
    time = np.arange(90) / 30
    center = np.stack([100 * time + 0j, np.full(90, 500 + 0j), np.full(90, 500 + 4000j)], axis=1)
    features = measured(tracks_of(center, np.tile([0, np.pi / 2, 0], (90, 1))))
    first = features[0]
    for name, expected in {
        "forward speed": 1,
        "sideways speed": 0,
        "turning": 0,
        "closing": 1,
        "other closing": 0,
        "other speed": 0,
        "speed difference": 1,
        "bearing cosine": 1,
        "bearing sine": 0,
        "other bearing sine": 1,  # it comes from the right of the other, which looks down
        "other bearing cosine": 0,
        "relative heading sine": 1,
        "missing": 0,
        "missing others": 0,
        "speed, mean of 0.5 s": 1,
        "speed, spread of 0.5 s": 0,
    }.items():
        np.testing.assert_allclose(of(first, name), expected, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(of(first, "distance"), 5 - time, rtol=1e-5)
    np.testing.assert_allclose(of(first, "nose to body"), 4.5 - time, rtol=1e-5)
    np.testing.assert_allclose(of(first, "distance, mean of 0.5 s")[20:60], (5 - time)[20:60], rtol=1e-5)
    far = np.hypot(5 - time, 40)
    np.testing.assert_allclose(of(first, "distance of all"), (5 - time + far) / 2, rtol=1e-5)
    np.testing.assert_allclose(of(features[2], "distance"), 40, rtol=1e-5)  # the one that stands is nearer


def test_an_animal_alone_has_no_company_and_says_so() -> None:
    features = measured(wandering(30, individuals=1))
    columns = feature_columns(tuple(BODY), ROLES)
    social = [n for n, column in enumerate(columns) if column.block == "social" and "missing" not in column.name]
    assert np.isnan(features[..., social]).all()
    assert (of(features, "missing others") == 1).all()


def test_what_is_not_seen_is_missing_and_its_share_is_said() -> None:
    tracks = with_missing(wandering(100), (slice(30, 60), 0))
    features = measured(with_missing(tracks, (slice(None), 0, 5)))
    assert np.isnan(of(features, "speed")[0, 30:60]).all()
    assert np.isnan(of(features, "distance")[1, 30:60]).all()
    assert (of(features, "missing others")[1] == np.isin(np.arange(100), np.arange(30, 60))).all()
    np.testing.assert_allclose(of(features, "missing")[0, :30], 1 / 6, rtol=1e-6)
    assert (of(features, "missing")[0, 30:60] == 1).all()
    assert np.isnan(of(features, "speed, mean of 0.5 s")[0, 45])
    assert np.isfinite(of(features, "speed, mean of 2 s")[0, 45])


def test_a_filled_gap_still_counts_as_missing() -> None:
    features = measured(with_missing(wandering(50), (slice(20, 24), 0)))
    assert np.isfinite(of(features, "speed")[0, 20:24]).all()
    assert (of(features, "missing")[0, 20:24] == 1).all()


@pytest.mark.parametrize("block_frames", [1, 47, 150])
def test_blocks_equal_the_whole(block_frames: int) -> None:
    tracks = with_missing(wandering(150, individuals=3), (slice(40, 47), 0))
    tracks = with_missing(tracks, (slice(90, 110), 1, slice(0, 3)))
    blocks = features_in_blocks(tracks, ROLES, frame_rate_hz=30, block_frames=block_frames)
    starts, pieces = zip(*blocks, strict=True)
    assert list(starts) == list(range(0, 150, block_frames))
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), measured(tracks), rtol=1e-4, atol=2e-3)


def test_without_keypoints_there_are_no_features() -> None:
    assert feature_columns((), KeypointRoles()) == ()


@pytest.mark.parametrize("n_frames", [0, 1, 3])
def test_very_short_recordings(n_frames: int) -> None:
    assert measured(wandering(n_frames)).shape == (2, n_frames, len(NAMES))


def test_who_is_absent_throughout_is_missing_and_the_others_do_not_mind() -> None:
    tracks = wandering(50, individuals=3)
    features, without = measured(with_missing(tracks, (slice(None), 1))), measured(tracks)
    assert np.isnan(of(features, "speed")[1]).all()
    assert (of(features, "missing")[1] == 1).all()
    np.testing.assert_allclose(of(features, "speed")[[0, 2]], of(without, "speed")[[0, 2]], rtol=1e-6)
    assert np.isfinite(of(features, "distance")[[0, 2]]).all()
