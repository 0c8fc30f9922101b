"""Stage 2, keypoint assignment: inside each region's crop, which numbered dot is which keypoint (paper, 3.2)."""

from __future__ import annotations

import numpy as np

from behaviorvlm.pose.annotator import KeypointQuestion, PoseAnnotator, ViewQuestion, refuse_other_length
from behaviorvlm.pose.body_region_detection import WHOLE_BODY
from behaviorvlm.pose.together import ONE_BY_ONE, Together
from behaviorvlm.types import IntArray, KeypointAssignment, RegionBox, Skeleton


def assign_keypoints(
    question: ViewQuestion,
    boxes: tuple[RegionBox, ...],
    annotator: PoseAnnotator,
    *,
    together: Together = ONE_BY_ONE,
) -> KeypointAssignment:
    """Ask, region by region, which candidates in its box are its keypoints.

    Args:
        question: The view and what is known of it.
        boxes: The boxes of stage 1.
        annotator: Who answers.
        together: Whether regions are asked side by side.

    Returns:
        The regions' answers together. A number that is not in the region's box, and a keypoint that is not in the
        region, are refused: missing. Regions may still claim the same candidate; that is stage 3's to settle.
    """
    view, count = question.view, len(question.skeleton)
    numbers, confidence = np.full(count, -1, dtype=np.int64), np.zeros(count)
    asked = [_ask(question, box) for box in boxes]
    asked = [one for one in asked if len(one.numbers)]
    answers = together.each(annotator.assign_keypoints, asked)
    for one, answer in zip(asked, answers, strict=True):
        refuse_other_length(answer, question.skeleton)
        members = keypoints_of(one.box.region, question.skeleton)
        allowed = members[np.isin(answer.numbers[members], one.numbers)]
        numbers[allowed], confidence[allowed] = answer.numbers[allowed], answer.confidence[allowed]
    reason = "; ".join(answer.reason for answer in answers if answer.reason)
    return KeypointAssignment(view.timepoint, view.camera, numbers, confidence, reason)


def keypoints_of(region: str, skeleton: Skeleton) -> IntArray:
    """Return the (keypoint,) indices of a region; all of them for the one region of a skeleton without regions."""
    if region == WHOLE_BODY and not skeleton.regions:
        return np.arange(len(skeleton), dtype=np.int64)
    return skeleton.region_indices[region]


def _ask(question: ViewQuestion, box: RegionBox) -> KeypointQuestion:
    inside = np.nonzero(box.contains(question.view.candidates.points_px))[0]
    return KeypointQuestion(
        question.view, question.skeleton, question.exemplars, question.expected_px, question.reach_px, box, inside
    )
