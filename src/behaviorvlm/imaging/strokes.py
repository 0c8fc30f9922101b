"""Many lines and rings drawn in a few calls.

Each call of OpenCV lets another thread run and then waits for its turn again. Where many pictures are painted side by
side, hundreds of tiny calls for each would mostly wait.
"""

from __future__ import annotations

from collections import defaultdict
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
    """Lines to be drawn, each through (point, 2) positions; a color or thickness that was added first lies below."""

    _lines: dict[tuple[Color, int], list[IntArray]] = field(default_factory=lambda: defaultdict(list))

    def add_line(self, ends_px: FloatArray, *, color: Color, thickness: int) -> None:
        """Add a line through (point, 2) px."""
        self._lines[color, thickness].append(np.round(ends_px * 2**_FRACTION_BITS).astype(np.int32))

    def add_ring(self, centre_px: FloatArray, *, radius_px: float, color: Color) -> None:
        """Add a ring one px thick around a (2,) position."""
        self.add_line(centre_px + radius_px * _CIRCLE, color=color, thickness=1)

    def draw(self, picture: ByteArray) -> None:
        """Draw everything into a (height, width, 3) uint8 picture."""
        import cv2

        for (color, thickness), lines in self._lines.items():
            cv2.polylines(picture, lines, False, color, thickness, cv2.LINE_AA, _FRACTION_BITS)
