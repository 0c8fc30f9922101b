"""Features of a picture that need no learnt weights: a small grey picture, and where it is about to move.

Much weaker than a network that knows what things look like: it tells postures apart by light and shadow, so it wants
the same light, background and animals in all recordings. What it has over a network is that it sees motion.
"""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import ByteArray, Float32Array

GREY_SIDE, MOTION_SIDE = 16, 8
"""Grey values and motion are averaged over so many cells along each side."""
SIDE_PX = 96
MOTION_WEIGHT = 2.0
"""Motion is a small difference of large numbers: at this weight it varies about as much as the grey values do."""


class PlainEncoder:
    """A small grey picture, less its mean, and how much each part of it changes by the next frame.

    Implements `types.VisualEncoder`.
    """

    name = "plain"
    n_features = GREY_SIDE**2 + MOTION_SIDE**2
    side_px = SIDE_PX
    sees_motion = True

    def encode(self, pictures: ByteArray, after: ByteArray | None = None) -> Float32Array:
        """Return (picture, feature) float32 features.

        Args:
            pictures: (picture, side, side, 3) uint8 RGB.
            after: The same part of the frame after each, likewise; None = nothing moves.
        """
        grey = _grey(pictures)
        small = _averaged(grey, GREY_SIDE)
        moved = np.zeros_like(grey) if after is None else np.abs(_grey(after) - grey)
        motion = MOTION_WEIGHT * np.sqrt(_averaged(moved, MOTION_SIDE))
        return np.concatenate([small - small.mean(axis=1, keepdims=True), motion], axis=1)


def _grey(pictures: ByteArray) -> Float32Array:
    """Return (picture, side, side) float32 grey values in 0 to 1."""
    return np.asarray(pictures @ np.array([0.299, 0.587, 0.114], np.float32) / np.float32(255))


def _averaged(grey: Float32Array, cells: int) -> Float32Array:
    """Return (picture, cell) float32 means over so many cells along each side."""
    size = grey.shape[1] // cells
    blocks = grey[:, : cells * size, : cells * size].reshape(len(grey), cells, size, cells, size)
    return np.asarray(blocks.mean(axis=(2, 4)).reshape(len(grey), -1), np.float32)
