"""Naming without motion: laying exemplar poses over unnamed points from nothing.

Used where no neighbouring timepoint is known: to settle the timepoints at which a long video is cut, to find the animal
again after it was lost, and for single poses. Triangles of keypoints that keep their shape are looked up among the
points; each find lays the exemplar over the scene, rigidly and never mirrored, and names the points near it. The names
then bend the exemplar (each keypoint is predicted from the others, and names are given anew), and the best proposals
are improved by the joint naming, without its motion term.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from behaviorvlm.geometry.rigid import lay_over
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.pose.naming import Naming, NamingProblem, choose_one_to_one, heavy_tail, name_points
from behaviorvlm.types import FloatArray, IntArray, all_finite

TRIANGLES = 12
"""Triangles of keypoints looked up for each exemplar."""
LENGTH_SLACK = 0.15
"""Sides may differ by this share, plus `SIDE_SLACK` of the body scale."""
SIDE_SLACK = 0.05
FINDS = 600
"""Triangle finds kept of each exemplar, those of the most similar sides."""
PROPOSALS = 60
"""Proposals that are bent."""
BENDS = 6
"""Rounds of bending."""
IMPROVED = 5
"""Proposals that the joint naming improves."""
LARGEST_LEAD = 99.0
UNEXPLAINED = 4.0
"""What a point that no keypoint explains costs, in nats: of points that share no dot few are there by chance."""


@dataclass(frozen=True, eq=False)
class StaticNaming:
    """A naming from nothing, and how far it is ahead of the next different one.

    Attributes:
        naming: The best naming found; its margins also look at the other proposals.
        lead: Nats by which it beats the best proposal that names many keypoints differently, at most `LARGEST_LEAD`.
    """

    naming: Naming
    lead: float


def name_without_motion(problem: NamingProblem) -> StaticNaming | None:
    """Return the best naming of a problem without neighbours, or None if no exemplar fits anywhere.

    Args:
        problem: Its points should share no dot, as `geometry.disjoint` chooses them; (point + 1, 3) mm.
    """
    unary = problem.unary.copy()
    unary[:, :-1] -= UNEXPLAINED
    problem = replace(problem, unary=unary)
    proposals = _propose(problem)
    if not len(proposals):
        return None
    proposals = _bend(problem, proposals)
    energies = problem.energy(proposals)
    order = np.argsort(energies, kind="stable")
    best = [name_points(problem, starts=[proposals[row]], from_motion=False) for row in order[:IMPROVED]]
    best.sort(key=lambda naming: naming.energy)
    winner = best[0]
    rivals = [other.energy for other in best if _differs_much(other.chosen, winner.chosen)]
    rivals += [float(energies[row]) for row in order if _differs_much(proposals[row], winner.chosen)]
    lead = min((rival - winner.energy for rival in rivals), default=LARGEST_LEAD)
    return StaticNaming(_with_rivals(winner, best[1:]), min(lead, LARGEST_LEAD))


def _propose(problem: NamingProblem) -> IntArray:
    """Return the most promising configurations, (proposal, keypoint) point numbers."""
    points, shape = problem.points_mm[:-1], problem.shape
    nothing = np.empty((0, len(shape.mirror)), dtype=np.int64)
    if len(points) < 3:
        return nothing
    bodies = np.concatenate([_lay_template(template, points, shape) for template in shape.templates_mm])
    if not len(bodies):
        return nothing
    alone = _energy_near(problem, bodies)
    score = np.minimum(alone[..., :-1].min(axis=2), 0.0).sum(axis=1)
    best = np.argsort(score, kind="stable")[: 2 * PROPOSALS]
    return np.asarray(np.unique([choose_one_to_one(alone[row]) for row in best], axis=0))[: 2 * PROPOSALS]


def _bend(problem: NamingProblem, proposals: IntArray) -> IntArray:
    """Return proposals named anew from where the other names, and the exemplar that fits best, put each keypoint."""
    for _ in range(BENDS):
        guesses = problem.shape.predict(problem.points_mm[proposals])
        gaps = np.linalg.norm(guesses - problem.points_mm[proposals], axis=-1)
        known = np.isfinite(gaps)
        total, count = np.where(known, gaps, 0.0).sum(axis=2), known.sum(axis=2)
        best = np.where(count > 0, total / np.maximum(count, 1), np.inf).argmin(axis=0)
        bodies = guesses[best, np.arange(len(proposals))]
        alone = _energy_near(problem, bodies)
        bent = np.unique([choose_one_to_one(one) for one in alone], axis=0)
        energies = problem.energy(bent)
        bent = bent[np.argsort(energies, kind="stable")[:PROPOSALS]]
        if bent.shape == proposals.shape and (bent == proposals).all():
            break
        proposals = bent
    return proposals


def _energy_near(problem: NamingProblem, bodies: FloatArray) -> FloatArray:
    """Return what each point costs as each keypoint of (body, keypoint, 3) places, (body, keypoint, point + 1)."""
    squares = ((bodies[:, :, None] - problem.points_mm[:-1]) ** 2).sum(axis=-1) / problem.shape.spread_mm[:, None] ** 2
    alone = heavy_tail(np.nan_to_num(squares, nan=1e6)) + problem.unary[None, :, :-1] + problem.presence[:, None]
    return np.concatenate([alone, np.zeros((*alone.shape[:2], 1))], axis=2)


def _lay_template(template: FloatArray, points: FloatArray, shape: BodyShape) -> FloatArray:
    """Return the template laid over every triangle found, (find, keypoint, 3) mm."""
    lengths = np.linalg.norm(points[:, None] - points[None], axis=-1)
    corners, triples, misfits = [], [], []
    for triangle in _firm_triangles(template, shape):
        found, misfit = _look_up(template[triangle], lengths, slack_mm=SIDE_SLACK * shape.scale_mm)
        corners.append(np.tile(triangle, (len(found), 1)))
        triples.append(found)
        misfits.append(misfit)
    if not triples:
        return np.empty((0, *template.shape))
    best = np.argsort(np.concatenate(misfits), kind="stable")[:FINDS]
    names, numbers = np.concatenate(corners)[best], np.concatenate(triples)[best]
    return lay_over(template, template[names], points[numbers])


def _firm_triangles(template: FloatArray, shape: BodyShape) -> Sequence[IntArray]:
    """Return keypoint triples that are large for how firm their corners are; no two share a side.

    A hidden dot then spoils few of them.
    """
    known = np.nonzero(all_finite(template))[0]
    triples = np.array(list(combinations(known.tolist(), 3)), dtype=np.int64).reshape(-1, 3)
    a, b, c = template[triples[:, 0]], template[triples[:, 1]], template[triples[:, 2]]
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    firmness = area / (shape.spread_mm[triples] ** 2).sum(axis=1)
    chosen: list[IntArray] = []
    sides: set[tuple[int, int]] = set()
    for row in np.argsort(-firmness, kind="stable"):
        own = set(combinations(triples[row].tolist(), 2))
        if not own & sides:
            chosen.append(triples[row])
            sides |= own
        if len(chosen) == TRIANGLES:
            break
    return chosen


def _look_up(corners: FloatArray, lengths: FloatArray, *, slack_mm: float) -> tuple[IntArray, FloatArray]:
    """Return the point triples whose sides match a triangle's, (find, 3), and how badly they do, (find,)."""
    sides = [float(np.linalg.norm(corners[i] - corners[j])) for i, j in ((0, 1), (0, 2), (1, 2))]
    off = [np.abs(lengths - side) / (LENGTH_SLACK * side + slack_mm) for side in sides]
    first, second = np.nonzero(off[0] < 1)
    third = (off[1][first] < 1) & (off[2][second] < 1)
    row, last = np.nonzero(third)
    a, b = first[row], second[row]
    misfit = off[0][a, b] ** 2 + off[1][a, last] ** 2 + off[2][b, last] ** 2
    distinct = (a != b) & (a != last) & (b != last)
    return np.stack([a, b, last], axis=1)[distinct], misfit[distinct]


def _differs_much(other: IntArray, best: IntArray) -> bool:
    return bool((other != best).sum() > len(best) / 3)


def _with_rivals(best: Naming, others: Sequence[Naming]) -> Naming:
    """Return the naming with margins that count the other proposals as alternatives too."""
    margin, runner_up = best.margin.copy(), best.runner_up.copy()
    for other in others:
        closer = (other.chosen != best.chosen) & (other.energy - best.energy < margin)
        margin[closer], runner_up[closer] = other.energy - best.energy, other.chosen[closer]
    return Naming(best.chosen, best.energy, margin, runner_up)
