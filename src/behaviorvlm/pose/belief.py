"""Where the keypoints are believed to be, carried from one timepoint to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.rigid import predict_from_neighbors
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.pose.naming import Neighbor
from behaviorvlm.types import CameraGroup, FloatArray

STEP = 0.05
"""How far a keypoint strays from a prediction in one timepoint, as a share of the body scale."""
VELOCITY_KEPT = 0.5
"""Share of the last step expected again: paws start and stop, so the full step would overshoot."""
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
        """Return the belief in a trusted (keypoint, 3) pose in mm; missing keypoints are put where exemplars say."""
        guesses = shape.predict(pose_mm[None])[:, 0]
        guess = np.nan_to_num(np.nanmean(guesses, axis=0)) if np.isfinite(guesses).any() else np.zeros_like(pose_mm)
        guess = np.where(np.isfinite(guess), guess, np.nanmean(pose_mm, axis=0))
        seen = np.isfinite(pose_mm).all(axis=1)
        age = np.where(seen, 1.0, UNSEEN_AGE)
        return cls(np.where(seen[:, None], pose_mm, guess), np.zeros_like(pose_mm), age)

    def after(self, points_mm: FloatArray, shape: BodyShape) -> Belief:
        """Return the belief after (keypoint, 3) points in mm were found, NaN = not seen."""
        seen = np.isfinite(points_mm).all(axis=1)
        carried = predict_from_neighbors(points_mm[None], self.pose_mm, shape.weights)[0]
        carried = np.where(np.isfinite(carried), carried, self.pose_mm)
        pose = np.where(seen[:, None], points_mm, carried)
        steady = (seen & (self.age == 1.0))[:, None]
        velocity = np.where(steady, VELOCITY_KEPT * (pose - self.pose_mm), 0.0)
        return Belief(pose, velocity, np.where(seen, 1.0, self.age + 1.0))

    def as_neighbor(self, shape: BodyShape) -> Neighbor:
        """Return what this belief says about the next timepoint."""
        return Neighbor(self.pose_mm, self.velocity_mm, self.reach_mm(shape))

    def reach_mm(self, shape: BodyShape) -> FloatArray:
        """Return how far each keypoint may be from where it is believed to be, (keypoint,) mm."""
        return np.asarray(STEP * shape.scale_mm * np.sqrt(self.age))

    def in_views(self, shape: BodyShape, cameras: CameraGroup) -> tuple[FloatArray, FloatArray]:
        """Return where the next timepoint is expected to show the keypoints, and how far off they may be.

        Returns:
            (camera, keypoint, 2) px of the raw images, and (camera, keypoint) px.
        """
        ahead = self.pose_mm + self.velocity_mm
        depth = np.stack([ahead @ camera.rotation[2] + camera.tvec[2] for camera in cameras])
        focal = np.array([camera.matrix[0, 0] for camera in cameras])[:, None]
        return project_all(ahead, cameras), self.reach_mm(shape) * focal / np.maximum(depth, 1.0)
