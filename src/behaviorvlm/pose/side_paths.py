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
from dataclasses import dataclass

import numpy as np

from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.naming import Neighbor, motion_energy
from behaviorvlm.pose.tracking import Stretch
from behaviorvlm.pose.view_answers import ViewAnswers
from behaviorvlm.types import BoolArray, FloatArray, IntArray

FLIPPING_SHARE = 0.3
"""What the skeleton counts where an interval is exchanged: it errs for many timepoints in a row, so these are not that
many votes. Simulated intervals were righted best with this share ..."""
MARGIN_SHARE = 0.1
"""... and told right from wrong best with this one."""
DOUBT_SHARE = 0.03
"""What it counts where a model is asked: hardly anything, so that it is motion from a seed, or from an answer, that
makes a side sure."""
HEARD_NATS = 1.0
"""A side that answers moved by less has not been answered about."""


@dataclass(frozen=True, eq=False)
class SideCosts:
    """The chains of all pairs of a stretch.

    Attributes:
        pairs: (pair, 2) int64 keypoints.
        seen: (timepoint, pair) nats that being exchanged costs by pictures and votes.
        skeleton: (timepoint, pair) nats that it costs by the skeleton.
        crossing: (timepoint, pair) nats that changing over from the timepoint before costs; 0 at the first.
    """

    pairs: IntArray
    seen: FloatArray
    skeleton: FloatArray
    crossing: FloatArray

    def margins(self, share: float) -> FloatArray:
        """Return what the best path through `exchanged` costs more than the best through `as it is`.

        Args:
            share: What the skeleton counts.

        Returns:
            (timepoint, pair) nats, negative where exchanging is better.
        """
        staying = self.seen + share * self.skeleton
        left, right = staying.copy(), np.zeros_like(staying)
        for row in range(1, len(staying)):
            left[row] += _across(left[row - 1], self.crossing[row])
        for row in range(len(staying) - 2, -1, -1):
            right[row] = _across(right[row + 1] + staying[row + 1], self.crossing[row + 1])
        return left + right


def side_costs(
    stretch: Stretch, chosen: Sequence[IntArray], answers: Sequence[ViewAnswers | None], *, guessing: bool = True
) -> SideCosts:
    """Return the chains of a stretch.

    Args:
        stretch: The timepoints.
        chosen: (keypoint,) point numbers of each timepoint.
        answers: The answers of stages 1 to 3, None where nothing was asked.
        guessing: Whether a keypoint that was not seen for long is believed where the exemplars put it. That rights
            more intervals; but motion then repeats what the skeleton says, so it is off where doubts are looked for.
    """
    mirror = stretch.shape.mirror
    pairs = np.array([(left, mirror[left]) for left in np.nonzero(mirror > np.arange(len(mirror)))[0]], dtype=np.int64)
    pairs = pairs.reshape(-1, 2)
    orders = _exchanged(pairs, len(mirror))
    seen, skeleton, crossing = np.zeros((3, len(stretch), len(pairs)))
    belief: Belief | None = None
    for row, numbers in enumerate(chosen):
        problem = stretch.problem(row, neighbors=(), answers=answers[row])
        points = problem.points_mm[numbers][orders]
        energy, shape = problem.energy(numbers[orders]), problem.shape_energy(points).sum(axis=1)
        skeleton[row], seen[row] = shape[1:] - shape[0], (energy - shape)[1:] - (energy - shape)[0]
        if belief is not None:
            before = Neighbor(belief.pose_mm, np.zeros_like(belief.pose_mm), belief.reach_mm(stretch.shape))
            moved = motion_energy(points, before, stretch.shape).sum(axis=1)
            crossing[row] = moved[1:] - moved[0]
        belief = (
            Belief.at(points[0], stretch.shape)
            if belief is None
            else belief.after(points[0], stretch.shape, guessing=guessing)
        )
    return SideCosts(pairs, seen, skeleton, crossing)


def exchanged_where(chosen: Sequence[IntArray], pairs: IntArray, where: BoolArray) -> list[IntArray]:
    """Return the (keypoint,) choices with (pair, 2) keypoints exchanged at the (timepoint, pair) marked."""
    settled = [numbers.copy() for numbers in chosen]
    for row, which in np.argwhere(where):
        left, right = pairs[which]
        settled[row][[left, right]] = settled[row][[right, left]]
    return settled


def _exchanged(pairs: IntArray, n_keypoints: int) -> IntArray:
    """Return the order of keypoints with nothing exchanged, then with each pair, (1 + pair, keypoint)."""
    orders = np.tile(np.arange(n_keypoints), (len(pairs) + 1, 1))
    for row, (left, right) in enumerate(pairs, 1):
        orders[row, [left, right]] = right, left
    return orders


def _across(lead: FloatArray, crossing: FloatArray) -> FloatArray:
    """Return what is left of a lead beyond a step at which changing over costs `crossing`, (pair,) nats.

    No lead is worth more than changing over; where changing over is what motion says, the lead changes sides.
    """
    return np.sign(crossing) * np.clip(lead, -np.abs(crossing), np.abs(crossing))
