"""Of all sets of dots that may be a point, the ones that can be true together: every dot is seen of one point only.

`match_views` returns every consistent set, most of which are chance meetings of two rays. Here the sets of three and more
views take their dots first, the best supported ones leading; a set that loses a dot goes on with the rest. What two views
see is believed last, and only where its error is small and the body is near.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

from behaviorvlm.geometry.triangulation import Rays, reprojection_errors, triangulate_rays
from behaviorvlm.types import CameraGroup, CandidateSet, Correspondence, FloatArray, IntArray

VIEW_SCORE = 5.0
"""What another agreeing view counts, in nats: a dot within the gate by chance is about 150 times rarer."""
FIRM_VIEWS = 3
PAIR_GATES = 0.3
"""Share of the gate that the error of a point seen by two views may have."""
PAIR_REACH = 1.5
"""A point seen by two views is at most this many usual distances between neighbouring points away from a firm one."""


def choose_disjoint(
    points: Correspondence, views: Sequence[CandidateSet], cameras: CameraGroup, *, gate_px: float
) -> Correspondence:
    """Return points of which no two share a dot.

    Args:
        points: All consistent sets of one timepoint.
        views: The candidates, one set per camera.
        cameras: The rig.
        gate_px: The gate they were matched with; a third of it counts as one standard deviation.

    Returns:
        The chosen points, (point,) of them; best supported first.
    """
    used = [np.zeros(len(view), dtype=np.bool_) for view in views]
    scale = gate_px / 3
    firm = _take(points, views, cameras, used=used, scale_px=scale, least_views=FIRM_VIEWS, allowed=None)
    reach = _neighbor_distance(firm.points_mm) * PAIR_REACH
    near = _near(points.points_mm, firm.points_mm, reach) & (points.error_px <= PAIR_GATES * gate_px)
    pairs = _take(points, views, cameras, used=used, scale_px=scale, least_views=2, allowed=near)
    return Correspondence(
        points.timepoint,
        np.concatenate([firm.points_mm, pairs.points_mm]),
        np.concatenate([firm.numbers, pairs.numbers]),
        np.concatenate([firm.error_px, pairs.error_px]),
        np.zeros(len(firm) + len(pairs), dtype=np.bool_),
    )


def _take(
    points: Correspondence,
    views: Sequence[CandidateSet],
    cameras: CameraGroup,
    *,
    used: list[np.ndarray[tuple[int], np.dtype[np.bool_]]],
    scale_px: float,
    least_views: int,
    allowed: np.ndarray[tuple[int], np.dtype[np.bool_]] | None,
) -> Correspondence:
    """Take sets of enough views, best first, marking their dots as used; a set that lost dots is judged anew."""
    start = np.nonzero((points.numbers >= 0).sum(axis=1) >= least_views)[0]
    if allowed is not None:
        start = start[allowed[start]]
    heap = [(-_score(points.numbers[row], points.error_px[row], scale_px), int(row), points.numbers[row]) for row in start]
    heapq.heapify(heap)
    taken: list[IntArray] = []
    while heap:
        _, row, numbers = heapq.heappop(heap)
        free = np.array([number >= 0 and not used[camera][number] for camera, number in enumerate(numbers)])
        left = np.where(free, numbers, -1)
        if free.sum() < least_views:
            continue
        if (left != numbers).any():
            _, error = triangulate_numbers(left[None], views, cameras)
            heapq.heappush(heap, (-_score(left, float(error[0]), scale_px), row, left))
            continue
        for camera in np.nonzero(free)[0]:
            used[camera][numbers[camera]] = True
        taken.append(numbers)
    numbers = np.stack(taken) if taken else np.empty((0, len(cameras)), dtype=np.int64)
    found, errors = triangulate_numbers(numbers, views, cameras)
    return Correspondence(points.timepoint, found, numbers, errors, np.zeros(len(numbers), dtype=np.bool_))


def triangulate_numbers(
    numbers: IntArray, views: Sequence[CandidateSet], cameras: CameraGroup
) -> tuple[FloatArray, FloatArray]:
    """Return the points that (point, camera) candidate numbers make, and their root mean square errors.

    Returns:
        (point, 3) mm and (point,) undistorted px.
    """
    dots = np.full((len(cameras), len(numbers), 2), np.nan)
    for camera, view in enumerate(views):
        rows = np.nonzero(numbers[:, camera] >= 0)[0]
        dots[camera, rows] = view.points_px[numbers[rows, camera]]
    rays = Rays.through(dots, cameras)
    found = triangulate_rays(rays, rays.seen)
    errors = np.where(rays.seen, reprojection_errors(found, rays), 0.0)
    return found, np.sqrt((errors**2).sum(axis=0) / np.maximum(rays.seen.sum(axis=0), 1))


def _score(numbers: IntArray, error_px: float, scale_px: float) -> float:
    count = int((numbers >= 0).sum())
    return float(VIEW_SCORE * count - count * error_px**2 / (2 * scale_px**2))


def _neighbor_distance(points_mm: FloatArray) -> float:
    """Return the usual distance of (point, 3) mm to their nearest neighbours; infinite for fewer than two."""
    if len(points_mm) < 2:
        return float("inf")
    gaps = np.linalg.norm(points_mm[:, None] - points_mm[None], axis=-1)
    np.fill_diagonal(gaps, np.inf)
    return float(np.median(gaps.min(axis=1)))


def _near(
    points_mm: FloatArray, firm_mm: FloatArray, reach_mm: float
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which of (point, 3) mm have a firm point within reach; all of them where no point is firm."""
    if not len(firm_mm):
        return np.ones(len(points_mm), dtype=np.bool_)
    gaps = np.linalg.norm(points_mm[:, None] - firm_mm[None], axis=-1)
    return np.asarray(gaps.min(axis=1) <= reach_mm)
