from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.pose.scenes import SKELETON
from unit.pose.scripted_annotator import answer, make_question, named

from behaviorvlm.pose.annotator import AgreementQuestion, BodyRegionQuestion, KeypointQuestion
from behaviorvlm.pose.cross_region_agreement import find_duplicates
from behaviorvlm.pose.geometric_annotator import BOX_REACHES, FLAGGED_PENALTY, GATE_REACHES, GeometricPoseAnnotator
from behaviorvlm.types import CandidateFlag, RegionBox

REACH = 5.0
WHOLE = {name: RegionBox(name, -1e6, -1e6, 1e6, 1e6) for name in ("ears", "trunk", "paws")}


def expect(**places: tuple[float, float]) -> np.ndarray:
    """Return (keypoint, 2) expected places, NaN for keypoints not named."""
    expected = np.full((len(SKELETON), 2), np.nan)
    for name, place in places.items():
        expected[SKELETON.index(name)] = place
    return expected


def assign(dots, expected, *, region: str = "ears", flags=None):
    common = make_question(dots, expected_px=expected, reach_px=REACH, flags=flags)
    numbers = np.arange(len(common.view.candidates))
    return GeometricPoseAnnotator().assign_keypoints(
        KeypointQuestion(**vars(common), box=WHOLE[region], numbers=numbers)
    )


def reconcile(dots, expected, claims):
    common = make_question(dots, expected_px=expected, reach_px=REACH)
    asked = AgreementQuestion(
        **vars(common),
        boxes=(),
        assignment=claims,
        duplicates=find_duplicates(claims.numbers),
        omissions=np.nonzero(claims.numbers < 0)[0],
    )
    return GeometricPoseAnnotator().reconcile_regions(asked)


def test_a_box_leaves_room_around_the_expected_places() -> None:
    expected = expect(left_ear=(50, 40), right_ear=(80, 30), left_paw=(20, 20))
    question = BodyRegionQuestion(**vars(make_question(expected_px=expected, reach_px=REACH)))
    ears, paws = GeometricPoseAnnotator().detect_body_regions(question)
    room = BOX_REACHES * REACH
    assert ears == RegionBox("ears", 50 - room, 30 - room, 80 + room, 40 + room)
    assert paws == RegionBox("paws", 20 - room, 20 - room, 20 + room, 20 + room)


def test_without_expectation_there_is_no_box_and_no_name() -> None:
    question = BodyRegionQuestion(**vars(make_question([[1, 1]])))
    assert GeometricPoseAnnotator().detect_body_regions(question) == ()
    assert (assign([[1, 1]], expect()).numbers == -1).all()


PLACE = st.tuples(st.floats(-6, 6), st.floats(-6, 6))


@given(st.lists(PLACE, min_size=4, max_size=4), st.lists(PLACE, min_size=4, max_size=6))
def test_the_assignment_is_the_best_one_to_one(places, dots) -> None:
    """All dots are within the gate of all paws, so the best of all ways to give each paw a dot is known."""
    paws = ("left_paw", "right_paw", "left_foot", "right_foot")
    expected = expect(**dict(zip(paws, places, strict=True))) / 2
    dots = np.array(dots) / 2
    found = assign(dots, expected, region="paws").numbers[4:8]
    gaps = ((expected[4:8, None] - dots) ** 2).sum(axis=-1)
    least = min(sum(gaps[row, number] for row, number in enumerate(way)) for way in permutations(range(len(dots)), 4))
    assert len(set(found.tolist())) == 4
    assert gaps[np.arange(4), found].sum() == pytest.approx(least)


def test_a_greedy_choice_would_be_worse() -> None:
    found = assign([[52, 50], [43, 50]], expect(left_ear=(50, 50), right_ear=(54, 50)))
    assert named(found.numbers) == {"left_ear": 1, "right_ear": 0}


@pytest.mark.parametrize(("beyond", "taken"), [(-0.01, True), (0.01, False)])
def test_a_dot_beyond_the_gate_is_not_taken(beyond: float, taken: bool) -> None:
    found = assign([[50 + GATE_REACHES * REACH + beyond, 50]], expect(left_ear=(50, 50)))
    assert bool(found.numbers[0] == 0) is taken


def test_confidence_falls_with_the_distance_in_reaches() -> None:
    found = assign([[50, 50], [60, 50]], expect(left_ear=(50, 50), right_ear=(60 + REACH, 50)))
    assert found.confidence[:2] == pytest.approx([1.0, np.exp(-0.5)])
    assert (found.confidence[2:] == 0).all()


@pytest.mark.parametrize("flag", [CandidateFlag.STATIC_SPECK, CandidateFlag.FLOOR_MIRROR])
def test_a_flagged_dot_is_penalised_not_forbidden(flag) -> None:
    expected = expect(left_ear=(50, 50))
    clean = REACH * np.sqrt(FLAGGED_PENALTY)
    assert named(assign([[50, 50], [50 + clean - 0.1, 50]], expected, flags=[flag, 0]).numbers) == {"left_ear": 1}
    assert named(assign([[50, 50], [50 + clean + 0.1, 50]], expected, flags=[flag, 0]).numbers) == {"left_ear": 0}
    assert named(assign([[50, 50]], expected, flags=[flag]).numbers) == {"left_ear": 0}


def test_only_the_dots_of_the_crop_are_used() -> None:
    common = make_question([[50, 50], [53, 50]], expected_px=expect(left_ear=(50, 50)), reach_px=REACH)
    question = KeypointQuestion(**vars(common), box=WHOLE["ears"], numbers=np.array([1]))
    assert named(GeometricPoseAnnotator().assign_keypoints(question).numbers) == {"left_ear": 1}


def test_sides_that_fit_better_exchanged_are_exchanged() -> None:
    expected = expect(left_ear=(50, 50), right_ear=(60, 50), tail=(90, 90))
    dots = [[59, 51], [51, 50], [90, 91]]
    found = reconcile(dots, expected, answer({"left_ear": 0, "right_ear": 1, "tail": 2}))
    assert named(found.numbers) == {"left_ear": 1, "right_ear": 0, "tail": 2}
    assert found.confidence[0] > 0.9


def test_sides_that_fit_stay() -> None:
    expected = expect(left_ear=(50, 50), right_ear=(60, 50))
    found = reconcile([[51, 50], [59, 51]], expected, answer({"left_ear": 0, "right_ear": 1}))
    assert named(found.numbers) == {"left_ear": 0, "right_ear": 1}


def test_a_dot_claimed_twice_goes_to_one_and_an_omitted_keypoint_gets_what_is_left() -> None:
    expected = expect(left_ear=(50, 50), left_paw=(55, 50), back=(80, 80))
    claims = answer({"left_ear": 0, "left_paw": 0})
    found = reconcile([[51, 50], [56, 50], [80, 81]], expected, claims)
    assert named(found.numbers) == {"left_ear": 0, "left_paw": 1, "back": 2}


def test_an_undisputed_claim_is_not_reopened() -> None:
    expected = expect(left_ear=(50, 50), tail=(50, 50))
    found = reconcile([[50, 50]], expected, answer({"tail": 0}))
    assert named(found.numbers) == {"tail": 0}
