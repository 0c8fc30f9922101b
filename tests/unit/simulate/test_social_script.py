"""The script of an encounter: what it says is what the bodies do, and they move as bodies do."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.simulate.social_body import KEYPOINTS, make_bodies
from behaviorvlm.simulate.social_script import (
    APPROACH,
    BEHAVIORS,
    CHASE,
    FOLLOW,
    HUDDLE,
    LOCOMOTION,
    ORAL_EAR,
    ORAL_GENITAL,
    ORAL_ORAL,
    REST,
    TURNING,
    WATCHING,
    SocialPlan,
    write_script,
)
from behaviorvlm.simulate.social_settings import SocialSettings
from behaviorvlm.simulate.social_steering import WALL_BL, Body, around, inside
from behaviorvlm.types import BoolArray, FloatArray

SETTINGS = SocialSettings()
RATE = SETTINGS.frame_rate_hz
SETTLED = 12
"""Frames into a bout after which the body has come to what it is about."""


@pytest.fixture(scope="module")
def plan() -> SocialPlan:
    return write_script(round(120 * RATE), 3, seed=2, settings=SETTINGS)


@pytest.fixture(scope="module")
def points(plan: SocialPlan) -> FloatArray:
    return make_bodies(plan, seed=2, frame_rate_hz=RATE).points


def during(plan: SocialPlan, name: str) -> BoolArray:
    """Return (timepoint, individual): where a behavior has lasted long enough to be seen."""
    is_so = plan.behaviors == list(BEHAVIORS).index(name)
    same = np.cumsum(np.diff(plan.behaviors * 10 + plan.targets, axis=0, prepend=-1) != 0, axis=0)
    late = np.zeros_like(is_so)
    late[SETTLED:] = same[SETTLED:] == same[:-SETTLED]
    return is_so & late


def speeds(plan: SocialPlan) -> FloatArray:
    return np.abs(np.gradient(plan.places_bl, axis=0)) * RATE


def to_target(plan: SocialPlan, points: FloatArray, name: str, *parts: str) -> FloatArray:
    """Return the distances of the nose from the nearest of some parts of the target, while a behavior lasts."""
    times, animals = np.nonzero(during(plan, name))
    nose = points[times, animals, KEYPOINTS.index("nose")]
    there = [points[times, plan.targets[times, animals], KEYPOINTS.index(part)] for part in parts]
    return np.min([np.linalg.norm(nose - part, axis=-1) for part in there], axis=0)


def test_every_behavior_comes(plan: SocialPlan) -> None:
    assert set(np.unique(plan.behaviors).tolist()) == set(range(len(BEHAVIORS)))


@pytest.mark.parametrize(
    ("name", "parts"),
    [(ORAL_ORAL, ["nose"]), (ORAL_EAR, ["left_ear", "right_ear"]), (ORAL_GENITAL, ["tail_base"])],
)
def test_a_nose_is_where_the_contact_says(plan, points, name: str, parts: list[str]) -> None:
    away = to_target(plan, points, name, *parts)
    assert len(away) > 20
    assert np.median(away) < 0.15
    assert np.quantile(away, 0.95) < 0.3


def test_who_rests_or_watches_stays_and_who_walks_moves(plan: SocialPlan) -> None:
    speed = speeds(plan)
    for name in (REST, WATCHING, TURNING, HUDDLE):
        assert np.quantile(speed[during(plan, name)], 0.95) < 0.3, name
    assert np.median(speed[during(plan, LOCOMOTION)]) > 1
    assert np.median(speed[during(plan, CHASE)]) > np.median(speed[during(plan, FOLLOW)]) > 1.2
    assert np.median(speed[during(plan, APPROACH)]) > 1.2


def test_who_turns_turns(plan: SocialPlan) -> None:
    turning = np.abs(np.gradient(plan.heading_rad, axis=0)) * RATE
    assert np.median(turning[during(plan, TURNING)]) > 3
    assert np.quantile(turning[during(plan, REST)], 0.95) < 0.3


def test_who_watches_faces_the_other(plan: SocialPlan) -> None:
    times, animals = np.nonzero(during(plan, WATCHING))
    bearing = np.angle(plan.places_bl[times, plan.targets[times, animals]] - plan.places_bl[times, animals])
    off = np.abs(np.angle(np.exp(1j * (bearing - plan.heading_rad[times, animals]))))
    assert np.quantile(off, 0.9) < 0.5


def test_who_is_approached_is_nearer_in_the_end(plan: SocialPlan) -> None:
    is_so = plan.behaviors == list(BEHAVIORS).index(APPROACH)
    for animal in range(3):
        edges = np.flatnonzero(np.diff(is_so[:, animal], prepend=False, append=False))
        for start, stop in edges.reshape(-1, 2).tolist():
            target = plan.targets[start, animal]
            apart = np.abs(plan.places_bl[:, animal] - plan.places_bl[:, target])
            assert apart[start] > 2
            assert stop == len(is_so) or apart[stop] < apart[start] - 0.8


def test_a_huddle_is_side_by_side_and_of_both(plan: SocialPlan) -> None:
    times, animals = np.nonzero(during(plan, HUDDLE))
    targets = plan.targets[times, animals]
    assert np.abs(plan.places_bl[times, animals] - plan.places_bl[times, targets]).max() < 0.65
    assert (plan.behaviors[times, targets] == list(BEHAVIORS).index(HUDDLE)).all()
    assert (plan.targets[times, targets] == animals).all()


def test_bodies_neither_jump_nor_leave_the_arena(plan: SocialPlan, points: FloatArray) -> None:
    step = np.linalg.norm(np.diff(points, axis=0), axis=-1)
    assert step.max() < 0.35  # 10 body lengths a second
    assert min(plan.places_bl.real.min(), plan.places_bl.imag.min()) >= WALL_BL
    assert max(plan.places_bl.real.max(), plan.places_bl.imag.max()) <= SETTINGS.arena_bl - WALL_BL


def test_a_body_keeps_its_size(points: FloatArray) -> None:
    length = np.linalg.norm(points[:, :, KEYPOINTS.index("nose")] - points[:, :, KEYPOINTS.index("tail_base")], axis=-1)
    assert 0.7 < length.min() < length.max() < 1.05
    assert np.median(length) == pytest.approx(0.95, abs=0.04)


def test_left_is_left(points: FloatArray) -> None:
    """Seen from above with y down, the animal's left is where its heading, turned against the clock, points."""
    nose, neck = points[:, :, KEYPOINTS.index("nose")], points[:, :, KEYPOINTS.index("neck")]
    left = points[:, :, KEYPOINTS.index("left_ear")] - neck
    ahead = nose - neck
    assert (ahead[..., 0] * left[..., 1] - ahead[..., 1] * left[..., 0] < 0).all()


def test_a_longer_script_starts_the_same() -> None:
    short, long = (write_script(count, 2, seed=5, settings=SETTINGS) for count in (100, 300))
    np.testing.assert_array_equal(short.places_bl, long.places_bl[:100])
    np.testing.assert_array_equal(short.behaviors, long.behaviors[:100])


def test_one_animal_has_nobody_to_turn_to() -> None:
    alone = write_script(900, 1, seed=0, settings=SETTINGS)
    assert set(np.unique(alone.targets)) == {-1}
    assert {list(BEHAVIORS)[code] for code in np.unique(alone.behaviors)} <= {REST, LOCOMOTION, TURNING}


def test_the_way_to_the_other_side_goes_around() -> None:
    assert around(Body(0j, 0.0), 4 + 0j, 2 + 0.1j) == pytest.approx(2 - 0.9j)
    assert around(Body(0j, 0.0), 4 + 0j, 2 - 0.1j) == pytest.approx(2 + 0.9j)
    assert around(Body(0j, 0.0), 4 + 0j, 2 + 1j) == 4
    assert around(Body(0j, 0.0), 4 + 0j, -1 + 0j) == 4
    assert inside(-3 + 20j, 7.0) == complex(WALL_BL, 7 - WALL_BL)
