"""Measured facts become one name for every frame."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.behavior.encounters import recorded, two, viewed
from unit.behavior.moving_animals import ROLES, wandering

from behaviorvlm.behavior.kinematic_behaviors import BEHAVIORS, CODES, definitions, impossible_behaviors
from behaviorvlm.behavior.kinematic_rules import NOBODY, NOT_SEEN, KinematicRules, steady
from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.types import KeypointRoles, Role, Tracks

STILL = np.zeros(91)


def names(tracks: Tracks, *, animal: int = 0, roles: KeypointRoles = ROLES, **changed: float) -> list[tuple[str, int]]:
    """Return behavior and target of every frame."""
    kinematics = viewed(recorded(tracks, roles=roles)).kinematics
    assert kinematics is not None
    named = KinematicRules(kinematics, KinematicThresholds(**changed)).name_frames(animal)
    told = ["unseen" if code == NOT_SEEN else BEHAVIORS[code].name for code in named.behavior.tolist()]
    return list(zip(told, named.target.tolist(), strict=True))


def mostly(tracks: Tracks, *, animal: int = 0, roles: KeypointRoles = ROLES) -> tuple[str, int]:
    """Return the most frequent of them."""
    return Counter(names(tracks, animal=animal, roles=roles)).most_common(1)[0][0]


def test_one_that_walks_up_to_another_approaches_it() -> None:
    tracks = two(np.linspace(0, 80, 31), 200.0, headings=(0.0, 0.0))
    assert mostly(tracks) == ("approach", 1)
    assert mostly(tracks, animal=1) == ("rest", NOBODY), "the other does nothing"


def test_it_approaches_only_where_it_is_near() -> None:
    told = names(two(np.linspace(0, 450, 91), 600.0, headings=(0.0, 0.0)))
    assert told[85] == ("approach", 1)
    assert told[40] == ("locomotion", NOBODY), "more than two body lengths away"


def test_one_that_stops_far_away_has_not_approached() -> None:
    tracks = two(np.linspace(0, 200, 91), 600.0, headings=(0.0, 0.0))
    assert mostly(tracks) == ("locomotion", NOBODY)


@pytest.mark.parametrize(("speed", "name"), [(1.0, "follow"), (2.5, "chase")])
def test_one_that_goes_behind_another_follows_or_chases_it_by_its_speed(speed: float, name: str) -> None:
    walk = np.linspace(0, 300 * speed, 91)
    tracks = two(walk, walk + 150, headings=(0.0, 0.0))
    assert mostly(tracks) == (name, 1)
    assert mostly(two(walk, walk + 250, headings=(0.0, 0.0)))[0] != "follow", "too far behind to follow"


def test_the_chased_one_flees() -> None:
    walk = np.linspace(0, 750, 91)
    assert mostly(two(walk, walk + 150, headings=(0.0, 0.0)), animal=1) == ("flee", 0)


def test_one_that_walks_away_from_who_came_avoids_it() -> None:
    """One comes in 2 s and stops half a length away; the other then walks off to the same side."""
    comes = np.interp(np.arange(151), [0, 60, 150], [0, 150, 150])
    leaves = np.interp(np.arange(151), [0, 60, 90, 150], [300, 300, 360, 360])
    told = names(two(comes, leaves, headings=(0.0, 0.0)), animal=1)
    assert Counter(told[64:86]).most_common(1)[0][0] == ("avoid", 0)
    calm = np.full(151, 150.0)
    assert ("avoid", 0) not in names(two(calm, leaves, headings=(0.0, 0.0)), animal=1), "nobody came"


@pytest.mark.parametrize(
    ("place", "heading", "name"),
    [
        (120.0, np.pi, "oral-oral contact"),
        (120.0, 0.0, "oral-genital contact"),
        (30 + 20j, 0.0, "oral-ear contact"),
        (65 + 0j, np.pi / 2, "oral-body contact"),
        (25j, 0.0, "side-by-side contact"),
        (10 + 25j, np.pi, "oral-genital contact"),
        (-20 + 28j, np.pi, "side-by-side contact"),
    ],
)
def test_contacts_are_told_apart(place: complex, heading: float, name: str) -> None:
    assert mostly(two(STILL, STILL + place, headings=(0.0, heading))) == (name, 1)


def test_who_is_sniffed_does_nothing_but_receive_it() -> None:
    tracks = two(STILL, 120.0, headings=(0.0, 0.0))
    assert mostly(tracks, animal=1) == ("contact received", 0)


def test_without_a_nose_the_head_makes_contact() -> None:
    headed = KeypointRoles({Role.HEAD: "back", Role.TAIL_BASE: "rump"})
    tracks = two(STILL, 10 + 15j, headings=(0.0, 0.0))
    assert mostly(tracks, roles=headed)[0] == "head contact"
    assert not any(name.startswith("oral") for name, _ in names(tracks, roles=headed))


def test_long_resting_contact_is_a_huddle_and_short_is_not() -> None:
    long, short = np.zeros(301), np.zeros(240)
    assert mostly(two(long, 25j, headings=(0.0, 0.0))) == ("huddle", 1)
    assert mostly(two(short, 25j, headings=(0.0, 0.0))) == ("side-by-side contact", 1)


def test_a_long_look_from_afar_is_watching() -> None:
    assert mostly(two(STILL, 300.0, headings=(0.0, 0.0))) == ("watching", 1)
    assert mostly(two(STILL[:80], 300.0, headings=(0.0, 0.0))) == ("rest", NOBODY), "not for 3 s"
    assert mostly(two(STILL, 300.0, headings=(np.radians(30), 0.0))) == ("rest", NOBODY), "looks past it"
    assert mostly(two(STILL, 600.0, headings=(0.0, 0.0))) == ("rest", NOBODY), "too far"


def test_near_without_touching_is_close() -> None:
    assert mostly(two(STILL, 133.0, headings=(np.pi, 0.0))) == ("close", 1)


@pytest.mark.parametrize(
    ("degrees", "stretch", "name"),
    [(0.0, 1.0, "rest"), (90.0, 1.0, "turning in place"), (20.0, 1.0, "rest")],
)
def test_alone_it_rests_or_turns(degrees: float, stretch: float, name: str) -> None:
    turning = np.radians(np.arange(91) / 30 * degrees)
    assert mostly(two(STILL, 2000.0, headings=(turning, 0.0), stretch=stretch)) == (name, NOBODY)


def test_a_short_trunk_is_reared_or_hunched() -> None:
    stretch = np.ones((301, 2))
    stretch[200:, 0] = 0.6
    tracks = two(np.zeros(301), 2000.0, headings=(0.0, 0.0), stretch=stretch)
    assert names(tracks)[250] == ("rear or hunch", NOBODY)
    assert names(tracks)[100] == ("rest", NOBODY)


def test_the_nearest_of_two_is_the_target() -> None:
    assert mostly(two(STILL, 25j, -20j, headings=(0.0, 0.0, 0.0))) == ("side-by-side contact", 2)


def test_frames_without_the_animal_say_nothing() -> None:
    recording = recorded(two(STILL, 120.0, headings=(0.0, 0.0)), missing=(slice(30, 60), 0))
    kinematics = viewed(recording).kinematics
    assert kinematics is not None
    named = KinematicRules(kinematics, KinematicThresholds()).name_frames(0)
    assert (named.behavior[30:60] == NOT_SEEN).all()
    assert (named.target[30:60] == NOBODY).all()
    assert (named.behavior[:30] == CODES["oral-genital contact"]).all()


def test_thresholds_turn_the_names() -> None:
    tracks = two(np.linspace(0, 90, 91), 2000.0, headings=(0.0, 0.0))  # 0.3 lengths per second
    assert names(tracks)[45][0] == "small movements"
    assert names(tracks, locomotion_speed_bl_s=0.28)[45][0] == "locomotion"
    assert names(tracks, rest_speed_bl_s=0.32)[45][0] == "rest"


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(0, 8), st.integers(0, 8))
def test_what_is_steady_has_no_short_runs(holds: list[bool], bridge: int, shortest: int) -> None:
    told = steady(np.array(holds), bridge=bridge, shortest=shortest)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], told, [False]]).astype(int)))
    assert (edges[1::2] - edges[::2] > shortest).all()
    assert (edges[2::2] - edges[1:-1:2] > bridge).all()


def test_a_flicker_is_passed_over() -> None:
    holds = np.array([1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0], bool)
    assert steady(holds, bridge=1, shortest=2).tolist() == [True] * 8 + [False] * 6


def test_every_frame_of_animals_that_wander_about_has_a_name() -> None:
    told = names(wandering(3000, individuals=3, seed=4))
    assert {name for name, _ in told} <= set(CODES)
    assert len({name for name, _ in told}) >= 4


def test_definitions_say_the_thresholds() -> None:
    assert "within 0.42 body lengths" in definitions(KinematicThresholds(oral_contact_bl=0.42))["oral-oral contact"]
    assert set(definitions()) == set(CODES)


def test_what_roles_do_not_allow_is_impossible_with_the_reason() -> None:
    rat = KeypointRoles({Role.HEAD: "top", Role.BODY_CENTER: "body", Role.TAIL_BASE: "tail"})
    lost = impossible_behaviors(rat, n_individuals=2)
    assert lost["oral-oral contact"] == "needs the role nose, which no keypoint plays"
    assert lost["oral-ear contact"] == "needs the role nose, and left_ear or right_ear, which no keypoint plays"
    assert "head contact" not in lost
    assert "grooming" in lost
    assert impossible_behaviors(ROLES, n_individuals=1)["chase"] == "needs a second animal"
    assert "oral-oral contact" not in impossible_behaviors(ROLES, n_individuals=2)


def test_thresholds_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="locomotion_speed_bl_s < fast_speed_bl_s"):
        KinematicThresholds(fast_speed_bl_s=0.3)
    with pytest.raises(ValueError, match="watch_nearest_bl < watch_farthest_bl"):
        KinematicThresholds(watch_nearest_bl=3.0)
    with pytest.raises(ValueError, match="Extra inputs"):
        KinematicThresholds.model_validate({"contact_px": 12})
