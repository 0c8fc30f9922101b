from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.pose.scenes import SKELETON
from unit.pose.scripted_annotator import ScriptedAnnotator, answer, make_question, named

from behaviorvlm.errors import ShapeError
from behaviorvlm.pose.annotator import AgreementQuestion
from behaviorvlm.pose.cross_region_agreement import find_duplicates, keep_most_confident, reconcile_regions
from behaviorvlm.types import KeypointAssignment, RegionBox

DOTS = [[10, 10], [20, 10], [30, 10], [110, 50]]
BOXES = (RegionBox("ears", 0, 0, 30, 20), RegionBox("paws", 100, 40, 130, 60))
CLAIMS = answer({"left_ear": 0, "right_ear": 1, "left_paw": 1, "right_paw": 3, "tail": 3})


def reconcile(said: KeypointAssignment) -> tuple[KeypointAssignment, AgreementQuestion]:
    annotator = ScriptedAnnotator(agreements=[said])
    found = reconcile_regions(make_question(DOTS), BOXES, assignment=CLAIMS, annotator=annotator)
    (asked,) = annotator.asked
    return found, asked


def test_the_question_names_duplicates_and_omissions() -> None:
    _, asked = reconcile(CLAIMS)
    assert asked.duplicates.tolist() == [1, 3]
    assert [SKELETON.keypoints[row] for row in asked.omissions] == ["back", "rump", "left_foot", "right_foot"]
    assert asked.assignment is CLAIMS
    assert asked.boxes == BOXES


def test_a_good_answer_stands() -> None:
    said = answer({"left_ear": 1, "right_ear": 0, "back": 2, "left_paw": 3}, confidence=0.8, reason="crossed")
    found, _ = reconcile(said)
    assert named(found.numbers) == named(said.numbers)
    assert found.confidence.tolist() == said.confidence.tolist()
    assert found.reason == "crossed"


@pytest.mark.parametrize("number", [4, 1000, -2])
def test_a_number_that_does_not_exist_is_refused(number: int) -> None:
    found, _ = reconcile(answer({"left_ear": number, "right_ear": 1}, confidence=0.9))
    assert named(found.numbers) == {"right_ear": 1}
    assert found.numbers.min() == -1
    assert found.confidence[0] == 0


def test_the_most_confident_claimant_stays() -> None:
    sure = {"left_ear": 0.2, "right_ear": 0.9, "tail": 0.5, "back": 0.3}
    found, _ = reconcile(answer({"left_ear": 1, "right_ear": 1, "tail": 1, "back": 2}, confidence=sure))
    assert named(found.numbers) == {"right_ear": 1, "back": 2}
    assert found.confidence[SKELETON.index("tail")] == 0


def test_among_equals_the_first_keypoint_stays() -> None:
    found = keep_most_confident(answer({"tail": 2, "right_ear": 2}))
    assert named(found.numbers) == {"right_ear": 2}


def test_missing_is_no_duplicate() -> None:
    assert find_duplicates(np.array([-1, -1, 4, 2, 4, -1])).tolist() == [4]


@given(st.lists(st.tuples(st.integers(-3, 12), st.floats(0, 1)), min_size=9, max_size=9))
def test_whatever_is_answered_every_dot_bears_at_most_one_name(said) -> None:
    numbers, confidence = (np.array(column) for column in zip(*said, strict=True))
    found, _ = reconcile(KeypointAssignment(7, "cam0", numbers, confidence))
    here = found.numbers[found.numbers >= 0]
    assert len(set(here.tolist())) == len(here)
    assert set(here.tolist()) == {number for number in numbers.tolist() if 0 <= number < len(DOTS)}
    assert (found.confidence[found.numbers < 0] == 0).all()


def test_an_answer_for_another_number_of_keypoints_is_refused() -> None:
    with pytest.raises(ShapeError, match="another number of keypoints") as refused:
        reconcile(KeypointAssignment(3, "cam0", np.array([0, 1]), np.ones(2)))
    assert refused.value.actual == "2"
