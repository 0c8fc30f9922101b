"""Clips: the frames of an interval, cropped to the action, animals marked, each with its number and time.

They are shown one by one, or as a contact sheet: in reading order in one picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from behaviorvlm.imaging.clip_marks import ClipAnimals, draw_animals, lay_out_animals
from behaviorvlm.imaging.crops import Crop
from behaviorvlm.imaging.marks import write_caption
from behaviorvlm.imaging.tone import brightening
from behaviorvlm.types import ByteArray, FloatArray

STRIP_PX = 20
"""Height of the strip above each frame with its number and time."""
GAP_PX = 4
STRIP, GROUND = 45, 20
SHEET_ASPECT = 1.3
"""A contact sheet is about so many times as wide as high."""


@dataclass(frozen=True, eq=False)
class ClipScene:
    """A clip before it is painted.

    Attributes:
        crop: What is shown of each picture, and how large.
        times_s: (frame,) seconds since the first.
        animals: Who is where; None = nobody is marked.
        title: Written before the number of each frame; "" = nothing.
    """

    crop: Crop
    times_s: FloatArray
    animals: ClipAnimals | None = None
    title: str = ""


def paint_clip(pictures: Iterable[ByteArray], scene: ClipScene) -> list[ByteArray]:
    """Return the frames of a clip as they are shown, (height, width, 3) uint8 RGB each, all of one size.

    Dark ones are brightened, all by the first one's curve: what changes between frames has changed in the recording.

    Args:
        pictures: The whole pictures, (height, width) or (height, width, 3) uint8 RGB, in order.
        scene: What is shown of them.
    """
    parts = (scene.crop.cut(picture) for picture in pictures)
    first = next(parts, None)
    if first is None:
        return []
    curve = brightening(first)
    frames = [_framed(part, curve, _caption(scene, place)) for place, part in enumerate(chain([first], parts))]
    if scene.animals is not None:
        for frame, marks in zip(frames, lay_out_animals(scene.animals, scene.crop), strict=True):
            draw_animals(frame[STRIP_PX:], scene.animals, marks)
    return frames


def contact_sheet(frames: Sequence[ByteArray], *, columns: int) -> ByteArray:
    """Return the frames of a clip in one picture, in reading order, (height, width, 3) uint8 RGB.

    Args:
        frames: (height, width, 3) uint8 RGB each, all of one size; at least one.
        columns: Frames in a row.
    """
    height, width = frames[0].shape[:2]
    rows = -(-len(frames) // columns)
    size = rows * (height + GAP_PX) - GAP_PX, columns * (width + GAP_PX) - GAP_PX
    sheet = np.full((*size, 3), GROUND, dtype=np.uint8)
    for place, frame in enumerate(frames):
        row, column = divmod(place, columns)
        top, left = row * (height + GAP_PX), column * (width + GAP_PX)
        sheet[top : top + height, left : left + width] = frame
    return sheet


def sheet_columns(count: int, *, width_px: int, height_px: int) -> int:
    """Return how many frames of this size stand in a row of a contact sheet of `count`: full rows, a good shape."""

    def cost(columns: int) -> float:
        rows = -(-count // columns)
        shape = columns * width_px / (rows * height_px)
        return abs(float(np.log(shape / SHEET_ASPECT))) + (rows * columns - count) / count

    return min(range(1, count + 1), key=cost)


def _framed(part: ByteArray, curve: ByteArray, caption: str) -> ByteArray:
    """Return a picture of any channels, brightened, below its strip, (height, width, 3) uint8 RGB."""
    import cv2

    shown = np.asarray(cv2.LUT(part, curve), dtype=np.uint8)
    frame = np.full((STRIP_PX + shown.shape[0], shown.shape[1], 3), STRIP, dtype=np.uint8)
    frame[STRIP_PX:] = shown[..., None] if shown.ndim == 2 else shown
    write_caption(frame[:STRIP_PX], caption)
    return frame


def _caption(scene: ClipScene, place: int) -> str:
    title = f"{scene.title}: " if scene.title else ""
    return f"{title}{place + 1}/{len(scene.times_s)}  {scene.times_s[place]:.2f} s"
