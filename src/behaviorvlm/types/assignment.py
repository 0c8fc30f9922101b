"""Assignments: keypoint to candidate number, or missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import ShapeError
from behaviorvlm.types.arrays import FloatArray, IntArray, frozen_floats, frozen_ints


@dataclass(frozen=True, eq=False)
class KeypointAssignment:
    """Which candidate is which keypoint in one view.

    Attributes:
        timepoint: Index of the synchronised instant.
        camera: Camera name.
        numbers: (keypoint,) int64 candidate number, -1 = missing. A number may stand twice until stage 3.
        confidence: (keypoint,) float64 in [0, 1], 0 where missing; what it means is its annotator's to say.
        reason: Why the annotator answered so, in words; may be empty.

    Raises:
        ShapeError: On arrays of different lengths, or a confidence outside [0, 1].
    """

    timepoint: int
    camera: str
    numbers: IntArray
    confidence: FloatArray
    reason: str = ""

    def __post_init__(self) -> None:
        numbers = frozen_ints(self.numbers, (None,), name="numbers")
        object.__setattr__(self, "numbers", numbers)
        confidence = frozen_floats(self.confidence, (len(numbers),), name="confidence")
        object.__setattr__(self, "confidence", confidence)
        if not ((confidence >= 0) & (confidence <= 1)).all():
            raise ShapeError(
                f"a confidence of camera {self.camera} at timepoint {self.timepoint} is none",
                expected="numbers in [0, 1]",
                actual=str(confidence.tolist()),
            )

    @classmethod
    def missing(cls, timepoint: int, camera: str, n_keypoints: int) -> KeypointAssignment:
        """Return an assignment in which every keypoint is missing."""
        return cls(timepoint, camera, np.full(n_keypoints, -1), np.zeros(n_keypoints))
