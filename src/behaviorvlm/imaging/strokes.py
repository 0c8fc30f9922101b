"""Many lines and rings drawn in a few calls.

Each call of OpenCV lets another thread run and then waits for its turn again. Where many pictures are painted side by
side, hundreds of tiny calls for each would mostly wait.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from behaviorvlm.types import ByteArray, FloatArray, IntArray

Color = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

_FRACTION_BITS = 4
_CORNERS = 24
_ANGLES = np.linspace(0.0, 2 * np.pi, _CORNERS + 1)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


@dataclass(frozen=True)
class Strokes:
    """Lines to be drawn, (line, point, 2) px; a color or thickness that was added first lies below."""

    _lines: dict[tuple[Color, int], list[IntArray]] = field(default_factory=lambda: defaultdict(list))

    def add_lines(self, points_px: FloatArray, *, colors: Sequence[Color], thickness: int = 1) -> None:
        """Add (line, point, 2) lines, each with its color."""
        points = np.round(points_px * 2**_FRACTION_BITS).astype(np.int32)
        for color, line in zip(colors, points, strict=True):
            self._lines[color, thickness].append(line)

    def add_rings(self, centres_px: FloatArray, *, radii_px: FloatArray, colors: Sequence[Color]) -> None:
        """Add rings one px thick around (ring, 2) positions, of (ring,) radii, each with its color."""
        self.add_lines(centres_px[:, None] + radii_px[:, None, None] * _CIRCLE, colors=colors)

    def draw(self, picture: ByteArray) -> None:
        """Draw everything into a (height, width[, 3]) uint8 picture."""
        import cv2

        for (color, thickness), lines in self._lines.items():
            cv2.polylines(picture, lines, False, color, thickness, cv2.LINE_AA, _FRACTION_BITS)
