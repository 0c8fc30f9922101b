"""Of all sets of dots that may be a point, the ones that can be true together: a dot belongs to one point only.

`match_views` returns every consistent set, most of which are chance meetings of two rays. Here the sets of three and
more views take their dots first, the best supported ones leading; a set that loses a dot goes on with the rest. What
two views see is believed last, and only where its error is small and the body is near.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.geometry.triangulation import Rays, reprojection_errors, triangulate_rays
from behaviorvlm.types import BoolArray, CameraGroup, CandidateSet, Correspondence, FloatArray, IntArray

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
    taker = _Taker(tuple(views), cameras, gate_px / 3, [np.zeros(len(view), dtype=np.bool_) for view in views])
    enough = (points.numbers >= 0).sum(axis=1) >= FIRM_VIEWS
    firm = taker.take(points.numbers[enough], points.error_px[enough], least_views=FIRM_VIEWS)
    firm_mm, _ = triangulate_numbers(firm, views, cameras)
    reach = PAIR_REACH * _neighbor_distance(firm_mm)
    near = _near(points.points_mm, firm_mm, reach_mm=reach) & (points.error_px <= PAIR_GATES * gate_px)
    pairs = taker.take(points.numbers[near], points.error_px[near], least_views=2)
    numbers = np.concatenate([firm, pairs])
    found, error = triangulate_numbers(numbers, views, cameras)
    return Correspondence(points.timepoint, found, numbers, error, np.zeros(len(numbers), dtype=np.bool_))


@dataclass(frozen=True, eq=False)
class _Taker:
    """Gives dots away, each once.

    Attributes:
        views: The candidates, one set per camera.
        cameras: The rig.
        scale_px: One standard deviation of a true point's error.
        used: For each camera which candidates are given away, (candidate,) bool.
    """

    views: tuple[CandidateSet, ...]
    cameras: CameraGroup
    scale_px: float
    used: list[BoolArray]

    def take(self, numbers: IntArray, error_px: FloatArray, *, least_views: int) -> IntArray:
        """Return the sets that got their dots, best first, (set, camera); what lost some is judged anew."""
        heap = [(self._price(*one), row, one[0]) for row, one in enumerate(zip(numbers, error_px, strict=True))]
        heapq.heapify(heap)
        taken = [np.empty((0, len(self.cameras)), dtype=np.int64)]
        while heap:
            _, row, wanted = heapq.heappop(heap)
            left = self._free(wanted)
            if (left >= 0).sum() < least_views:
                continue
            if (left != wanted).any():
                _, error = triangulate_numbers(left[None], self.views, self.cameras)
                heapq.heappush(heap, (self._price(left, error[0]), row, left))
                continue
            for camera in np.nonzero(left >= 0)[0]:
                self.used[camera][left[camera]] = True
            taken.append(left[None])
        return np.concatenate(taken)

    def _free(self, numbers: IntArray) -> IntArray:
        """Return (camera,) numbers without the dots that are given away."""
        gone = [number >= 0 and bool(self.used[camera][number]) for camera, number in enumerate(numbers)]
        return np.where(gone, -1, numbers)

    def _price(self, numbers: IntArray, error_px: np.float64) -> float:
        """Return the energy of a set: the better supported, the lower."""
        count = int((numbers >= 0).sum())
        return float(count * (error_px**2 / (2 * self.scale_px**2) - VIEW_SCORE))


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


def _neighbor_distance(points_mm: FloatArray) -> float:
    """Return the usual distance of (point, 3) mm to their nearest neighbours; infinite for fewer than two."""
    if len(points_mm) < 2:
        return float("inf")
    gaps = np.linalg.norm(points_mm[:, None] - points_mm[None], axis=-1)
    np.fill_diagonal(gaps, np.inf)
    return float(np.median(gaps.min(axis=1)))


def _near(points_mm: FloatArray, firm_mm: FloatArray, *, reach_mm: float) -> BoolArray:
    """Return which of (point, 3) mm have a firm point within reach; all of them where no point is firm."""
    if not len(firm_mm):
        return np.ones(len(points_mm), dtype=np.bool_)
    gaps = np.linalg.norm(points_mm[:, None] - firm_mm[None], axis=-1)
    return np.asarray(gaps.min(axis=1) <= reach_mm)
