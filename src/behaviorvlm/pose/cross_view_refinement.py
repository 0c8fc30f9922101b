"""Stage 4, cross-view refinement: the views' answers become one 3D pose (paper, section 3.4).

Three ways, all on the same evidence:

- `refine_jointly`: dots are matched over the views first, into unnamed 3D points; then all keypoints are named at once
  from every view's votes, motion and skeleton. The default, because where two views see a dot their reprojection error
  is small for any pair of dots near the epipolar line, and only skeleton and motion can tell.
- `refine_per_keypoint`: as the paper does it. Each keypoint by itself: the consistent sets of dots that hold at least
  one dot some view voted for are its hypotheses, a set voted for its left/right partner another, missing the last; the
  configuration of least error wins.
- `triangulate_assigned`: no refinement; what the views assigned is triangulated linearly, right or wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from behaviorvlm.geometry.triangulation import Rays, reprojection_errors, triangulate_linear
from behaviorvlm.pose.evidence import Evidence
from behaviorvlm.pose.naming import Naming, NamingProblem
from behaviorvlm.types import CameraGroup, FloatArray, IntArray, Pose3D, PoseFlag

EXCHANGED = 1.0
"""What a vote counts for the left/right partner, as a share of what it counts for the keypoint; less 1 nat."""


def as_pose(naming: Naming, problem: NamingProblem, *, evidence: Evidence) -> Pose3D:
    """Return a joint naming as a pose: points, dots, errors, margins and runners-up."""
    points = evidence.with_missing_mm
    n_cameras = evidence.points.numbers.shape[1]
    numbers = np.concatenate([evidence.points.numbers, np.full((1, n_cameras), -1)])
    error = np.append(evidence.points.error_px, np.nan)
    chosen = naming.chosen
    here = chosen < problem.missing
    flags = np.where(here & ((numbers[chosen] >= 0).sum(axis=1) == 2), int(PoseFlag.TWO_VIEWS), 0)
    if evidence.floor is not None:
        below = evidence.floor.height_mm(np.nan_to_num(points[chosen])) < -2.0
        flags |= np.where(here & below, int(PoseFlag.BELOW_FLOOR), 0)
    margin = np.where(here, naming.margin, np.nan)
    return Pose3D(
        evidence.timepoint, points[chosen], numbers[chosen], error[chosen], margin, points[naming.runner_up], flags
    )


def refine_per_keypoint(evidence: Evidence, votes: IntArray, *, mirror: IntArray) -> Pose3D:
    """Return each keypoint's best consistent set of dots, taken by itself.

    Args:
        evidence: The timepoint's candidates and unnamed points.
        votes: (camera, keypoint) int64 candidate numbers from stages 1 to 3, -1 = missing.
        mirror: (keypoint,) int64 left/right partner.
    """
    weight = np.ones(votes.shape)
    own = evidence.votes_energy(votes, 2 * weight)
    partner = evidence.votes_energy(votes[:, mirror], 2 * weight * EXCHANGED)
    exchanged = np.where((mirror != np.arange(len(mirror)))[:, None], np.minimum(partner + 1.0, 0.0), 0.0)
    claimed = np.minimum(own, exchanged)
    claimed[:, :-1][claimed[:, :-1] == 0.0] = np.inf
    energy = claimed + evidence.energy
    order = np.argsort(energy, axis=1, kind="stable")
    keypoints = np.arange(len(energy))
    best = order[:, 0]
    second = order[:, 1] if energy.shape[1] > 1 else best
    margin = np.minimum(energy[keypoints, second] - energy[keypoints, best], 99.0)
    problem = NamingProblem(evidence.with_missing_mm, energy, evidence.conflict, (), None, mirror)
    return as_pose(Naming(best, 0.0, margin, second), problem, evidence=evidence)


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
    here = np.isfinite(points).all(axis=1)
    errors = np.where(rays.seen, reprojection_errors(points, rays), 0.0)
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


def stack_votes(votes: Sequence[IntArray]) -> IntArray:
    """Return the (keypoint,) numbers of every camera as (camera, keypoint) int64."""
    return np.stack(list(votes)).astype(np.int64)
