"""Where the keypoints are believed to be, carried from one timepoint to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.rigid import predict_from_neighbors
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.pose.naming import Neighbor, heavy_tail
from behaviorvlm.types import BoolArray, CameraGroup, FloatArray, all_finite

STEP = 0.05
"""How far a keypoint strays from a prediction in one timepoint, as a share of the body scale."""
VELOCITY_KEPT = 0.5
"""Share of the last step expected again: paws start and stop, so the full step would overshoot."""
LARGEST_STRAY = 5.0
"""Reaches beyond which a point is not believed."""
CLEARLY = 3.0
"""Nats by which exchanged sides must fit the exemplars better."""
UNSEEN_AGE = 9.0
"""Age of a keypoint that only the exemplars place: three steps' reach."""


@dataclass(frozen=True, eq=False)
class Belief:
    """Where the keypoints are believed to be after a timepoint.

    Attributes:
        pose_mm: (keypoint, 3) float64; keypoints that were not seen move with the body.
        velocity_mm: (keypoint, 3) float64 mm per timepoint in the direction of the pass, 0 where unsure.
        age: (keypoint,) float64 timepoints since the keypoint was last seen, at least 1.
    """

    pose_mm: FloatArray
    velocity_mm: FloatArray
    age: FloatArray

    @classmethod
    def at(cls, pose_mm: FloatArray, shape: BodyShape) -> Belief:
        """Return the belief in a trusted (keypoint, 3) pose in mm; missing keypoints are put where exemplars say.

        One that no exemplar knows is put amid the others; where nothing is known, nothing is believed (NaN).
        """
        guess = _mean_of_known(shape.predict(pose_mm[None])[:, 0])
        guess = np.where(np.isfinite(guess), guess, _mean_of_known(pose_mm))
        seen = all_finite(pose_mm)
        age = np.where(seen, 1.0, UNSEEN_AGE)
        return cls(np.where(seen[:, None], pose_mm, guess), np.zeros_like(pose_mm), age)

    def after(self, points_mm: FloatArray, shape: BodyShape, *, guessing: bool = True) -> Belief:
        """Return the belief after (keypoint, 3) points in mm were found, NaN = not seen.

        A point implausibly far from every prediction is reported all the same, but not believed; a keypoint that was
        not seen for long is believed where the exemplars put it, unless nothing is to be guessed.
        """
        carried = predict_from_neighbors(points_mm[None], self.pose_mm, shape.weights)[0]
        carried = np.where(np.isfinite(carried), carried, self.pose_mm)
        guesses = np.stack([self.pose_mm, self.pose_mm + self.velocity_mm, carried])
        stray = np.linalg.norm(guesses - points_mm, axis=-1).min(axis=0)
        seen = stray <= LARGEST_STRAY * self.reach_mm(shape)
        pose = np.where(seen[:, None], points_mm, carried)
        steady = (seen & (self.age == 1.0))[:, None]
        velocity = np.where(steady, VELOCITY_KEPT * (pose - self.pose_mm), 0.0)
        unsure = (self.age >= UNSEEN_AGE) & guessing
        return Belief(_by_exemplars(pose, unsure, shape), velocity, np.where(seen, 1.0, self.age + 1.0))

    def with_sides_settled(self, shape: BodyShape) -> Belief:
        """Return the belief with left/right pairs exchanged where the exemplars clearly say so (chirality)."""
        lefts = np.nonzero(shape.mirror > np.arange(len(shape.mirror)))[0]
        orders = np.tile(np.arange(len(shape.mirror)), (len(lefts) + 2, 1))
        for row, left in enumerate(lefts, 1):
            orders[row, [left, shape.mirror[left]]] = shape.mirror[left], left
        orders[-1] = shape.mirror
        misfit = np.nan_to_num(heavy_tail(shape.misfit(self.pose_mm[orders]) / shape.spread_mm**2)).sum(axis=1)
        best = orders[int(misfit.argmin())]
        if misfit.min() > misfit[0] - CLEARLY:
            return self
        return Belief(self.pose_mm[best], self.velocity_mm[best], self.age[best])

    def as_neighbor(self, shape: BodyShape) -> Neighbor:
        """Return what this belief says about the next timepoint."""
        return Neighbor(self.pose_mm, self.velocity_mm, self.reach_mm(shape))

    def reach_mm(self, shape: BodyShape) -> FloatArray:
        """Return how far each keypoint may be from where it is believed to be, (keypoint,) mm."""
        return np.asarray(STEP * shape.scale_mm * np.sqrt(self.age))

    def in_views(self, shape: BodyShape, cameras: CameraGroup) -> tuple[FloatArray, FloatArray]:
        """Return where the next timepoint is expected to show the keypoints, and how far off they may be.

        Nothing is expected (NaN) of a keypoint whose side nothing tells.

        Returns:
            (camera, keypoint, 2) px of the raw images, and (camera, keypoint) px.
        """
        ahead = np.where(shape.sideless[:, None], np.nan, self.pose_mm + self.velocity_mm)
        depth = np.stack([ahead @ camera.rotation[2] + camera.tvec[2] for camera in cameras])
        focal = np.array([camera.matrix[0, 0] for camera in cameras])[:, None]
        return project_all(ahead, cameras), self.reach_mm(shape) * focal / np.maximum(depth, 1.0)


def _mean_of_known(values: FloatArray) -> FloatArray:
    """Return the mean of (n, ...) values over the first axis without the unknown ones; NaN where all are."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _by_exemplars(pose_mm: FloatArray, unsure: BoolArray, shape: BodyShape) -> FloatArray:
    """Return a (keypoint, 3) pose with its unsure keypoints where the exemplar that fits them best puts them, mm."""
    if not unsure.any():
        return pose_mm
    guesses = shape.predict(pose_mm[None])[:, 0]
    gaps = np.linalg.norm(guesses - pose_mm, axis=-1)
    best = np.where(np.isnan(gaps), np.inf, gaps).argmin(axis=0)
    guess = guesses[best, np.arange(len(pose_mm))]
    return np.where((unsure & all_finite(guess))[:, None], guess, pose_mm)
