"""Two passes become one answer: the better path first, then every timepoint with both neighbours.

1. Where the passes disagree, the path of least energy that follows one or the other is taken (Viterbi 1967).
2. Each timepoint is named again between its settled neighbours, until nothing changes.
3. Left/right pairs are exchanged over whole intervals where the best path says so, and their margin is the path's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.cross_view_refinement import refine_jointly
from behaviorvlm.pose.naming import Neighbor, motion_energy
from behaviorvlm.pose.side_paths import (
    FLIPPING_SHARE,
    HEARD_NATS,
    MARGIN_SHARE,
    SideCosts,
    exchanged_where,
    side_costs,
)
from behaviorvlm.pose.tracking import Step, Stretch
from behaviorvlm.pose.view_answers import ViewAnswers
from behaviorvlm.types import BoolArray, FloatArray, IntArray, Pose3D, PoseFlag, all_finite

SWEEPS = 3
"""Sweeps over the stretch at most; a timepoint is named again only if itself or a neighbour changed."""


@dataclass(frozen=True, eq=False)
class Settled:
    """A stretch that is settled.

    Attributes:
        poses: One per timepoint; keypoints on which the passes disagreed are flagged.
        chosen: (keypoint,) int64 point numbers of each timepoint's evidence.
        alone: (timepoint, keypoint) nats, the margins before sides are considered over intervals.
        sides: What exchanging left/right pairs would cost.
    """

    poses: list[Pose3D]
    chosen: list[IntArray]
    alone: FloatArray
    sides: SideCosts


def settle(stretch: Stretch, passes: Sequence[Sequence[Step]], answers: Sequence[ViewAnswers | None]) -> Settled:
    """Settle each timepoint between its neighbours, and sides over whole intervals.

    Args:
        stretch: The timepoints.
        passes: One or two passes over all of them.
        answers: The answers of stages 1 to 3, None where nothing was asked.
    """
    if len(passes) == 1:
        chosen = [step.chosen for step in passes[0]]
    else:
        chosen = [passes[which][row].chosen for row, which in enumerate(_best_path(stretch, passes, answers))]
    poses = [step.pose for step in passes[0]]
    _sweep_until_settled(stretch, chosen, poses, passes=passes, answers=answers, due=np.ones(len(stretch), np.bool_))
    # What geometry answers about views comes from the pass itself: it would confirm whatever side the pass took.
    heard = answers if stretch.settings.named_by_sight else [None] * len(stretch)
    sides = side_costs(stretch, chosen, heard)
    wrong = sides.margins(FLIPPING_SHARE) < 0
    if wrong.any():
        chosen = exchanged_where(chosen, sides.pairs, wrong)
        due = _around(np.asarray(wrong.any(axis=1)))
        _sweep_until_settled(stretch, chosen, poses, passes=passes, answers=answers, due=due)
        sides = side_costs(stretch, chosen, heard)
    poses = [_flag_disagreement(pose, row, passes) for row, pose in enumerate(poses)]
    return _with_side_margins(poses, chosen, sides)


def settle_with_votes(stretch: Stretch, poses: Sequence[Pose3D], *, chosen: Sequence[IntArray]) -> Settled:
    """Settle a stretch again that a model was asked about.

    Sides are exchanged where the path says so because of votes; timepoints with votes are named again
    between their neighbours, and those around them as long as names change.

    Args:
        stretch: The timepoints, with votes.
        poses: As they were settled without votes, with the margins they had alone.
        chosen: (keypoint,) point numbers of each.
    """
    nobody: list[ViewAnswers | None] = [None] * len(stretch)
    poses, chosen = list(poses), list(chosen)
    unheard = side_costs(replace(stretch, votes={}), chosen, nobody, guessing=False).margins(MARGIN_SHARE)
    sides = side_costs(stretch, chosen, nobody, guessing=False)
    margins = sides.margins(MARGIN_SHARE)
    wrong = (margins < 0) & (np.abs(margins - unheard) >= HEARD_NATS)
    chosen = exchanged_where(chosen, sides.pairs, wrong)
    voted = np.isin(np.arange(len(stretch)), list(stretch.votes))
    first = [stretch.evidence[row].with_missing_mm[numbers] for row, numbers in enumerate(chosen)][::-1]
    start = Belief.at(_last_known(first), stretch.shape)
    due = voted | np.asarray(wrong.any(axis=1))
    due = _sweep(stretch, chosen, poses, passes=(), answers=nobody, start=start, due=due, fixed=~voted)
    for _ in range(SWEEPS - 1):
        if not due.any():
            break
        due = _sweep(stretch, chosen, poses, passes=(), answers=nobody, start=start, due=due)
    return _with_side_margins(poses, chosen, side_costs(stretch, chosen, nobody, guessing=False))


def _sweep_until_settled(
    stretch: Stretch,
    chosen: list[IntArray],
    poses: list[Pose3D],
    *,
    passes: Sequence[Sequence[Step]],
    answers: Sequence[ViewAnswers | None],
    due: BoolArray,
) -> None:
    """Name the due timepoints again, and those whose neighbours changed, in place."""
    start = next((step.belief for step in passes[0] if step.pose.present.any()), passes[0][0].belief)
    for _ in range(SWEEPS):
        due = _sweep(stretch, chosen, poses, passes=passes, answers=answers, start=start, due=due)
        if not due.any():
            break


def _with_side_margins(poses: Sequence[Pose3D], chosen: list[IntArray], sides: SideCosts) -> Settled:
    """Return the poses, no keypoint surer than its side is."""
    alone = np.stack([pose.margin for pose in poses])
    surest, margins = np.full(alone.shape, np.inf), sides.margins(MARGIN_SHARE)
    for which, pair in enumerate(sides.pairs):
        surest[:, pair] = margins[:, which, None]
    capped = np.minimum(alone, np.maximum(surest, 0.0))
    poses = [replace(pose, margin=margin) for pose, margin in zip(poses, capped, strict=True)]
    return Settled(poses, chosen, alone, sides)


def _best_path(stretch: Stretch, passes: Sequence[Sequence[Step]], answers: Sequence[ViewAnswers | None]) -> IntArray:
    """Return which pass to follow at each timepoint, (timepoint,) int64."""
    count = len(passes)
    problems = [stretch.problem(row, neighbors=(), answers=answers[row]) for row in range(len(stretch))]
    own = np.stack(
        [problem.energy(np.stack([steps[row].chosen for steps in passes])) for row, problem in enumerate(problems)]
    )
    total = own[0]
    came_from = np.zeros((len(stretch), count), dtype=np.int64)
    for row in range(1, len(stretch)):
        moves = total[:, None] + _move_energies(stretch, passes, row)
        came_from[row] = moves.argmin(axis=0)
        total = moves.min(axis=0) + own[row]
    path = np.zeros(len(stretch), dtype=np.int64)
    path[-1] = total.argmin()
    for row in range(len(stretch) - 1, 0, -1):
        path[row - 1] = came_from[row, path[row]]
    return path


def _move_energies(stretch: Stretch, passes: Sequence[Sequence[Step]], row: int) -> FloatArray:
    """Return what it costs to follow one pass before `row` and another from it on, (before, after) nats."""
    points = np.stack([steps[row].pose.points_mm for steps in passes])
    return np.stack(
        [
            motion_energy(points, _standing(steps[row - 1].belief, stretch), stretch.shape).sum(axis=1)
            for steps in passes
        ]
    )


def _standing(belief: Belief, stretch: Stretch) -> Neighbor:
    """Return a belief as a neighbour without velocity, which depends on the way a pass went."""
    return Neighbor(belief.pose_mm, np.zeros_like(belief.pose_mm), belief.reach_mm(stretch.shape))


def _sweep(
    stretch: Stretch,
    chosen: list[IntArray],
    poses: list[Pose3D],
    *,
    passes: Sequence[Sequence[Step]],
    answers: Sequence[ViewAnswers | None],
    start: Belief,
    due: BoolArray,
    fixed: BoolArray | None = None,
) -> BoolArray:
    """Name each due timepoint between its neighbours, in place; return which timepoints are due next.

    Those that are fixed keep their names and are only weighed.
    """
    points = [stretch.evidence[row].with_missing_mm[chosen[row]] for row in range(len(stretch))]
    after = _beliefs_from_the_right(stretch, points)
    belief, changed = start, np.zeros(len(stretch), dtype=np.bool_)
    for row in range(len(stretch)):
        neighbors = [_standing(belief, stretch)] if row else []
        if row + 1 < len(stretch):
            neighbors.append(_standing(after[row + 1], stretch))
        if due[row]:
            problem = stretch.problem(row, neighbors=neighbors, answers=answers[row])
            starts = [chosen[row], *(steps[row].chosen for steps in passes)]
            held = chosen[row] if fixed is not None and fixed[row] else None
            naming, poses[row] = refine_jointly(problem, evidence=stretch.evidence[row], starts=starts, held=held)
            changed[row] = bool((naming.chosen != chosen[row]).any())
            chosen[row] = naming.chosen
        belief = belief.after(stretch.evidence[row].with_missing_mm[chosen[row]], stretch.shape)
    return _around(changed)


def _around(changed: BoolArray) -> BoolArray:
    """Return the changed timepoints and their neighbours, (timepoint,) bool."""
    around = changed.copy()
    around[1:] |= changed[:-1]
    around[:-1] |= changed[1:]
    return around


def _beliefs_from_the_right(stretch: Stretch, points: Sequence[FloatArray]) -> list[Belief]:
    """Return what the timepoints to the right of each, itself included, say of where keypoints are."""
    belief = Belief.at(_last_known(points), stretch.shape)
    beliefs = []
    for place in reversed(points):
        belief = belief.after(place, stretch.shape)
        beliefs.append(belief)
    return beliefs[::-1]


def _last_known(points: Sequence[FloatArray]) -> FloatArray:
    """Return each keypoint's last position among (keypoint, 3) points, NaN if it has none."""
    last = points[-1].copy()
    for place in reversed(points):
        unknown = ~all_finite(last)
        if not unknown.any():
            break
        last[unknown] = place[unknown]
    return last


def _flag_disagreement(pose: Pose3D, row: int, passes: Sequence[Sequence[Step]]) -> Pose3D:
    if len(passes) == 1:
        return pose
    differs = passes[0][row].chosen != passes[1][row].chosen
    flags = pose.flags | np.where(differs & pose.present, int(PoseFlag.PASSES_DISAGREE), 0)
    return Pose3D(pose.timepoint, pose.points_mm, pose.numbers, pose.error_px, pose.margin, pose.runner_up_mm, flags)
