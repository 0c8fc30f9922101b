"""Which dots in different views are one point: unnamed 3D points from unnamed candidates.

Every pair of candidates in two views whose rays nearly meet proposes a point; each view then adds its candidate nearest
to that point's projection; the set is triangulated and the views are asked again. What is left are the distinct sets of
mutually consistent candidates. Sets may compete for a candidate: a chance meeting of two rays cannot be told from a
point seen by two cameras by geometry alone, so all are kept and naming decides with motion and skeleton.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from behaviorvlm.geometry.triangulation import Rays, reprojection_errors, root_mean_square, triangulate_rays
from behaviorvlm.types import BoolArray, CameraGroup, CandidateSet, Correspondence, FloatArray, IntArray

SETTLING_ROUNDS = 2
"""How often views are asked again after triangulation; a third changed no set on the simulated arena."""
NEAREST_DEPTH_MM = 1.0
"""Rays that meet nearer to a camera than this do not meet in the scene."""


def match_views(candidates: Sequence[CandidateSet], cameras: CameraGroup, *, gate_px: float) -> Correspondence:
    """Return the unnamed 3D points of one timepoint.

    Args:
        candidates: One set per camera, in camera-axis order.
        cameras: The rig.
        gate_px: Largest reprojection error of a view that belongs to a point, in undistorted px.

    Returns:
        All distinct, maximal sets of two or more views that agree on a point.
    """
    camera_of = np.repeat(np.arange(len(cameras)), [len(view) for view in candidates])
    rays = _candidate_rays(candidates, cameras)
    first, second = _meeting_pairs(rays, camera_of, gate_px=gate_px)
    members = np.full((len(first), len(cameras)), -1, dtype=np.int64)
    members[np.arange(len(first)), camera_of[first]] = first
    members[np.arange(len(first)), camera_of[second]] = second
    for _ in range(SETTLING_ROUNDS):
        points, _ = _triangulate_members(rays, members)
        members = _members_near(points, rays, gate_px=gate_px)
        members = np.unique(members[(members >= 0).sum(axis=1) >= 2], axis=0)
    points, errors = _triangulate_members(rays, members)
    # First what disagrees goes, so that no sound set is dropped as a part of an unsound one.
    sound = ((errors <= gate_px) | (members < 0).T).all(axis=0)
    members, points, errors = members[sound], points[sound], errors[:, sound]
    keep = ~_is_part_of_another(members)
    starts = np.concatenate([[0], np.cumsum([len(view) for view in candidates])[:-1]])
    numbers = np.where(members >= 0, members - starts, -1)[keep]
    error = root_mean_square(errors, (members >= 0).T)[keep]
    timepoint = candidates[0].timepoint
    return Correspondence(timepoint, points[keep], numbers, error, np.zeros(len(numbers), dtype=np.bool_))


def _candidate_rays(candidates: Sequence[CandidateSet], cameras: CameraGroup) -> Rays:
    """Return the rays of all candidates, one observation each: (1 camera at a time, all candidates)."""
    counts = [len(view) for view in candidates]
    points = np.full((len(cameras), sum(counts), 2), np.nan)
    start = 0
    for index, view in enumerate(candidates):
        points[index, start : start + counts[index]] = view.points_px
        start += counts[index]
    return Rays.through(points, cameras)


def _meeting_pairs(rays: Rays, camera_of: IntArray, *, gate_px: float) -> tuple[IntArray, IntArray]:
    """Return the index pairs of candidates of different views whose rays pass each other closely enough."""
    own = rays.directions[camera_of, np.arange(len(camera_of))]
    origins = np.stack([camera.position_mm for camera in rays.cameras])[camera_of]
    focal = np.array([camera.matrix[0, 0] for camera in rays.cameras])[camera_of]
    seen = np.asarray(rays.seen.any(axis=0))
    first, second = np.nonzero((camera_of[:, None] < camera_of) & seen[:, None] & seen)
    d, e, baseline = own[first], own[second], origins[second] - origins[first]
    cosine = np.einsum("ni,ni->n", d, e)
    sine2 = np.maximum(1 - cosine**2, 1e-12)
    along_d, along_e = np.einsum("ni,ni->n", baseline, d), np.einsum("ni,ni->n", baseline, e)
    depth_first = (along_d - cosine * along_e) / sine2
    depth_second = (cosine * along_d - along_e) / sine2
    gap = np.abs(np.einsum("ni,ni->n", baseline, np.cross(d, e))) / np.sqrt(sine2)
    # The midpoint splits the gap, so a view is wrong by half of it at its depth.
    allowed = 2 * gate_px * np.minimum(depth_first / focal[first], depth_second / focal[second])
    meet = (gap <= allowed) & (np.minimum(depth_first, depth_second) > NEAREST_DEPTH_MM)
    return first[meet], second[meet]


def _triangulate_members(rays: Rays, members: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the (point, 3) mm and the (camera, point) px errors of sets given as (point, camera) candidate rows."""
    chosen, camera = np.maximum(members.T, 0), np.arange(members.shape[1])[:, None]
    if not rays.seen.shape[1]:
        return np.empty((0, 3)), np.empty((members.shape[1], 0))
    picked = Rays(rays.ideal[camera, chosen], members.T >= 0, rays.directions[camera, chosen], rays.cameras)
    points = triangulate_rays(picked, picked.seen)
    return points, reprojection_errors(points, picked)


def _members_near(points: FloatArray, rays: Rays, *, gate_px: float) -> IntArray:
    """Return each view's candidate nearest to each point within the gate, (point, camera); -1 = none."""
    members = np.full((len(points), len(rays.cameras)), -1, dtype=np.int64)
    for index, camera in enumerate(rays.cameras):
        rows = np.flatnonzero(rays.seen[index])
        if not len(rows) or not len(points):
            continue
        x, y, z = (points @ camera.rotation.T + camera.tvec).T
        seen = np.stack([x, y], axis=-1) / np.where(z > 0, z, np.nan)[:, None]
        gaps = seen[:, None] - rays.ideal[index, rows]
        distance = camera.matrix[0, 0] * np.hypot(gaps[..., 0], gaps[..., 1])
        distance = np.where(np.isfinite(distance), distance, np.inf)
        nearest = distance.argmin(axis=1)
        close = distance[np.arange(len(points)), nearest] <= gate_px
        members[close, index] = rows[nearest[close]]
    return members


def _is_part_of_another(members: IntArray) -> BoolArray:
    """Return which sets are contained in a larger set, (point,) bool."""
    if not len(members):
        return np.zeros(0, dtype=np.bool_)
    present = members >= 0
    shared = ((members[:, None] == members[None]) & present[:, None]).sum(axis=-1)
    counts = present.sum(axis=1)
    inside = (shared == counts[:, None]) & (counts[None] > counts[:, None])
    return np.asarray(inside.any(axis=1))
