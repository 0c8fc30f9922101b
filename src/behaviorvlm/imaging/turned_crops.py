"""What is seen of one animal, turned so that it always looks to the right: the same posture gives the same picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.types import ByteArray

SHRUNK_BELOW = 0.5
"""Scales below are made in two steps, the first by averaging: a turn alone would skip pixels."""


@dataclass(frozen=True)
class TurnedCrop:
    """A disk of a picture.

    Attributes:
        x_px, y_px: Its middle.
        radius_px: Its radius.
        heading_rad: Direction that becomes right: 0 = +x, growing towards +y (down in the picture).
    """

    x_px: float
    y_px: float
    radius_px: float
    heading_rad: float = 0.0

    def cut(self, picture: ByteArray, side_px: int) -> ByteArray:
        """Return the disk, (side, side, 3) uint8, black around it and where it sticks out of the picture.

        Args:
            picture: (height, width, 3) uint8.
            side_px: Width and height as shown.
        """
        import cv2

        scale, middle = side_px / (2 * self.radius_px), np.array([self.x_px, self.y_px])
        if scale < SHRUNK_BELOW:
            height, width = (max(1, round(length * scale)) for length in picture.shape[:2])
            ratio = np.array([width / picture.shape[1], height / picture.shape[0]])
            picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
            middle, scale = (middle + 0.5) * ratio - 0.5, 1.0
        cosine, sine = scale * np.cos(self.heading_rad), scale * np.sin(self.heading_rad)
        turn = np.array([[cosine, sine], [-sine, cosine]])
        shift = (side_px - 1) / 2 - turn @ middle
        size = (side_px, side_px)
        turned = cv2.warpAffine(picture, np.column_stack([turn, shift]), size, flags=cv2.INTER_LINEAR)
        mask = np.zeros((side_px, side_px), np.uint8)
        cv2.circle(mask, (side_px // 2, side_px // 2), side_px // 2, 1, thickness=-1)
        return np.asarray(turned * mask[..., None], np.uint8)


def letterbox(picture: ByteArray, side_px: int) -> ByteArray:
    """Return all of a (height, width, 3) uint8 picture in a square one, (side, side, 3) uint8, black beside it."""
    import cv2

    height, width = picture.shape[:2]
    scale = side_px / max(height, width)
    shown = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    framed = np.zeros((side_px, side_px, 3), np.uint8)
    left, top = (side_px - shown[0]) // 2, (side_px - shown[1]) // 2
    framed[top : top + shown[1], left : left + shown[0]] = cv2.resize(picture, shown, interpolation=way)
    return framed
