"""Crops: a part of a picture, cut out and scaled, and the way back to the whole picture.

Positions are px with (0, 0) in the middle of the top left pixel, in the picture and in the crop.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from behaviorvlm.errors import ShapeError
from behaviorvlm.types import ByteArray, FloatArray

MAX_UPSCALING = 4.0
"""More than this shows no more, it only costs pixels."""


@dataclass(frozen=True)
class Crop:
    """A rectangle of whole pixels, and the size it is scaled to.

    Attributes:
        x_px, y_px: Its top left pixel.
        width_px, height_px: Its size in pixels of the picture.
        shown_size_px: (width, height) of the crop as shown.

    Raises:
        ShapeError: If it is empty.
    """

    x_px: int
    y_px: int
    width_px: int
    height_px: int
    shown_size_px: tuple[int, int]

    def __post_init__(self) -> None:
        if min(self.width_px, self.height_px, *self.shown_size_px) < 1:
            raise ShapeError("a crop is empty", expected="at least 1 x 1 px", actual=str(self))

    @cached_property
    def scale(self) -> FloatArray:
        """Shown px per px of the picture, (2,) float64 x, y."""
        return np.array(self.shown_size_px) / (self.width_px, self.height_px)

    def to_crop(self, points_px: FloatArray) -> FloatArray:
        """Return where (..., 2) positions of the picture are shown, (..., 2) px."""
        return np.asarray((points_px - (self.x_px, self.y_px) + 0.5) * self.scale - 0.5)

    def to_view(self, points_px: FloatArray) -> FloatArray:
        """Return which (..., 2) positions of the picture are shown at (..., 2) px of the crop."""
        return np.asarray((points_px + 0.5) / self.scale - 0.5 + (self.x_px, self.y_px))

    def cut(self, image: ByteArray) -> ByteArray:
        """Return the crop of a (height, width) or (height, width, 3) picture, scaled.

        Raises:
            ShapeError: If it does not lie in the picture.
        """
        import cv2

        if self.x_px + self.width_px > image.shape[1] or self.y_px + self.height_px > image.shape[0]:
            raise ShapeError("a crop does not lie in its picture", expected=str(image.shape[:2]), actual=str(self))
        part = image[self.y_px : self.y_px + self.height_px, self.x_px : self.x_px + self.width_px]
        width, height = self.shown_size_px
        # Halves are averaged; for the rest of the way a linear blend skips no pixel, and is ten times as fast.
        while part.shape[1] >= 2 * width and part.shape[0] >= 2 * height:
            half = part.shape[1] // 2, part.shape[0] // 2
            part = np.asarray(cv2.resize(part, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        if part.shape[:2] == (height, width):
            return part
        return np.asarray(cv2.resize(part, self.shown_size_px, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)

    def scaled_to(self, side_px: float, *, max_pixels: float) -> Crop:
        """Return the crop with its longer side shown `side_px` long, as far as upscaling and pixels allow.

        Args:
            side_px: Length of the longer side as shown.
            max_pixels: The most pixels it may have as shown.
        """
        longer, pixels = max(self.width_px, self.height_px), self.width_px * self.height_px
        scale = min(side_px / longer, MAX_UPSCALING, float(np.sqrt(max_pixels / pixels)))
        size = max(1, int(self.width_px * scale)), max(1, int(self.height_px * scale))
        return Crop(self.x_px, self.y_px, self.width_px, self.height_px, size)


def whole_picture(image_size: tuple[int, int]) -> Crop:
    """Return the crop that is all of a picture of (width, height) px, unscaled."""
    return Crop(0, 0, *image_size, image_size)


def crop_around(
    box_px: FloatArray, image_size: tuple[int, int], *, margin_px: float, least_side_px: float, widest: float = 2.5
) -> Crop:
    """Return the unscaled crop around a box, shifted into the picture where it would stick out.

    Args:
        box_px: (4,) x_min, y_min, x_max, y_max.
        image_size: (width, height) of the picture in px.
        margin_px: Left free on each side of the box.
        least_side_px: The crop is at least so wide and so high, if the picture is.
        widest: The longer side is at most so many times the shorter, if the picture allows.
    """
    low, high = box_px[:2] - margin_px, box_px[2:] + margin_px
    side = np.maximum(high - low + 1, least_side_px)
    side = np.minimum(np.ceil(np.maximum(side, side[::-1] / widest)), image_size).astype(int)
    first = np.clip(np.round((low + high + 1 - side) / 2), 0, np.array(image_size) - side).astype(int)
    x, y, width, height = (int(value) for value in (*first, *side))
    return Crop(x, y, width, height, (width, height))
