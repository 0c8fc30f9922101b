"""What the cameras say about one timepoint before anybody names anything."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from behaviorvlm.geometry.mirror import FloorPlane
from behaviorvlm.types import BoolArray, CandidateSet, Correspondence, FloatArray, IntArray

VIEW_GAIN = 2.0
"""What a view that shows a point counts for the point, in nats."""
SHARED_DOT = 4.0
"""Cost of two names on one dot of one view, in nats: dots do merge, but seldom."""
SUSPECT_DOT = 1.0
"""Cost of a view whose dot is a speck; it gains nothing either."""
MIRRORED = 6.0
"""Cost of a point that stands where the floor mirrors another."""
FLOOR_SLACK_MM = 2.0
"""A point this far below the floor costs 1 nat, growing with the square, up to `DEEPEST`."""
DEEPEST = 12.0
GATE_SPREADS = 3.0
"""The gate lies at so many standard deviations of a true point's reprojection error."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """The candidates of all views and the unnamed points they form.

    Attributes:
        timepoint: Index of the synchronised instant.
        views: One candidate set per camera, in camera-axis order.
        points: The unnamed points.
        floor: The floor, if it is known.
        gate_px: The gate that correspondence worked with.
    """

    timepoint: int
    views: tuple[CandidateSet, ...]
    points: Correspondence
    floor: FloorPlane | None
    gate_px: float

    @cached_property
    def energy(self) -> FloatArray:
        """What the pictures say of each point, (point + 1,) nats; the last is for missing: 0."""
        numbers, seen = self.points.numbers, self.points.numbers >= 0
        suspect = np.zeros(seen.shape, dtype=np.bool_)
        for camera, view in enumerate(self.views):
            rows = seen[:, camera]
            suspect[rows, camera] = view.flags[numbers[rows, camera]] != 0
        energy = np.where(suspect, SUSPECT_DOT, -VIEW_GAIN * seen).sum(axis=1)
        spread = self.gate_px / GATE_SPREADS
        energy += self.points.error_px**2 * seen.sum(axis=1) / (2 * spread**2)
        energy += MIRRORED * self.points.mirrored
        if self.floor is not None:
            depth = np.maximum(-self.floor.height_mm(self.points.points_mm), 0.0)
            energy += np.minimum((depth / FLOOR_SLACK_MM) ** 2, DEEPEST)
        return np.append(energy, 0.0)

    @property
    def conflict(self) -> FloatArray:
        """What it costs two keypoints to rest on the same dots, (point + 1, point + 1) nats; not kept, it is large."""
        count = len(self.points)
        starts = np.concatenate([[0], np.cumsum([len(view) for view in self.views])])
        rests_on = np.zeros((count, int(starts[-1])))
        point, camera = np.nonzero(self.points.numbers >= 0)
        rests_on[point, starts[camera] + self.points.numbers[point, camera]] = 1.0
        conflict = np.zeros((count + 1, count + 1))
        conflict[:count, :count] = SHARED_DOT * (rests_on @ rests_on.T)
        # One point cannot be two keypoints: worth more than all that its views gain.
        itself = np.arange(count)
        conflict[itself, itself] *= 3
        return conflict

    @cached_property
    def with_missing_mm(self) -> FloatArray:
        """The points with a last row of NaN for missing, (point + 1, 3) mm."""
        return np.concatenate([self.points.points_mm, np.full((1, 3), np.nan)])

    def votes_energy(self, numbers: IntArray, weights: FloatArray) -> FloatArray:
        """Return what votes for dots say of points.

        Args:
            numbers: (camera, keypoint) int64 candidate numbers, -1 = no vote.
            weights: (camera, keypoint) float64 nats of each vote.

        Returns:
            (keypoint, point + 1) float64 nats, negative for points that rest on the dots voted for.
        """
        agrees: BoolArray = (self.points.numbers.T[:, None] == numbers[..., None]) & (numbers >= 0)[..., None]
        energy = -(agrees * weights[..., None]).sum(axis=0)
        return np.concatenate([energy, np.zeros((len(energy), 1))], axis=1)
