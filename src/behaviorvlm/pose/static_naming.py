"""Naming without motion: laying exemplar poses over unnamed points from nothing.

Used where no neighbouring timepoint is known: to settle the timepoints at which a long video is cut, to find the animal
again after it was lost, and for single poses. Triangles of keypoints that keep their shape are looked up among the
points; each find lays the exemplar over the scene, rigidly and without mirroring, and proposes a name for every point
near it. The best proposals are then improved by the joint naming, without its motion term.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
SIDE_SLACK = 0.03
FINDS = 400
"""Triangle finds kept, those of the most similar sides."""
PROPOSALS = 10
"""Proposals that are improved."""


@dataclass(frozen=True, eq=False)
class StaticNaming:
    """A naming from nothing, and how far it is ahead of the next different one.

    Attributes:
        naming: The best naming found; its margins also look at the other proposals.
        lead: Nats by which it beats the best proposal that names most keypoints differently, at most `LARGEST_LEAD`.
    """

    naming: Naming
    lead: float


LARGEST_LEAD = 99.0


def name_without_motion(problem: NamingProblem) -> StaticNaming | None:
    """Return the best naming of a problem without neighbours, or None if no exemplar fits anywhere."""
    starts = list(_proposals(problem))
    if not starts:
        return None
    found = [name_points(problem, starts=[start], from_motion=False) for start in starts]
    found.sort(key=lambda naming: naming.energy)
    best = found[0]
    rivals = [other.energy for other in found if _mostly_differs(other.chosen, best.chosen)]
    lead = min([rival - best.energy for rival in rivals], default=LARGEST_LEAD)
    return StaticNaming(_with_rivals(best, found[1:]), min(lead, LARGEST_LEAD))


def _proposals(problem: NamingProblem) -> Iterator[IntArray]:
    """Yield the most promising configurations, (keypoint,) point numbers, best first."""
    points = problem.points_mm[:-1]
    if len(points) < 3:
        return
    laid = [_lay_templates(template, points, problem.shape) for template in problem.shape.templates_mm]
    bodies = np.concatenate(laid)
    if not len(bodies):
        return
    reach = 2 * problem.shape.spread_mm
    squares = ((bodies[:, :, None] - points) ** 2).sum(axis=-1) / reach[:, None] ** 2
    alone = heavy_tail(np.nan_to_num(squares, nan=1e6)) + problem.unary[None, :, :-1]
    score = np.minimum(alone.min(axis=2), 0.0).sum(axis=1)
    nothing = np.zeros((len(reach), 1))
    seen: set[bytes] = set()
    for row in np.argsort(score, kind="stable"):
        start = choose_one_to_one(np.concatenate([alone[row], nothing], axis=1))
        if start.tobytes() not in seen:
            seen.add(start.tobytes())
            yield start
        if len(seen) == PROPOSALS:
            return


def _lay_templates(template: FloatArray, points: FloatArray, shape: BodyShape) -> FloatArray:
    """Return the template laid over every triangle found, (find, keypoint, 3) mm."""
    lengths = np.linalg.norm(points[:, None] - points[None], axis=-1)
    corners, triples, misfits = [], [], []
    for triangle in _firm_triangles(template, shape):
        found, misfit = _look_up(template[list(triangle)], lengths, slack_mm=SIDE_SLACK * shape.scale_mm)
        corners.append(np.tile(triangle, (len(found), 1)))
        triples.append(found)
        misfits.append(misfit)
    if not triples:
        return np.empty((0, *template.shape))
    best = np.argsort(np.concatenate(misfits), kind="stable")[:FINDS]
    names, numbers = np.concatenate(corners)[best], np.concatenate(triples)[best]
    return lay_over(template, template[names], points[numbers])


def _firm_triangles(template: FloatArray, shape: BodyShape) -> Sequence[tuple[int, int, int]]:
    """Return the keypoint triples whose sides say most: firm for their size, and far from a line."""
    known = np.nonzero(all_finite(template))[0]
    scored = []
    for triangle in combinations(known.tolist(), 3):
        a, b, c = template[list(triangle)]
        area = float(np.linalg.norm(np.cross(b - a, c - a))) / 2
        scored.append((area / float((shape.spread_mm[list(triangle)] ** 2).sum()), triangle))
    scored.sort(key=lambda entry: (-entry[0], entry[1]))
    return _varied([triangle for _, triangle in scored])


def _varied(triangles: Sequence[tuple[int, int, int]]) -> Sequence[tuple[int, int, int]]:
    """Return the first triangles of which no two share a side, so that a hidden dot spoils few; then the others."""
    chosen: list[tuple[int, int, int]] = []
    sides: set[tuple[int, int]] = set()
    for triangle in triangles:
        own = set(combinations(triangle, 2))
        if not own & sides:
            chosen.append(triangle)
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


def _mostly_differs(other: IntArray, best: IntArray) -> bool:
    return bool((other != best).sum() > len(best) / 3)


def _with_rivals(best: Naming, others: Sequence[Naming]) -> Naming:
    """Return the naming with margins that count the other proposals as alternatives too."""
    margin, runner_up = best.margin.copy(), best.runner_up.copy()
    for other in others:
        closer = (other.chosen != best.chosen) & (other.energy - best.energy < margin)
        margin[closer], runner_up[closer] = other.energy - best.energy, other.chosen[closer]
    return Naming(best.chosen, best.energy, margin, runner_up)
