"""An annotator that needs no model: it answers from where motion and skeleton expect each keypoint in the view."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from behaviorvlm.pose.annotator import AgreementQuestion, BodyRegionQuestion, KeypointQuestion, ViewQuestion
from behaviorvlm.pose.body_region_detection import region_names
from behaviorvlm.pose.keypoint_assignment import keypoints_of
from behaviorvlm.types import BoolArray, FloatArray, IntArray, KeypointAssignment, RegionBox, Skeleton

BOX_REACHES = 2.0
"""A box leaves so many reaches around its keypoints' expected places."""
GATE_REACHES = 3.0
"""A candidate farther from the expected place than so many reaches is not taken."""
FLAGGED_PENALTY = 2.0
"""Cost, in squared reaches, of a candidate flagged as speck or mirror image."""


class GeometricPoseAnnotator:
    """Answers stages 1 to 3 from expected places alone; it looks at no picture.

    Its confidence is ``exp(-d^2 / 2)`` for a candidate d reaches from where the keypoint is expected: how well it fits
    the prediction, not a probability of being right.
    """

    name = "geometric"
    needs_pixels = False

    def detect_body_regions(self, question: BodyRegionQuestion) -> tuple[RegionBox, ...]:
        """Return the box around the expected places of each region's keypoints."""
        boxes = []
        for region in region_names(question.skeleton):
            members = keypoints_of(region, question.skeleton)
            known = members[np.isfinite(question.expected_px[members]).all(axis=1)]
            if len(known):
                margin = BOX_REACHES * question.reach_px[known, None]
                low = (question.expected_px[known] - margin).min(axis=0)
                high = (question.expected_px[known] + margin).max(axis=0)
                boxes.append(RegionBox(region, low[0], low[1], high[0], high[1]))
        return tuple(boxes)

    def assign_keypoints(self, question: KeypointQuestion) -> KeypointAssignment:
        """Return the one-to-one assignment of least squared distance to the expected places."""
        members = keypoints_of(question.box.region, question.skeleton)
        return _as_assignment(question, _match(question, members, question.numbers))

    def reconcile_regions(self, question: AgreementQuestion) -> KeypointAssignment:
        """Return the view with conflicts assigned anew: disputed and left-over candidates, sides exchanged."""
        numbers = question.assignment.numbers.copy()
        contested = np.isin(numbers, question.duplicates) | (numbers < 0)
        free = np.setdiff1d(np.arange(len(question.view.candidates)), numbers[~contested])
        matched = _match(question, np.nonzero(contested)[0], free)
        numbers[contested] = matched[contested]
        return _as_assignment(question, _settle_sides(numbers, question))


def _cost(question: ViewQuestion) -> FloatArray:
    """Return squared distances to expected places in reaches, (keypoint, candidate); inf beyond the gate."""
    candidates = question.view.candidates
    gaps = np.linalg.norm(question.expected_px[:, None] - candidates.points_px[None], axis=-1)
    cost = (gaps / question.reach_px[:, None]) ** 2
    return np.where(cost <= GATE_REACHES**2, cost + FLAGGED_PENALTY * (candidates.flags != 0), np.inf)


def _match(question: ViewQuestion, keypoints: IntArray, numbers: IntArray) -> IntArray:
    """Return the best one-to-one assignment of these keypoints to these candidates, (keypoint,) numbers or -1."""
    matched = np.full(len(question.skeleton), -1, dtype=np.int64)
    if not len(keypoints) or not len(numbers):
        return matched
    nobody = 2 * GATE_REACHES**2
    cost = np.minimum(_cost(question)[np.ix_(keypoints, numbers)], nobody)
    rows, columns = linear_sum_assignment(cost)
    held: BoolArray = cost[rows, columns] < nobody
    matched[keypoints[rows[held]]] = numbers[columns[held]]
    return matched


def _settle_sides(numbers: IntArray, question: ViewQuestion) -> IntArray:
    """Return the numbers with left and right exchanged where the exchanged pair fits its expected places better."""
    cost, settled = _cost(question), numbers.copy()
    for left, right in _pairs(question.skeleton):
        a, b = numbers[left], numbers[right]
        if min(a, b) >= 0 and cost[left, b] + cost[right, a] < cost[left, a] + cost[right, b]:
            settled[[left, right]] = b, a
    return settled


def _pairs(skeleton: Skeleton) -> list[tuple[int, int]]:
    return [(int(left), int(right)) for left, right in enumerate(skeleton.mirror_indices) if left < right]


def _as_assignment(question: ViewQuestion, numbers: IntArray) -> KeypointAssignment:
    """Return (keypoint,) numbers with the confidence of each."""
    confidence = np.zeros(len(numbers))
    held = np.nonzero(numbers >= 0)[0]
    gaps = np.linalg.norm(question.expected_px[held] - question.view.candidates.points_px[numbers[held]], axis=1)
    confidence[held] = np.exp(-((gaps / question.reach_px[held]) ** 2) / 2)
    return KeypointAssignment(question.view.timepoint, question.view.camera, numbers, confidence)
