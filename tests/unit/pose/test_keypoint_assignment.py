from __future__ import annotations

import numpy as np
import pytest
from unit.pose.scripted_annotator import ScriptedAnnotator, answer, make_question, named

from behaviorvlm.pose.annotator import KeypointQuestion
from behaviorvlm.pose.keypoint_assignment import assign_keypoints, keypoints_of
from behaviorvlm.types import RegionBox, Skeleton

DOTS = [[10, 10], [20, 10], [30, 10], [110, 50], [120, 50]]
EARS = RegionBox("ears", 0, 0, 30, 20)
PAWS = RegionBox("paws", 100, 40, 130, 60)


def test_the_answers_of_all_regions_stand_together() -> None:
    annotator = ScriptedAnnotator(
        assignments=[
            answer({"left_ear": 0, "right_ear": 2}, confidence=0.75, reason="both on the head"),
            answer({"left_paw": 4}, confidence=0.25, reason="the nearer one"),
        ]
    )
    found = assign_keypoints(make_question(DOTS), (EARS, PAWS), annotator)
    assert named(found.numbers) == {"left_ear": 0, "right_ear": 2, "left_paw": 4}
    assert sorted(found.confidence[found.confidence > 0]) == [0.25, 0.75, 0.75]
    assert found.reason == "both on the head; the nearer one"
    assert (found.timepoint, found.camera) == (7, "cam0")


def test_a_crop_is_asked_about_with_the_numbers_of_its_dots() -> None:
    annotator = ScriptedAnnotator(assignments=[answer({}), answer({})])
    assign_keypoints(make_question(DOTS), (EARS, PAWS), annotator)
    ears, paws = annotator.asked
    assert isinstance(ears, KeypointQuestion)
    assert (ears.box, ears.numbers.tolist()) == (EARS, [0, 1, 2])  # a dot on the edge of the box is in it
    assert (paws.box, paws.numbers.tolist()) == (PAWS, [3, 4])


@pytest.mark.parametrize("number", [3, 5, 99, -1, -4])
def test_a_number_outside_the_crop_is_refused(number: int) -> None:
    lie = answer({"left_ear": number, "right_ear": 1}, confidence=0.9)
    found = assign_keypoints(make_question(DOTS), (EARS,), ScriptedAnnotator(assignments=[lie]))
    assert named(found.numbers) == {"right_ear": 1}
    assert found.confidence[0] == 0


def test_keypoints_of_other_regions_are_refused() -> None:
    lie = answer({"left_ear": 0, "left_paw": 1, "tail": 2})
    truth = answer({"left_paw": 3, "right_ear": 4})
    found = assign_keypoints(make_question(DOTS), (EARS, PAWS), ScriptedAnnotator(assignments=[lie, truth]))
    assert named(found.numbers) == {"left_ear": 0, "left_paw": 3}


def test_regions_may_claim_the_same_dot() -> None:
    both = RegionBox("ears", 0, 0, 199, 99), RegionBox("paws", 0, 0, 199, 99)
    annotator = ScriptedAnnotator(assignments=[answer({"left_ear": 3}), answer({"left_paw": 3})])
    found = assign_keypoints(make_question(DOTS), both, annotator)
    assert named(found.numbers) == {"left_ear": 3, "left_paw": 3}


def test_a_crop_without_dots_is_not_asked_about() -> None:
    annotator = ScriptedAnnotator()
    found = assign_keypoints(make_question(DOTS), (RegionBox("ears", 50, 0, 90, 99),), annotator)
    assert not annotator.asked
    assert (found.numbers == -1).all()
    assert (found.confidence == 0).all()


def test_a_view_without_boxes_is_missing() -> None:
    found = assign_keypoints(make_question(DOTS), (), ScriptedAnnotator())
    assert (found.numbers == -1).all()


def test_the_one_region_of_a_skeleton_without_regions_has_all_keypoints() -> None:
    assert keypoints_of("body", Skeleton(("nose", "tail"))).tolist() == [0, 1]
    assert keypoints_of("paws", make_question().skeleton).tolist() == [4, 5, 6, 7]


def test_a_region_called_body_is_only_itself() -> None:
    from behaviorvlm.types import BodyRegion

    skeleton = Skeleton(("nose", "back", "tail"), regions=(BodyRegion("body", ("back",)),))
    assert np.array_equal(keypoints_of("body", skeleton), [1])
