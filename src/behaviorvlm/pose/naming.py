"""Joint naming: all keypoints of one timepoint at once, from every view's votes, motion and skeleton.

A configuration gives each keypoint one of the unnamed 3D points, or nothing. Its energy, in nats, sums

- what the pictures say: each view that shows the point explains a dot; reprojection error and suspicion (speck, mirror)
  count against it; two names on one dot count against both;
- what the annotator says: a vote for a dot the point rests on;
- motion: from a neighbouring timepoint a keypoint stayed, kept its velocity or moved with the body around it;
- skeleton: it stands where the exemplars, laid over the other keypoints, say it should.

The search starts from an optimal one-to-one assignment on motion alone, then takes the best single change, exchange or
replacement until none helps. The last round of changes is the list of alternatives: the best one in which a keypoint
differs is its runner-up, and the difference in energy its margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment

from behaviorvlm.geometry.rigid import predict_from_neighbors
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.types import FloatArray, IntArray

ALTERNATIVES = 5
"""Other points tried for each keypoint in each round."""
MAX_ROUNDS = 12
"""Rounds of local search; the simulated arena needs 1 to 3."""
USUAL_SPREAD = 0.05
"""Spread of a prediction that speaks neither for nor against a name, as a share of the body scale: where predictions
are firmer, a point that fulfils them is less likely to be there by chance."""
TYPICAL = 3.0
"""Typical squared distance, in spreads, of a true point from its prediction: 3 dimensions."""
HOPELESS = 25.0
"""An alternative that looks worse by more nats, taken by itself, is not weighed; also the largest margin."""
OUT_OF_REACH = 60.0
"""Energy of a keypoint placed absurdly far; finite, so that assignments stay comparable."""


@dataclass(frozen=True, eq=False)
class Neighbor:
    """What a neighbouring timepoint says about this one.

    Attributes:
        pose_mm: (keypoint, 3) float64 where the keypoints were, believed positions included.
        velocity_mm: (keypoint, 3) float64 mm per timepoint towards this one.
        reach_mm: (keypoint,) float64 how far a keypoint strays from a prediction, grown where it was not seen.
    """

    pose_mm: FloatArray
    velocity_mm: FloatArray
    reach_mm: FloatArray


@dataclass(frozen=True, eq=False)
class NamingProblem:
    """One timepoint's unnamed points and everything that speaks for a name.

    Attributes:
        points_mm: (point + 1, 3) float64, the last row NaN for missing.
        unary: (keypoint, point + 1) float64 nats from pictures and votes, 0 for missing.
        conflict: (point + 1, point + 1) float64 nats if two keypoints take these points.
        neighbors: Neighbouring timepoints already named.
        shape: The animal.
    """

    points_mm: FloatArray
    unary: FloatArray
    conflict: FloatArray
    neighbors: Sequence[Neighbor]
    shape: BodyShape

    @property
    def missing(self) -> int:
        """The point number that means missing."""
        return len(self.points_mm) - 1

    @cached_property
    def presence(self) -> FloatArray:
        """What being somewhere costs each keypoint beside being missing, (keypoint,) nats.

        Together the predictions confine a keypoint to a volume; the smaller it is, the less likely is a chance point.
        """
        spreads = [self.shape.spread_mm, *(neighbor.reach_mm for neighbor in self.neighbors)]
        confined = np.sum([spread**-2.0 for spread in spreads], axis=0) ** -0.5
        usual = 3.0 * np.log(confined / (USUAL_SPREAD * self.shape.scale_mm))
        return np.asarray(usual - len(spreads) * float(heavy_tail(np.array(TYPICAL))))

    def energy(self, configurations: IntArray) -> FloatArray:
        """Return the energy of (configuration, keypoint) point numbers, (configuration,) nats."""
        keypoints = np.arange(configurations.shape[1])
        points = self.points_mm[configurations]
        total: FloatArray = self.unary[keypoints, configurations].sum(axis=1)
        total += np.where(configurations < self.missing, self.presence, 0.0).sum(axis=1)
        clash = self.conflict[configurations[:, :, None], configurations[:, None]]
        total += clash.sum(axis=(1, 2)) / 2 - clash[:, keypoints, keypoints].sum(axis=1) / 2
        total += self.shape_energy(points).sum(axis=1)
        for neighbor in self.neighbors:
            total += motion_energy(points, neighbor, self.shape).sum(axis=1)
        return total

    def nearby_energy(self) -> FloatArray:
        """Return each point's energy for each keypoint by itself, (keypoint, point + 1) nats."""
        total = self.unary.copy()
        total[:, :-1] += self.presence[:, None]
        for neighbor in self.neighbors:
            ahead = neighbor.pose_mm + neighbor.velocity_mm
            gaps = np.minimum(
                ((self.points_mm - neighbor.pose_mm[:, None]) ** 2).sum(axis=-1),
                ((self.points_mm - ahead[:, None]) ** 2).sum(axis=-1),
            )
            total += np.nan_to_num(heavy_tail(gaps / neighbor.reach_mm[:, None] ** 2))
        return np.minimum(total, OUT_OF_REACH)

    def shape_energy(self, points: FloatArray) -> FloatArray:
        """Return what the skeleton says of (configuration, keypoint, 3) mm, (configuration, keypoint) nats."""
        return np.nan_to_num(heavy_tail(self.shape.misfit(points) / self.shape.spread_mm**2))


@dataclass(frozen=True, eq=False)
class Naming:
    """The best configuration found, and how sure it is.

    Attributes:
        chosen: (keypoint,) int64 point numbers of the problem.
        energy: Its energy in nats.
        margin: (keypoint,) float64 nats to the best configuration in which the keypoint differs.
        runner_up: (keypoint,) int64 the point number the keypoint has there.
    """

    chosen: IntArray
    energy: float
    margin: FloatArray
    runner_up: IntArray


@dataclass
class _Search:
    problem: NamingProblem
    starts: Sequence[IntArray]
    sight: FloatArray = field(init=False)
    alternatives: IntArray = field(init=False)

    def __post_init__(self) -> None:
        self.sight = self._first_sight()
        order = np.argsort(self.sight[:, :-1], axis=1, kind="stable")[:, :ALTERNATIVES]
        self.alternatives = np.concatenate(
            [order, np.full((len(order), 1), self.problem.missing, dtype=np.int64)], axis=1
        )

    def _first_sight(self) -> FloatArray:
        """Return each point's energy for each keypoint by itself, (keypoint, point + 1) nats.

        Without neighbours, or where they are vague, the body of the first start says where keypoints should be.
        """
        energy = self.problem.nearby_energy()
        if self.problem.neighbors or not self.starts:
            return energy
        places = self.problem.points_mm[self.starts[0]][None]
        gaps = ((self.problem.shape.predict(places)[:, 0, :, None] - self.problem.points_mm) ** 2).sum(axis=-1)
        nearest = np.where(np.isnan(gaps), np.inf, gaps).min(axis=0)
        squares = np.where(np.isfinite(nearest), nearest, 0.0) / self.problem.shape.spread_mm[:, None] ** 2
        return energy + heavy_tail(squares)

    def changes(self, chosen: IntArray) -> IntArray:
        """Return the configurations one change, exchange or replacement away from `chosen`, without hopeless ones."""
        count = len(chosen)
        keypoint = np.repeat(np.arange(count), self.alternatives.shape[1])
        single = np.tile(chosen, (len(keypoint), 1))
        rows = np.arange(len(keypoint))
        single[rows, keypoint] = self.alternatives.ravel()
        bumped = self._bump(single, keypoint, chosen)
        swaps = self._exchanges(chosen)
        everything = np.unique(np.concatenate([single, bumped, swaps]), axis=0)
        keypoints = np.arange(count)
        ahead = self.sight[keypoints, everything].sum(axis=1) - self.sight[keypoints, chosen].sum()
        return np.asarray(everything[(everything != chosen).any(axis=1) & (ahead <= HOPELESS)])

    def _bump(self, single: IntArray, keypoint: IntArray, chosen: IntArray) -> IntArray:
        """Return the changes that take another keypoint's point, with that one missing, or given the point left."""
        taken = single[np.arange(len(single)), keypoint]
        owner = (chosen[None] == taken[:, None]) & (taken != self.problem.missing)[:, None]
        owner[np.arange(len(single)), keypoint] = False
        contested = owner.any(axis=1)
        gone, handed = single[contested].copy(), single[contested].copy()
        gone[owner[contested]] = self.problem.missing
        handed[owner[contested]] = np.repeat(chosen[keypoint[contested]], owner[contested].sum(axis=1))
        return np.concatenate([gone, handed])

    def _exchanges(self, chosen: IntArray) -> IntArray:
        """Return left/right exchanges, one pair at a time and all at once."""
        mirror, count = self.problem.shape.mirror, len(chosen)
        left = np.nonzero(mirror > np.arange(count))[0]
        swaps = np.tile(chosen, (len(left) + 1, 1))
        for row, keypoint in enumerate(left):
            swaps[row, [keypoint, mirror[keypoint]]] = chosen[[mirror[keypoint], keypoint]]
        swaps[-1] = chosen[mirror]
        return swaps


def name_points(problem: NamingProblem, *, starts: Sequence[IntArray] = (), from_motion: bool = True) -> Naming:
    """Return the best configuration found.

    Args:
        problem: What is to be named.
        starts: (keypoint,) configurations to start from, if they are better.
        from_motion: Also start from the optimal assignment on motion alone.
    """
    if not problem.missing:  # no point at all: there is nothing to choose
        nowhere = np.zeros(len(problem.unary), dtype=np.int64)
        return Naming(nowhere, 0.0, np.full(len(nowhere), np.inf), nowhere)
    search = _Search(problem, starts)
    candidates = [*([choose_one_to_one(problem.nearby_energy())] if from_motion else []), *starts]
    energies = problem.energy(np.stack(candidates))
    chosen, energy = candidates[int(energies.argmin())], float(energies.min())
    for _ in range(MAX_ROUNDS):
        changes = search.changes(chosen)
        found = problem.energy(changes)
        if not len(found) or found.min() >= energy - 1e-9:
            break
        best = int(found.argmin())
        chosen, energy = changes[best], float(found[best])
    else:
        changes = search.changes(chosen)
        found = problem.energy(changes)
    return _with_margins(chosen, energy, others=changes, energies=found)


def weigh(problem: NamingProblem, chosen: IntArray) -> Naming:
    """Return a configuration, (keypoint,) point numbers, as it is, with its margins; 0 where another is better."""
    if not problem.missing:
        return name_points(problem)
    others = _Search(problem, (chosen,)).changes(chosen)
    naming = _with_margins(
        chosen, float(problem.energy(chosen[None])[0]), others=others, energies=problem.energy(others)
    )
    return replace(naming, margin=np.maximum(naming.margin, 0.0))


def motion_energy(points: FloatArray, neighbor: Neighbor, shape: BodyShape) -> FloatArray:
    """Return the motion term of (pose, keypoint, 3) mm next to a neighbour, (pose, keypoint) nats; 0 where missing."""
    moved = predict_from_neighbors(points, neighbor.pose_mm, shape.weights)
    ahead = neighbor.pose_mm + neighbor.velocity_mm
    gaps = np.stack([((points - guess) ** 2).sum(axis=-1) for guess in (neighbor.pose_mm, ahead, moved)])
    nearest = np.where(np.isnan(gaps), np.inf, gaps).min(axis=0)
    return np.where(np.isfinite(nearest), heavy_tail(np.minimum(nearest, 1e12) / neighbor.reach_mm**2), 0.0)


def heavy_tail(squares: FloatArray) -> FloatArray:
    """Return the energy of squared distances in spreads: Student's t with 3 degrees of freedom in 3D.

    Args:
        squares: (..., keypoint).

    Returns:
        (..., keypoint) nats.
    """
    return 3.0 * np.log1p(squares / 3.0)


def choose_one_to_one(energy: FloatArray) -> IntArray:
    """Return the one-to-one choice of least energy, (keypoint,) int64 columns.

    Args:
        energy: (keypoint, point + 1) float64; the last column is for missing, and may be chosen any number of times.
    """
    count, missing = energy.shape[0], energy.shape[1] - 1
    nothing = np.where(np.eye(count, dtype=np.bool_), energy[:, -1:], energy.max() + OUT_OF_REACH)
    rows, columns = linear_sum_assignment(np.concatenate([energy[:, :-1], nothing], axis=1))
    chosen = np.full(count, missing, dtype=np.int64)
    chosen[rows] = np.minimum(columns, missing)
    return chosen


def _with_margins(chosen: IntArray, energy: float, *, others: IntArray, energies: FloatArray) -> Naming:
    """Return the naming with, for each keypoint, the nearest alternative in which it differs.

    Without one, the keypoint is ahead of all by `HOPELESS`, and its runner-up is itself.
    """
    everything = np.concatenate([others, chosen[None]])
    gaps = np.where(others != chosen, energies[:, None] - energy, np.inf)
    gaps = np.concatenate([gaps, np.full((1, len(chosen)), HOPELESS)])
    best = gaps.argmin(axis=0)
    keypoints = np.arange(len(chosen))
    return Naming(chosen, energy, gaps[best, keypoints], everything[best, keypoints])
