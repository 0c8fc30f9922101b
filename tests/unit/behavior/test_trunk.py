"""The usual trunk, and where it lies, for any keypoints."""

from __future__ import annotations

import numpy as np
import pytest
from unit.behavior.moving_animals import BODY, ROLES, tracks_of, wandering, with_missing

from behaviorvlm.behavior.trunk import as_complex, measure_trunk, place_trunk, trunk_keypoints
from behaviorvlm.types import KeypointRoles, Role, Tracks


def test_the_shape_is_the_animals_own_and_its_length_from_nose_to_tail_base() -> None:
    trunk = measure_trunk(wandering(200), ROLES)
    np.testing.assert_allclose(trunk.length_px, 100)
    expected = np.array([*list(BODY.values())[:5], np.nan])
    np.testing.assert_allclose(trunk.shape, np.stack([expected, expected]), atol=1e-6)


def test_middle_and_heading_survive_the_loss_of_any_three_points() -> None:
    truth = wandering(100, individuals=1)
    trunk = measure_trunk(truth, ROLES)
    whole = place_trunk(as_complex(truth.points_px), trunk)
    for kept in ([0, 3], [1, 2], [0, 4], [2, 4]):
        lost = [number for number in range(6) if number not in kept]
        part = place_trunk(as_complex(with_missing(truth, (slice(None), 0, lost)).points_px), trunk)
        np.testing.assert_allclose(part.center, whole.center, atol=1e-6)
        np.testing.assert_allclose(part.heading_rad, whole.heading_rad, atol=1e-9)


def test_a_single_point_has_a_place_but_no_direction() -> None:
    truth = wandering(50, individuals=1)
    trunk = measure_trunk(truth, ROLES)
    alone = place_trunk(as_complex(with_missing(truth, (slice(None), 0, [0, 1, 2, 4, 5])).points_px), trunk)
    np.testing.assert_allclose(alone.center[:, 0], as_complex(truth.points_px)[:, 0, 3])
    assert np.isnan(alone.heading_rad).all()
    assert np.isnan(alone.elongation).all()


def test_elongation_is_length_over_the_usual_length() -> None:
    stretch = np.tile([[0.8], [1.0], [1.0], [1.2]], (20, 1))
    tracks = tracks_of(np.zeros((80, 1), complex), np.zeros((80, 1)), stretch=stretch)
    place = place_trunk(as_complex(tracks.points_px), measure_trunk(tracks, ROLES))
    np.testing.assert_allclose(place.elongation, stretch)


def test_without_roles_the_front_is_where_the_animal_goes() -> None:
    tracks = wandering(300)
    place = place_trunk(as_complex(tracks.points_px), measure_trunk(tracks, KeypointRoles()))
    named = place_trunk(as_complex(tracks.points_px), measure_trunk(tracks, ROLES))
    off = np.angle(np.exp(1j * (place.heading_rad - named.heading_rad)))
    assert np.abs(off).max() < np.radians(6)  # the tail bends the principal axis a little
    backwards = Tracks(tracks.individuals, tracks.keypoints, tracks.points_px[::-1], tracks.confidence, tracks.times_s)
    flipped = place_trunk(as_complex(backwards.points_px), measure_trunk(backwards, KeypointRoles()))
    np.testing.assert_allclose(np.abs(np.angle(np.exp(1j * (flipped.heading_rad[::-1] - place.heading_rad)))), np.pi)


def test_points_of_low_confidence_do_not_shape_it() -> None:
    tracks = wandering(100, individuals=1)
    points, confidence = tracks.points_px.copy(), np.ones(tracks.confidence.shape)
    points[::2, :, 0] += 500
    confidence[::2, :, 0] = 0.1
    spoiled = Tracks(tracks.individuals, tracks.keypoints, points, confidence, tracks.times_s)
    np.testing.assert_allclose(measure_trunk(spoiled, ROLES).length_px, 100)


def test_who_is_never_seen_has_no_length_and_who_is_half_seen_has_that_of_the_others() -> None:
    tracks = wandering(60, individuals=3)
    tracks = with_missing(tracks, (slice(None), 1))
    tracks = with_missing(tracks, (slice(None), 2, 0))
    np.testing.assert_allclose(measure_trunk(tracks, ROLES).length_px, [100, np.nan, 100])


def test_points_that_all_coincide_have_no_length() -> None:
    tracks = Tracks(("a",), ("p", "q"), np.ones((20, 1, 2, 2)), np.ones((20, 1, 2)), np.arange(20.0))
    for roles in (KeypointRoles(), KeypointRoles({Role.NOSE: "p", Role.TAIL_BASE: "q"})):
        trunk = measure_trunk(tracks, roles)
        assert np.isnan(trunk.length_px).all()
        assert np.isnan(place_trunk(as_complex(tracks.points_px), trunk).heading_rad).all()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({Role.NOSE: "a", Role.TAIL_BASE: "b", Role.TAIL_TIP: "c"}, [True, True, False]),
        ({Role.NOSE: "a", Role.TAIL_TIP: "c"}, [True, True, True]),
        ({}, [True, True, True]),
    ],
)
def test_the_trunk_is_the_named_parts_or_everything(names: dict[Role, str], expected: list[bool]) -> None:
    assert trunk_keypoints(("a", "b", "c"), KeypointRoles(names)).tolist() == expected
