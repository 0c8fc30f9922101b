from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from unit.pose.scenes import BODY_MM, evidence_of, make_rig

from behaviorvlm.geometry.mirror import FloorPlane
from behaviorvlm.imaging.specks import StaticSpecks
from behaviorvlm.pose.candidate_detection import Survey
from behaviorvlm.pose.records import (
    block_key,
    pack_answers,
    pack_candidates,
    pack_flags,
    pack_poses,
    pack_survey,
    unpack_candidates,
    unpack_survey,
)
from behaviorvlm.pose.view_answers import ViewAnswers
from behaviorvlm.types import CandidateSet, Pose3D

CAMERAS = ("left", "right", "top")
FINITE = st.floats(-1e4, 1e4)


@st.composite
def candidate_sets(draw) -> list[CandidateSet]:
    """Draw the candidates of three cameras at timepoints 5 to 8, in any order."""
    sets = []
    for timepoint in range(5, 9):
        for camera in CAMERAS:
            count = draw(st.integers(0, 4))
            values = draw(arrays.arrays(np.float64, (count, 4), elements=FINITE))
            flags = np.zeros(count, dtype=np.int64)
            sets.append(CandidateSet(timepoint, camera, values[:, :2], values[:, 2], values[:, 3], flags))
    return draw(st.permutations(sets))


@given(candidate_sets(), st.integers(5, 9), st.integers(5, 9))
def test_candidates_come_back_whole_and_in_order(sets, first, last) -> None:
    found = unpack_candidates(pack_candidates(sets, CAMERAS), CAMERAS, timepoints=(first, last))
    assert len(found) == max(last - first, 0)
    given_sets = {(view.timepoint, view.camera): view for view in sets}
    for timepoint, views in enumerate(found, first):
        assert [view.camera for view in views] == list(CAMERAS)
        for view in views:
            original = given_sets[timepoint, view.camera]
            assert view.timepoint == timepoint
            for field in ("points_px", "brightness", "size_px"):
                np.testing.assert_array_equal(getattr(view, field), getattr(original, field))


def test_unknown_brightness_stays_unknown() -> None:
    sets = [CandidateSet.from_points(0, camera, np.ones((2, 2))) for camera in CAMERAS]
    ((view, *_),) = unpack_candidates(pack_candidates(sets, CAMERAS), CAMERAS, timepoints=(0, 1))
    assert np.isnan(view.brightness).all()
    assert len(view) == 2


@pytest.mark.parametrize("sets", [[], [CandidateSet.from_points(0, name, np.zeros((0, 2))) for name in CAMERAS]])
def test_no_candidates_make_an_empty_record(sets) -> None:
    record = pack_candidates(sets, CAMERAS)
    assert {name: values.shape for name, values in record.items()} == {
        "timepoint": (0,),
        "camera": (0,),
        "points_px": (0, 2),
        "brightness": (0,),
        "size_px": (0,),
    }
    (views,) = unpack_candidates(record, CAMERAS, timepoints=(0, 1))
    assert [len(view) for view in views] == [0, 0, 0]


@given(
    st.lists(
        arrays.arrays(np.float64, st.tuples(st.integers(0, 4), st.just(3)), elements=FINITE), min_size=3, max_size=3
    ),
    st.one_of(st.none(), st.tuples(FINITE, FINITE, FINITE, FINITE)),
)
def test_a_survey_comes_back(specks, plane) -> None:
    floor = None if plane is None else FloorPlane(np.array(plane[:3]), plane[3])
    survey = Survey(tuple(StaticSpecks(rows[:, :2], rows[:, 2]) for rows in specks), floor)
    found = unpack_survey(pack_survey(survey), 3)
    for one, other in zip(survey.specks, found.specks, strict=True):
        np.testing.assert_array_equal(one.points_px, other.points_px)
        np.testing.assert_array_equal(one.brightness, other.brightness)
    if floor is None:
        assert found.floor is None
    else:
        assert found.floor is not None
        np.testing.assert_array_equal(found.floor.normal, floor.normal)
        assert found.floor.offset_mm == floor.offset_mm


def test_flags_stand_in_the_order_of_the_candidates() -> None:
    rig = make_rig(3)
    evidence = [evidence_of(BODY_MM[:4], rig), evidence_of(BODY_MM[:2], rig)]
    views = [view for one in evidence for view in one.views]
    record, flags = pack_candidates(evidence[0].views, rig.names), pack_flags(evidence[:1])
    np.testing.assert_array_equal(record["timepoint"], flags["timepoint"])
    np.testing.assert_array_equal(record["camera"], flags["camera"])
    assert len(pack_flags(evidence)["flags"]) == sum(map(len, views)) == 3 * 4 + 3 * 2
    assert flags["flags"].dtype == np.int64


def test_answers_are_stacked_and_unasked_timepoints_are_missing() -> None:
    numbers = np.arange(6).reshape(2, 3)
    asked = ViewAnswers(np.ones((2, 1, 4)), numbers, numbers - 1, np.full((2, 3), 0.5))
    record = pack_answers([None, asked], np.array([4, 5]), shape=(2, 1, 3))
    assert record["timepoint"].tolist() == [4, 5]
    assert np.isnan(record["boxes_px"][0]).all()
    assert (record["assigned"][0] == -1).all()
    assert (record["reconciled"][0] == -1).all()
    assert (record["confidence"][0] == 0).all()
    np.testing.assert_array_equal(record["assigned"][1], numbers)
    np.testing.assert_array_equal(record["reconciled"][1], numbers - 1)
    assert {name: values.shape for name, values in record.items()} == {
        "timepoint": (2,),
        "boxes_px": (2, 2, 1, 4),
        "assigned": (2, 2, 3),
        "reconciled": (2, 2, 3),
        "confidence": (2, 2, 3),
        "unasked": (2,),
    }
    spent = pack_answers([replace(asked, unasked=True), asked], np.array([4, 5]), shape=(2, 1, 3))
    assert spent["unasked"].tolist() == [1, 0]


def test_poses_are_stacked_and_confidence_grows_with_the_margin() -> None:
    margin = np.array([0.0, 2.0, 99.0, -3.0, np.inf, -np.inf, np.nan, 1.0, 5.0])
    nowhere = np.full((9, 3), np.nan)
    flags = np.arange(9)
    pose = Pose3D(7, BODY_MM, np.zeros((9, 3)), np.ones(9), margin, nowhere, flags)
    record = pack_poses([pose, Pose3D.missing(8, 9, 3)], np.full((2, 3, 9, 2), np.nan))
    assert record["timepoint"].tolist() == [7, 8]
    np.testing.assert_array_equal(record["points_mm"][0], BODY_MM)
    assert np.isnan(record["points_mm"][1]).all()
    np.testing.assert_array_equal(record["flags"][0], flags)
    confidence = record["confidence"][0]
    assert confidence[[4, 5, 6]].tolist() == [1.0, 0.0, 0.0]
    known = np.isfinite(margin)
    assert np.array_equal(np.argsort(confidence[known], kind="stable"), np.argsort(margin[known], kind="stable"))
    assert (record["confidence"][1] == 0).all()


def test_keys_of_blocks_sort_as_time_does() -> None:
    keys = [block_key(start, start + 7) for start in (0, 93, 1_000, 99_999)]
    assert keys[0] == "000000-000007"
    assert sorted(keys) == keys
