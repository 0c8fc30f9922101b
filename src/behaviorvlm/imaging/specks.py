"""Specks: bright points that never move, such as dirt on the floor or a hot pixel.

A speck is hidden while the animal covers it, so it need not stand in most pictures; but it comes back all over the
video, to a fraction of a pixel. A resting animal's dot stands as still, though only during its rest.

Limits: a dot that keeps its pixel for three eighths of the sampled video at a stretch, or comes back to it in most
eighths, looks like a speck; a speck that is covered or absent in most eighths is not learnt; a camera that is nudged
makes two specks of one. Flags are evidence, and nothing is thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import ShapeError
from behaviorvlm.types.arrays import BoolArray, FloatArray, IntArray, frozen_floats

MIN_SHARE = 0.2
"""Least share of the pictures a speck stands in: an animal can sit on it most of the time."""
PARTS = 8
MIN_SHARE_OF_PARTS = 0.625
"""Five of eight: one rest shorter than three eighths of the video cannot reach into so many."""
BRIGHTER_THAN_SPECK = 1.6
"""A candidate so many times brighter than the speck beneath it is something else that stands there."""


@dataclass(frozen=True, eq=False)
class StaticSpecks:
    """The specks of one camera.

    Attributes:
        points_px: (speck, 2) float64 x, y in px of the raw image.
        brightness: (speck,) float64 median peak in DN; NaN where none is known.
    """

    points_px: FloatArray
    brightness: FloatArray

    def __post_init__(self) -> None:
        points = frozen_floats(self.points_px, (None, 2), name="points_px")
        object.__setattr__(self, "points_px", points)
        object.__setattr__(self, "brightness", frozen_floats(self.brightness, (len(points),), name="brightness"))

    def __len__(self) -> int:
        """Return the number of specks."""
        return len(self.points_px)


def find_static_points(
    points_px: Sequence[FloatArray],
    brightness: Sequence[FloatArray],
    *,
    radius_px: float = 1.0,
    min_share: float = MIN_SHARE,
) -> StaticSpecks:
    """Return the points that stand still over one camera's video.

    Args:
        points_px: For each sampled timepoint, in order and spread evenly over the video, its (candidate, 2) points.
        brightness: For each of them the (candidate,) peaks in DN.
        radius_px: How far a speck's centroid strays.
        min_share: Least share of the timepoints that show anything at all (a camera may be black for a while).

    Returns:
        Specks that also stand in at least five of eight equal parts of the video.

    Raises:
        ShapeError: If the two sequences do not go together.
    """
    _refuse_unequal(points_px, brightness)
    shown = [place for place, points in enumerate(points_px) if len(points)]
    if not shown:
        return StaticSpecks(np.zeros((0, 2)), np.zeros(0))
    points, peaks = (np.concatenate([values[place] for place in shown]) for values in (points_px, brightness))
    time = np.repeat(np.arange(len(shown)), [len(points_px[place]) for place in shown])
    groups = _groups(points, time, radius_px)
    static = [group for group in groups if _comes_back(time[group], len(shown), min_share)]
    centres = [np.median(points[group], axis=0) for group in static]
    return StaticSpecks(np.reshape(centres, (-1, 2)), np.array([np.median(peaks[group]) for group in static]))


def flag_static(
    points_px: FloatArray, brightness: FloatArray, *, specks: StaticSpecks, radius_px: float = 1.5
) -> BoolArray:
    """Return which candidates are specks, (candidate,) bool.

    Args:
        points_px: (candidate, 2) in px.
        brightness: (candidate,) peak in DN; NaN = unknown, then the place alone decides.
        specks: The camera's specks.
        radius_px: A candidate within it of a speck, and not more than 1.6 times as bright, is that speck.
    """
    if not len(specks) or not len(points_px):
        return np.zeros(len(points_px), dtype=np.bool_)
    distance = np.linalg.norm(points_px[:, np.newaxis] - specks.points_px, axis=2)
    brighter = brightness[:, np.newaxis] > BRIGHTER_THAN_SPECK * specks.brightness
    return np.asarray(((distance <= radius_px) & ~brighter).any(axis=1))


def _groups(points: FloatArray, time: IntArray, radius_px: float) -> list[IntArray]:
    """Return rows of `points` that stand together, the most often seen group first; groups share no point."""
    from scipy.spatial import cKDTree

    around = cKDTree(points).query_ball_point(points, radius_px)
    n_times = np.array([len(np.unique(time[rows])) for rows in around])
    free, groups = np.ones(len(points), dtype=np.bool_), []
    for row in np.argsort(-n_times, kind="stable"):
        members = np.array([other for other in around[row] if free[other]], dtype=np.int64)
        if free[row]:
            groups.append(members)
            free[members] = False
    return groups


def _comes_back(time: IntArray, n_times: int, min_share: float) -> bool:
    seen = np.unique(time)
    parts = min(PARTS, n_times)
    in_parts = len(np.unique(seen * parts // n_times))
    return bool(len(seen) >= max(min_share * n_times, 2) and in_parts >= MIN_SHARE_OF_PARTS * parts)


def _refuse_unequal(points_px: Sequence[FloatArray], brightness: Sequence[FloatArray]) -> None:
    counts = [len(points) for points in points_px], [len(peaks) for peaks in brightness]
    if counts[0] != counts[1]:
        raise ShapeError(
            "points and brightness do not go together",
            expected="one peak for each point of each timepoint",
            actual=f"{sum(counts[0])} points at {len(counts[0])} timepoints, {sum(counts[1])} peaks",
        )
