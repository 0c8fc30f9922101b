"""One pass along a stretch of video: each timepoint is asked, named and believed, and the belief carried on.

A pass starts where a pose is trusted and runs to both ends. It answers stages 1 to 3 once per timepoint, if it is
the pass that asks, and stage 4 always.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from behaviorvlm.geometry.disjoint import choose_disjoint
from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.pose.cross_view_refinement import as_pose, refine_jointly, refine_per_keypoint, triangulate_assigned
from behaviorvlm.pose.evidence import Evidence
from behaviorvlm.pose.naming import OUT_OF_REACH, NamingProblem, Neighbor
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.static_naming import name_without_motion
from behaviorvlm.pose.view_answers import ViewAnswers, ViewAsker
from behaviorvlm.pose.votes import Vote, votes_energy
from behaviorvlm.types import CameraGroup, IntArray, Pose3D

LOST_AFTER = 5
"""Timepoints with almost nothing named after which the animal is looked for anew."""
LOST_SHARE = 0.25
"""Almost nothing: less than this share of the keypoints."""
SEED_VOTE = 6.0
"""What a dot that a person pointed at counts for its name, in nats and per view."""
SURE_LEAD = 10.0
"""Nats by which a naming from nothing must lead to be believed."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """A stretch of consecutive timepoints and what holds for all of them.

    Attributes:
        evidence: One per timepoint.
        shape: The animal.
        cameras: The rig.
        settings: The run's settings.
        seed_votes: Row of the stretch to (camera, keypoint) candidate numbers a person pointed at, -1 = none.
        votes: Row of the stretch to what a model said when it was asked about a few dots.
    """

    evidence: Sequence[Evidence]
    shape: BodyShape
    cameras: CameraGroup
    settings: PoseSettings
    seed_votes: dict[int, IntArray]
    votes: dict[int, list[Vote]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of timepoints."""
        return len(self.evidence)

    def problem(self, row: int, *, neighbors: Sequence[Neighbor], answers: ViewAnswers | None) -> NamingProblem:
        """Return the naming problem of one timepoint."""
        evidence = self.evidence[row]
        unary = np.tile(evidence.energy, (len(self.shape.mirror), 1))
        if not self.settings.named_by_sight:
            unary[self.shape.sideless, :-1] = OUT_OF_REACH
        if answers is not None:
            unary += evidence.votes_energy(answers.numbers, answers.weights)
        if row in self.seed_votes:
            votes = self.seed_votes[row]
            unary += evidence.votes_energy(votes, np.full(votes.shape, SEED_VOTE))
        if row in self.votes:
            unary += votes_energy(self.votes[row], evidence.points.numbers, n_keypoints=len(unary))
        return NamingProblem(evidence.with_missing_mm, unary, evidence.conflict, tuple(neighbors), self.shape)


@dataclass(frozen=True, eq=False)
class Step:
    """What a pass found at one timepoint.

    Attributes:
        chosen: (keypoint,) int64 point numbers of the timepoint's evidence.
        pose: The pose.
        belief: The belief afterwards.
    """

    chosen: IntArray
    pose: Pose3D
    belief: Belief


def run_pass(
    stretch: Stretch, start: int, belief: Belief, *, asker: ViewAsker | None, answers: list[ViewAnswers | None]
) -> Iterator[tuple[int, Step]]:
    """Track from a trusted timepoint to both ends of a stretch.

    Args:
        stretch: The timepoints.
        start: Row at which `belief` holds.
        belief: The trusted pose.
        asker: Asks stages 1 to 3; None in a pass that does not ask.
        answers: One entry per timepoint, filled where the pass asks.

    Yields:
        Row and step, the way the pass takes: `start` to the end, then backwards from before `start`.
    """
    for rows in (range(start, len(stretch)), range(start - 1, -1, -1)):
        current, lost = belief, 0
        asked = asker.along(stretch.evidence[row] for row in rows) if asker is not None and asker.asks else None
        for row in rows:
            if asked is not None:
                answers[row] = asked.next(current)
            step = _take_step(stretch, row, current, answers=answers[row] if asked is not None else None)
            lost = lost + 1 if step.pose.present.mean() < LOST_SHARE else 0
            if lost >= LOST_AFTER and lost % LOST_AFTER == 0:
                step = find_anew(stretch, row) or step
            if asker is not None:
                asker.saw(step.pose)
            current = step.belief
            yield row, step


def find_anew(stretch: Stretch, row: int) -> Step | None:
    """Return a step named from nothing, if exemplars fit in one way only."""
    if 4 not in stretch.settings.stages:
        return None
    found = name_from_nothing(stretch, row)
    if found is None or found[1] < SURE_LEAD or found[0].present.mean() < 0.5:
        return None
    belief = Belief.at(found[0].points_mm, stretch.shape)
    if stretch.settings.refine == "joint":
        return _take_step(stretch, row, belief, answers=None)
    return Step(_nobody(stretch, row), found[0], belief)


def name_from_nothing(stretch: Stretch, row: int) -> tuple[Pose3D, float] | None:
    """Return a timepoint's pose named without motion, and its lead in nats; None if no exemplar fits."""
    evidence = stretch.evidence[row]
    points = choose_disjoint(evidence.points, evidence.views, stretch.cameras, gate_px=evidence.gate_px)
    alone = replace(stretch, evidence=[replace(evidence, points=points)], seed_votes={}, votes={})
    found = name_without_motion(alone.problem(0, neighbors=(), answers=None))
    return None if found is None else (as_pose(found.naming, evidence=alone.evidence[0]), found.lead)


def _take_step(stretch: Stretch, row: int, belief: Belief, *, answers: ViewAnswers | None) -> Step:
    evidence, settings = stretch.evidence[row], stretch.settings
    problem = stretch.problem(row, neighbors=[belief.as_neighbor(stretch.shape)], answers=answers)
    if 4 in settings.stages and settings.refine == "joint":
        naming, pose = refine_jointly(problem, evidence=evidence)
        return Step(naming.chosen, pose, belief.after(pose.points_mm, stretch.shape))
    nobody = np.full((len(stretch.cameras), len(stretch.shape.mirror)), -1, dtype=np.int64)
    votes = nobody if answers is None else answers.numbers
    if 4 in settings.stages:
        pose = refine_per_keypoint(evidence, votes, cameras=stretch.cameras)
    else:
        pose = triangulate_assigned(evidence, votes, cameras=stretch.cameras)
    unnamed = _nobody(stretch, row)
    return Step(unnamed, pose, belief.after(pose.points_mm, stretch.shape).with_sides_settled(stretch.shape))


def _nobody(stretch: Stretch, row: int) -> IntArray:
    """Return the choice of a pose that is no joint naming: no keypoint takes a point, (keypoint,)."""
    return np.full(len(stretch.shape.mirror), len(stretch.evidence[row].points), dtype=np.int64)
