"""Who turns pictures into numbers: the border between the pictures of an animal and its visual features."""

from __future__ import annotations

from typing import Protocol

from behaviorvlm.types.arrays import ByteArray, Float32Array


class VisualEncoder(Protocol):
    """Turns pictures into features.

    Attributes:
        name: As written into the run.
        n_features: Features of a picture.
        side_px: It takes pictures of this width and height.
        sees_motion: Whether it is shown the same part of the frame after, too.
    """

    name: str
    n_features: int
    side_px: int
    sees_motion: bool

    def encode(self, pictures: ByteArray, after: ByteArray | None = None) -> Float32Array:
        """Return (picture, feature) float32 features.

        Args:
            pictures: (picture, side, side, 3) uint8 RGB.
            after: The same part of the frame after each, likewise, where the encoder sees motion.
        """
        ...
