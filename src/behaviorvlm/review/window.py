"""The part of a picture that is shown, and how its pixels lie on the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.types import FloatArray, all_finite

SHOWN_PX = 640
"""Width of a shown picture in its own coordinates; the browser scales it further."""
MARGIN = 0.35
"""Share of the animal's extent that is shown around it."""
LEAST_SHARE = 0.2
"""Share of the picture's width that is shown at least."""


@dataclass(frozen=True)
class Window:
    """A part of a picture.

    Attributes:
        x, y: Its upper left corner, whole px of the raw picture.
        width, height: Its size, likewise.
    """

    x: int
    y: int
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Shown px for each px of the picture."""
        return SHOWN_PX / self.width

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height as shown."""
        return SHOWN_PX, max(round(self.height * self.scale), 1)

    @property
    def query(self) -> str:
        """The window as the query of a picture's address."""
        return f"x={self.x}&y={self.y}&w={self.width}&h={self.height}"

    def shown(self, points_px: FloatArray) -> FloatArray:
        """Return (..., 2) px of the raw picture as shown; the centre of a pixel stays the centre of its square."""
        return (np.asarray(points_px) + 0.5 - (self.x, self.y)) * self.scale

    def raw(self, x: float, y: float) -> tuple[float, float]:
        """Return a shown place as px of the raw picture."""
        return x / self.scale + self.x - 0.5, y / self.scale + self.y - 0.5


def whole(image_size: tuple[int, int]) -> Window:
    """Return the window that shows all of a picture of (width, height)."""
    return Window(0, 0, *image_size)


def around(points_px: FloatArray, image_size: tuple[int, int]) -> Window:
    """Return a window of the picture's own proportions around points; the whole picture where there is none.

    Args:
        points_px: (point, 2) px, NaN = nowhere.
        image_size: (width, height) of the picture.
    """
    here = points_px[all_finite(points_px)]
    if not len(here):
        return whole(image_size)
    width, height = image_size
    low, high = here.min(axis=0), here.max(axis=0)
    extent = (high - low) * (1 + 2 * MARGIN)
    share = float(np.clip(max(extent[0] / width, extent[1] / height), LEAST_SHARE, 1.0))
    size = np.array([max(round(share * width), 1), max(round(share * height), 1)])
    corner = np.clip(np.round((low + high) / 2 - size / 2), 0, np.array(image_size) - size).astype(int)
    return Window(int(corner[0]), int(corner[1]), int(size[0]), int(size[1]))
