"""Left or right, over whole intervals: how much worse would a pair of keypoints fit if it were exchanged from here on?

Exchanged sides persist: a paw that took the other's dot keeps it, and with its neighbours exchanged as well every
single timepoint looks settled. So the question is put to the path: for each left/right pair a chain of two states (as
it is, exchanged) runs through the stretch. Being exchanged costs what pictures, votes and skeleton say at each
timepoint; changing over costs what motion says between two. The difference of the best paths through either state
(min-marginals of the Viterbi recursion) is the pair's margin at that timepoint; where it is negative, exchanging is
better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.naming import Neighbor, motion_energy
from behaviorvlm.pose.tracking import Stretch
from behaviorvlm.pose.view_answers import ViewAnswers
from behaviorvlm.types import FloatArray, IntArray

SKELETON_SHARE = 0.3
"""What the skeleton says counts by so much: it errs for many timepoints in a row, so these are not that many votes."""


def side_margins(
    stretch: Stretch, chosen: Sequence[IntArray], answers: Sequence[ViewAnswers | None]
) -> tuple[IntArray, FloatArray]:
    """Return what exchanging each left/right pair at each timepoint would cost, over the best path that does.

    Args:
        stretch: The timepoints.
        chosen: (keypoint,) point numbers of each timepoint.
        answers: The answers of stages 1 to 3, None where nothing was asked.

    Returns:
        (pair, 2) int64 keypoints, and (timepoint, pair) float64 nats, negative where exchanging is better.
    """
    mirror = stretch.shape.mirror
    pairs = np.array([(left, mirror[left]) for left in np.nonzero(mirror > np.arange(len(mirror)))[0]], dtype=np.int64)
    pairs = pairs.reshape(-1, 2)
    staying, crossing = _costs(stretch, chosen, answers, orders=_exchanged(pairs, len(mirror)))
    return pairs, _min_marginals(staying, crossing)


def exchange_sides(
    stretch: Stretch, chosen: Sequence[IntArray], answers: Sequence[ViewAnswers | None]
) -> list[IntArray]:
    """Return the choice with every pair exchanged where the best path says so, (keypoint,) point numbers each."""
    settled = [numbers.copy() for numbers in chosen]
    pairs, margins = side_margins(stretch, chosen, answers)
    for row, which in np.argwhere(margins < 0):
        left, right = pairs[which]
        settled[row][[left, right]] = settled[row][[right, left]]
    return settled


def _exchanged(pairs: IntArray, n_keypoints: int) -> IntArray:
    """Return the order of keypoints with nothing exchanged, then with each pair, (1 + pair, keypoint)."""
    orders = np.tile(np.arange(n_keypoints), (len(pairs) + 1, 1))
    for row, (left, right) in enumerate(pairs, 1):
        orders[row, [left, right]] = right, left
    return orders


def _costs(
    stretch: Stretch, chosen: Sequence[IntArray], answers: Sequence[ViewAnswers | None], *, orders: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return what being exchanged and what changing over from the timepoint before costs, (timepoint, pair) nats."""
    staying, crossing = np.zeros((2, len(stretch), len(orders) - 1))
    belief: Belief | None = None
    for row, numbers in enumerate(chosen):
        problem = stretch.problem(row, neighbors=(), answers=answers[row])
        points = problem.points_mm[numbers][orders]
        energy = problem.energy(numbers[orders]) - (1 - SKELETON_SHARE) * problem.shape_energy(points).sum(axis=1)
        staying[row] = energy[1:] - energy[0]
        if belief is not None:
            before = Neighbor(belief.pose_mm, np.zeros_like(belief.pose_mm), belief.reach_mm(stretch.shape))
            moved = motion_energy(points, before, stretch.shape).sum(axis=1)
            crossing[row] = moved[1:] - moved[0]
        belief = Belief.at(points[0], stretch.shape) if belief is None else belief.after(points[0], stretch.shape)
    return staying, crossing


def _min_marginals(staying: FloatArray, crossing: FloatArray) -> FloatArray:
    """Return the best path through `exchanged` minus the best through `as it is`, (timepoint, pair) nats."""
    left, right = staying.copy(), np.zeros_like(staying)
    for row in range(1, len(staying)):
        left[row] += _across(left[row - 1], crossing[row])
    for row in range(len(staying) - 2, -1, -1):
        right[row] = _across(right[row + 1] + staying[row + 1], crossing[row + 1])
    return left + right


def _across(lead: FloatArray, crossing: FloatArray) -> FloatArray:
    """Return what is left of a lead beyond a step at which changing over costs `crossing`, (pair,) nats.

    No lead is worth more than changing over; where changing over is what motion says, the lead changes sides.
    """
    return np.sign(crossing) * np.clip(lead, -np.abs(crossing), np.abs(crossing))
