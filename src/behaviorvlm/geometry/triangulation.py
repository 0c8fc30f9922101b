"""Pixels of several views to world points: linear, optimal and robust, all vectorised over points.

Method: every view gives a ray; the point that is nearest to all rays solves 3 x 3 normal equations (the midpoint
method of Hartley and Sturm 1997 for any number of views). Weighting each ray by focal length over depth makes the
distance a reprojection error in pixels, so two rounds come within thousandths of a pixel of the maximum-likelihood
point. Because the normal equations of a subset of views are a sum over these views, a consensus over subsets costs
little: all views first, then all but one, then every pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from behaviorvlm.geometry.projection import undistort
from behaviorvlm.types import BoolArray, CameraGroup, FloatArray, all_finite

ROUNDS = 2
"""Reweighting rounds of `triangulate`; a third changes arena-sized results by less than 0.001 px."""


@dataclass(frozen=True, eq=False)
class RobustTriangulation:
    """World points and the views they rest on.

    Attributes:
        points_mm: (point, 3) float64; NaN where no two views agree.
        inliers: (point, camera) bool.
        error_px: (point,) float64 root mean square reprojection error over the inliers, in undistorted px.
    """

    points_mm: FloatArray
    inliers: BoolArray
    error_px: FloatArray


@dataclass(frozen=True, eq=False)
class Rays:
    """The lines of sight of N points in C cameras.

    Attributes:
        ideal: (camera, point, 2) undistorted normalised coordinates.
        seen: (camera, point) bool, finite observations.
        directions: (camera, point, 3) unit vectors, world frame.
        cameras: The cameras.
    """

    ideal: FloatArray
    seen: BoolArray
    directions: FloatArray
    cameras: CameraGroup

    @classmethod
    def through(cls, points_px: FloatArray, cameras: CameraGroup) -> Rays:
        """Return the rays through (camera, point, 2) raw px; NaN = not seen."""
        ideal = np.stack([undistort(view, camera) for view, camera in zip(points_px, cameras, strict=True)])
        seen = all_finite(ideal)
        ideal = np.where(seen[..., None], ideal, 0.0)
        lines = np.concatenate([ideal, np.ones_like(ideal[..., :1])], axis=-1)
        lines /= np.linalg.norm(lines, axis=-1, keepdims=True)
        rotations = np.stack([camera.rotation for camera in cameras])
        return cls(ideal, seen, np.matmul(lines, rotations), cameras)

    def take(self, which: BoolArray) -> Rays:
        """Return the rays of those points only of which (point,) `which` is True."""
        return Rays(self.ideal[:, which], self.seen[:, which], self.directions[:, which], self.cameras)


def triangulate(points_px: FloatArray, cameras: CameraGroup) -> FloatArray:
    """Return the points of least reprojection error.

    Args:
        points_px: (camera, ..., 2) raw px, NaN where a view does not see the point.
        cameras: The rig.

    Returns:
        (..., 3) float64 mm; NaN where fewer than two views see the point.
    """
    shape = points_px.shape[1:-1]
    rays = Rays.through(points_px.reshape(len(cameras), -1, 2), cameras)
    return triangulate_rays(rays, rays.seen).reshape(*shape, 3)


def triangulate_with_error(points_px: FloatArray, cameras: CameraGroup) -> RobustTriangulation:
    """Return the points of least reprojection error for views that are all to be believed, with that error.

    Args:
        points_px: (camera, point, 2) raw px, NaN where a view does not see the point.
        cameras: The rig.

    Returns:
        The points; NaN where fewer than two views see one, or where it would lie behind a camera that does.
    """
    rays = Rays.through(points_px, cameras)
    points = triangulate_rays(rays, rays.seen)
    error = root_mean_square(reprojection_errors(points, rays), rays.seen)
    points = np.where(np.isfinite(error)[:, None], points, np.nan)
    return RobustTriangulation(points, rays.seen.T, np.where(np.isfinite(error), error, np.nan))


def triangulate_linear(points_px: FloatArray, cameras: CameraGroup) -> FloatArray:
    """Return the points of least algebraic error (direct linear transform), as most tools triangulate.

    Used where the paper's fourth stage is switched off.

    Args:
        points_px: (camera, ..., 2) raw px, NaN where a view does not see the point.
        cameras: The rig.

    Returns:
        (..., 3) float64 mm; NaN where fewer than two views see the point.
    """
    shape = points_px.shape[1:-1]
    rays = Rays.through(points_px.reshape(len(cameras), -1, 2), cameras)
    projections = np.stack([np.column_stack([camera.rotation, camera.tvec]) for camera in cameras])
    rows = rays.ideal[..., None] * projections[:, None, 2:3] - projections[:, None, :2]
    rows = np.where(rays.seen[..., None, None], rows, 0.0)
    equations = rows.transpose(1, 0, 2, 3).reshape(rows.shape[1], 2 * len(cameras), 4)
    solution = np.linalg.svd(equations)[2][:, -1]
    enough = rays.seen.sum(axis=0) >= 2
    points = solution[:, :3] / np.where(np.abs(solution[:, 3:]) > 1e-12, solution[:, 3:], np.nan)
    return np.where(enough[:, None], points, np.nan).reshape(*shape, 3)


def triangulate_robust(
    points_px: FloatArray, cameras: CameraGroup, *, threshold_px: float = 5.0
) -> RobustTriangulation:
    """Return for each point the largest set of views that agree on it, and the point of least error for that set.

    Views agree if each sees the point within `threshold_px`. Sets are tried from large to small: all views, all but
    one, and the consensus of every pair (an exhaustive RANSAC, Fischler and Bolles 1981), so the result is
    deterministic.

    Args:
        points_px: (camera, point, 2) raw px, NaN where not seen.
        cameras: The rig.
        threshold_px: Largest reprojection error of an agreeing view, in undistorted px.

    Returns:
        The points; NaN, with no inliers, where no two views agree.
    """
    rays = Rays.through(points_px, cameras)
    inliers = np.zeros_like(rays.seen)
    open_points = rays.seen.sum(axis=0) >= 2
    for subsets, grow in _subset_rounds(len(cameras)):
        if not open_points.any():
            break
        found = _best_subset(rays.take(open_points), subsets, threshold_px=threshold_px, grow=grow)
        inliers[:, open_points] = found
        open_points[open_points] = ~found.any(axis=0)
    points = triangulate_rays(rays, inliers)
    error = root_mean_square(reprojection_errors(points, rays), inliers)
    return RobustTriangulation(points, inliers.T, error)


def reprojection_errors(points_mm: FloatArray, rays: Rays) -> FloatArray:
    """Return how far each view sees (point, 3) mm from its ray: (camera, point) undistorted px, inf behind a camera."""
    errors = np.empty(rays.seen.shape)
    for index, camera in enumerate(rays.cameras):
        x, y, z = (points_mm @ camera.rotation.T + camera.tvec).T
        with np.errstate(divide="ignore", invalid="ignore"):
            u = x / z - rays.ideal[index, :, 0]
            v = y / z - rays.ideal[index, :, 1]
        errors[index] = np.where(z > 0, camera.matrix[0, 0] * np.hypot(u, v), np.inf)
    return errors


def _subset_rounds(n_cameras: int) -> Iterator[tuple[BoolArray, bool]]:
    """Yield the subsets of views to try, (subset, camera) bool, and whether a subset may gain views that agree."""
    everything = np.ones((1, n_cameras), dtype=np.bool_)
    yield everything, False
    if n_cameras > 3:
        yield ~np.eye(n_cameras, dtype=np.bool_), False
    pairs = np.zeros((n_cameras * (n_cameras - 1) // 2, n_cameras), dtype=np.bool_)
    for row, pair in enumerate(combinations(range(n_cameras), 2)):
        pairs[row, list(pair)] = True
    yield pairs, True


def _best_subset(rays: Rays, subsets: BoolArray, *, threshold_px: float, grow: bool) -> BoolArray:
    """Return for each point its best agreeing set among `subsets`, (camera, point) bool; empty where none agrees."""
    best = np.zeros_like(rays.seen)
    best_score = np.full(rays.seen.shape[1], -np.inf)
    for subset in subsets:
        members = rays.seen & subset[:, None]
        errors = reprojection_errors(triangulate_rays(rays, members, rounds=1), rays)
        close = (errors <= threshold_px) & rays.seen
        agreeing = close if grow else members
        holds = (close | ~members).all(axis=0) & (members.sum(axis=0) >= 2)
        # More views first; among equals the smaller error. Ratios stay below 1, so they never outweigh a view.
        misfit = np.where(agreeing, np.minimum(errors / threshold_px, 1.0) ** 2, 0.0).sum(axis=0)
        score = np.where(holds, agreeing.sum(axis=0) - misfit / len(subset), -np.inf)
        better = score > best_score
        best[:, better], best_score[better] = agreeing[:, better], score[better]
    return best


def triangulate_rays(rays: Rays, members: BoolArray, *, rounds: int = ROUNDS) -> FloatArray:
    """Return the points nearest to their member rays.

    Args:
        rays: Lines of sight.
        members: (camera, point) bool, which rays count.
        rounds: Times the equations are solved; from the second on, distances count in px instead of mm.

    Returns:
        (point, 3) float64 mm; NaN where fewer than 2 rays count.
    """
    centre = np.mean([camera.position_mm for camera in rays.cameras], axis=0)
    focal = np.array([camera.matrix[0, 0] for camera in rays.cameras])
    origins = np.stack([camera.position_mm for camera in rays.cameras]) - centre
    weights = members.astype(np.float64)
    points = _solve_rays(rays.directions, origins, weights)
    for _ in range(rounds - 1):
        depth = np.einsum("cni,cni->cn", points - origins[:, None], rays.directions)
        points = _solve_rays(rays.directions, origins, members * (focal[:, None] / np.maximum(depth, 1.0)) ** 2)
    enough = np.asarray(members.sum(axis=0)) >= 2
    return np.asarray(np.where(enough[:, None], points, np.nan) + centre)


def _solve_rays(directions: FloatArray, origins: FloatArray, weights: FloatArray) -> FloatArray:
    """Solve sum w (I - d d') X = sum w (I - d d') o for each point, in closed form for speed."""
    x, y, z = directions[..., 0], directions[..., 1], directions[..., 2]
    along = x * origins[:, :1] + y * origins[:, 1:2] + z * origins[:, 2:]
    a = (weights * (1 - x * x)).sum(axis=0)
    b = -(weights * x * y).sum(axis=0)
    c = -(weights * x * z).sum(axis=0)
    d = (weights * (1 - y * y)).sum(axis=0)
    e = -(weights * y * z).sum(axis=0)
    f = (weights * (1 - z * z)).sum(axis=0)
    p = (weights * (origins[:, :1] - along * x)).sum(axis=0)
    q = (weights * (origins[:, 1:2] - along * y)).sum(axis=0)
    r = (weights * (origins[:, 2:] - along * z)).sum(axis=0)
    aa, bb, cc = d * f - e * e, c * e - b * f, b * e - c * d
    dd, ee, ff = a * f - c * c, b * c - a * e, a * d - b * b
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1 / (a * aa + b * bb + c * cc)
        solution = np.stack([aa * p + bb * q + cc * r, bb * p + dd * q + ee * r, cc * p + ee * q + ff * r], axis=-1)
        return np.asarray(solution * scale[:, None])


def root_mean_square(errors: FloatArray, members: BoolArray) -> FloatArray:
    """Return the root mean square of the (camera, point) errors of member views, (point,); NaN under 2 views."""
    count = members.sum(axis=0)
    total = np.where(members, errors, 0.0) ** 2
    return np.where(count >= 2, np.sqrt(total.sum(axis=0) / np.maximum(count, 1)), np.nan)
