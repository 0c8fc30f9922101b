"""Stage 3, cross-region agreement: the regions' answers are held against one another over the whole view.

Two keypoints on one candidate (duplicates), keypoints without one while candidates are left over (omissions) and
exchanged sides are put to the annotator together (paper, section 3.3).
"""

from __future__ import annotations

import numpy as np

from behaviorvlm.pose.annotator import AgreementQuestion, PoseAnnotator, ViewQuestion, refuse_other_length
from behaviorvlm.types import IntArray, KeypointAssignment, RegionBox


def reconcile_regions(
    question: ViewQuestion,
    boxes: tuple[RegionBox, ...],
    *,
    assignment: KeypointAssignment,
    annotator: PoseAnnotator,
) -> KeypointAssignment:
    """Ask for one assignment of the whole view.

    Args:
        question: The view and what is known of it.
        boxes: The boxes of stage 1.
        assignment: The answers of stage 2.
        annotator: Who answers.

    Returns:
        An assignment in which every candidate bears at most one name. Numbers that do not exist are refused, and of
        several claims that the annotator left standing the most confident one stays.
    """
    asked = AgreementQuestion(
        question.view,
        question.skeleton,
        question.exemplars,
        question.expected_px,
        question.reach_px,
        boxes,
        assignment,
        find_duplicates(assignment.numbers),
        np.nonzero(assignment.numbers < 0)[0],
    )
    answer = annotator.reconcile_regions(asked)
    refuse_other_length(answer, question.skeleton)
    exists = (answer.numbers >= 0) & (answer.numbers < len(question.view.candidates))
    numbers = np.where(exists, answer.numbers, -1)
    return keep_most_confident(
        KeypointAssignment(answer.timepoint, answer.camera, numbers, answer.confidence * exists, answer.reason)
    )


def find_duplicates(numbers: IntArray) -> IntArray:
    """Return the candidate numbers that stand more than once among (keypoint,) numbers, ascending."""
    found, count = np.unique(numbers[numbers >= 0], return_counts=True)
    return np.asarray(found[count > 1], dtype=np.int64)


def keep_most_confident(assignment: KeypointAssignment) -> KeypointAssignment:
    """Return the assignment with every candidate claimed once, by its most confident claimant."""
    numbers = assignment.numbers.copy()
    for number in find_duplicates(numbers):
        claimants = np.nonzero(numbers == number)[0]
        losers = np.delete(claimants, int(assignment.confidence[claimants].argmax()))
        numbers[losers] = -1
    confidence = np.where(numbers >= 0, assignment.confidence, 0.0)
    return KeypointAssignment(assignment.timepoint, assignment.camera, numbers, confidence, assignment.reason)
