"""Stage 2, keypoint assignment: inside each region's crop, which numbered dot is which keypoint (paper, 3.2)."""

from __future__ import annotations

import numpy as np

from behaviorvlm.pose.annotator import KeypointQuestion, PoseAnnotator, ViewQuestion, refuse_other_length
from behaviorvlm.pose.body_region_detection import WHOLE_BODY
from behaviorvlm.types import IntArray, KeypointAssignment, RegionBox, Skeleton


def assign_keypoints(
    question: ViewQuestion, boxes: tuple[RegionBox, ...], annotator: PoseAnnotator
) -> KeypointAssignment:
    """Ask, region by region, which candidates in its box are its keypoints.

    Args:
        question: The view and what is known of it.
        boxes: The boxes of stage 1.
        annotator: Who answers.

    Returns:
        The regions' answers together. A number that is not in the region's box, and a keypoint that is not in the
        region, are refused: missing. Regions may still claim the same candidate; that is stage 3's to settle.
    """
    view, count = question.view, len(question.skeleton)
    numbers, confidence = np.full(count, -1, dtype=np.int64), np.zeros(count)
    reasons = []
    for box in boxes:
        inside = np.nonzero(box.contains(view.candidates.points_px))[0]
        if not len(inside):
            continue
        answer = annotator.assign_keypoints(_ask(question, box, inside))
        refuse_other_length(answer, question.skeleton)
        members = keypoints_of(box.region, question.skeleton)
        allowed = members[np.isin(answer.numbers[members], inside)]
        numbers[allowed], confidence[allowed] = answer.numbers[allowed], answer.confidence[allowed]
        reasons.append(answer.reason)
    reason = "; ".join(reason for reason in reasons if reason)
    return KeypointAssignment(view.timepoint, view.camera, numbers, confidence, reason)


def keypoints_of(region: str, skeleton: Skeleton) -> IntArray:
    """Return the (keypoint,) indices of a region; all of them for the one region of a skeleton without regions."""
    if region == WHOLE_BODY and not skeleton.regions:
        return np.arange(len(skeleton), dtype=np.int64)
    return skeleton.region_indices[region]


def _ask(question: ViewQuestion, box: RegionBox, inside: IntArray) -> KeypointQuestion:
    return KeypointQuestion(
        question.view, question.skeleton, question.exemplars, question.expected_px, question.reach_px, box, inside
    )
