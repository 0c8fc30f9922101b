"""Stage 4, cross-view refinement: the views' answers become one 3D pose (paper, section 3.4).

Three ways, all on the same evidence:

- `refine_jointly`: dots are matched over the views first, into unnamed 3D points; then all keypoints are named at once
  from every view's votes, motion and skeleton. The default, because where two views see a dot their reprojection error
  is small for any pair of dots near the epipolar line, and only skeleton and motion can tell.
- `refine_per_keypoint`: as the paper does it. Each keypoint by itself: the consistent sets of dots, no two sharing one,
  that hold at least one dot some view voted for are its hypotheses (other dots and exchanged sides in the other views
  among them), missing is another; the configuration of least error wins, each set going to one keypoint.
- `triangulate_assigned`: no refinement; what the views assigned is triangulated linearly, right or wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from behaviorvlm.geometry.disjoint import choose_disjoint
from behaviorvlm.geometry.triangulation import Rays, reprojection_errors, triangulate_linear
from behaviorvlm.pose.evidence import Evidence
from behaviorvlm.pose.naming import Naming, NamingProblem, choose_one_to_one, name_points, weigh
from behaviorvlm.types import CameraGroup, FloatArray, IntArray, Pose3D, PoseFlag, all_finite

VOTE = 2.0
"""What a vote counts where nothing but votes and reprojection error does, in nats."""
UNCLAIMED = 99.0
"""Energy of a set of dots that no view voted for; also the largest margin."""


def as_pose(naming: Naming, *, evidence: Evidence) -> Pose3D:
    """Return a joint naming as a pose: points, dots, errors, margins and runners-up."""
    points = evidence.with_missing_mm
    n_cameras = evidence.points.numbers.shape[1]
    numbers = np.concatenate([evidence.points.numbers, np.full((1, n_cameras), -1)])
    error = np.append(evidence.points.error_px, np.nan)
    chosen = naming.chosen
    here = chosen < len(evidence.points)
    flags = np.where(here & ((numbers[chosen] >= 0).sum(axis=1) == 2), int(PoseFlag.TWO_VIEWS), 0)
    if evidence.floor is not None:
        below = evidence.floor.height_mm(np.nan_to_num(points[chosen])) < -2.0
        flags |= np.where(here & below, int(PoseFlag.BELOW_FLOOR), 0)
    margin = np.where(here, naming.margin, np.nan)
    return Pose3D(
        evidence.timepoint, points[chosen], numbers[chosen], error[chosen], margin, points[naming.runner_up], flags
    )


def refine_jointly(
    problem: NamingProblem, *, evidence: Evidence, starts: Sequence[IntArray] = (), held: IntArray | None = None
) -> tuple[Naming, Pose3D]:
    """Return all keypoints named at once, and the pose that makes.

    Args:
        problem: Everything that speaks for a name.
        evidence: The timepoint's candidates and unnamed points.
        starts: (keypoint,) configurations the search also starts from.
        held: (keypoint,) a configuration that is only weighed; nothing is searched.
    """
    naming = name_points(problem, starts=starts) if held is None else weigh(problem, held)
    return naming, as_pose(naming, evidence=evidence)


def refine_per_keypoint(evidence: Evidence, votes: IntArray, *, cameras: CameraGroup) -> Pose3D:
    """Return each keypoint's best consistent set of dots, judged by votes and reprojection error only.

    A view that voted for the left/right partner's dot, or for none, is outvoted by the views that agree.

    Args:
        evidence: The timepoint's candidates and unnamed points.
        votes: (camera, keypoint) int64 candidate numbers from stages 1 to 3, -1 = missing.
        cameras: The rig.
    """
    # Without motion and skeleton a chance meeting of two rays cannot be refused, so no two sets may share a dot.
    points = choose_disjoint(evidence.points, evidence.views, cameras, gate_px=evidence.gate_px)
    evidence = replace(evidence, points=points)
    claimed = evidence.votes_energy(votes, np.full(votes.shape, VOTE))
    # Only a set that holds a dot somebody voted for is a hypothesis.
    hypothesis = claimed < 0
    hypothesis[:, -1] = True
    energy = np.where(hypothesis, claimed + evidence.energy, UNCLAIMED)
    best = choose_one_to_one(energy)
    rows = np.arange(len(energy))
    others = energy.copy()
    others[rows, best] = np.inf
    second = others.argmin(axis=1) if energy.shape[1] > 1 else best
    margin = np.clip(others[rows, second] - energy[rows, best], 0.0, UNCLAIMED)
    return as_pose(Naming(best, 0.0, margin, second), evidence=evidence)


def triangulate_assigned(evidence: Evidence, votes: IntArray, *, cameras: CameraGroup) -> Pose3D:
    """Return what the views assigned, triangulated linearly with every assigned view: stage 4 switched off.

    Args:
        evidence: The timepoint's candidates.
        votes: (camera, keypoint) int64 candidate numbers, -1 = missing.
        cameras: The rig.
    """
    dots = dots_px(evidence, votes.T)
    points = triangulate_linear(dots, cameras)
    rays = Rays.through(dots, cameras)
    # A point behind a camera is no point: linear equations do not know which side of a camera is its front.
    errors = np.where(rays.seen, reprojection_errors(points, rays), 0.0)
    here = all_finite(points) & np.isfinite(errors).all(axis=0)
    points = np.where(here[:, None], points, np.nan)
    count = np.maximum(rays.seen.sum(axis=0), 1)
    error = np.where(here, np.sqrt((errors**2).sum(axis=0) / count), np.nan)
    numbers = np.where(here[:, None], votes.T, -1)
    flags = np.where(here & (rays.seen.sum(axis=0) == 2), int(PoseFlag.TWO_VIEWS), 0)
    nowhere = np.full((len(points), 3), np.nan)
    # Nothing was compared, so the only thing that can speak against a point is its own error.
    return Pose3D(evidence.timepoint, points, numbers, error, -error, nowhere, flags)


def dots_px(evidence: Evidence, numbers: IntArray) -> FloatArray:
    """Return the positions of (keypoint, camera) candidate numbers: (camera, keypoint, 2) px, NaN for -1."""
    dots = np.full((numbers.shape[1], numbers.shape[0], 2), np.nan)
    for camera, view in enumerate(evidence.views):
        rows = np.nonzero(numbers[:, camera] >= 0)[0]
        dots[camera, rows] = view.points_px[numbers[rows, camera]]
    return dots
