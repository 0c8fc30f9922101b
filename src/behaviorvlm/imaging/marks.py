"""Dots marked with numbers or names, and boxes: drawn so that they are read at every density and cover no dot.

The colors are those of Okabe and Ito (2008), told apart by color-blind readers too. Numbers of candidates are white on
black: a color would look like a hint at a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from behaviorvlm.imaging.letters import put_text, text_size
from behaviorvlm.imaging.marks_layout import WordLayout, lay_out_words, ring_radii
from behaviorvlm.imaging.strokes import Color, Strokes
from behaviorvlm.types import ByteArray, FloatArray

PALETTE: tuple[Color, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (204, 121, 167),
    (213, 94, 0),
    (0, 114, 178),
)
WHITE: Color = (255, 255, 255)
BLACK: Color = (0, 0, 0)
SHORT_PX = 7.0
_PAD_PX = 3
_BRIGHT, _DIM = 140, 110


@dataclass(frozen=True)
class Mark:
    """What is written beside one dot.

    Attributes:
        text: A number or a name, ASCII.
        color: Of the ring, the leader line and the box behind the text; None = white text on black.
        ringed: Whether there is a dot to draw a ring around; a box's name has none.
    """

    text: str
    color: Color | None = None
    ringed: bool = True


@dataclass(frozen=True, eq=False)
class MarkLayout:
    """Marks and where they are drawn; the same in every panel of a picture.

    Attributes:
        marks: The marks.
        points_px: (mark, 2) the dots.
        radii_px: (mark,) of their rings.
        words: Where the texts stand.
    """

    marks: tuple[Mark, ...]
    points_px: FloatArray
    radii_px: FloatArray
    words: WordLayout

    @cached_property
    def strokes(self) -> Strokes:
        """Their rings and leader lines: all halos, then all lines."""
        ringed = np.flatnonzero([mark.ringed for mark in self.marks])
        colors = [self.marks[row].color or WHITE for row in ringed]
        leaders, strokes = self.words.leaders_px[ringed], Strokes()
        long = np.linalg.norm(leaders[:, 1] - leaders[:, 0], axis=1) > SHORT_PX  # the halo of a stub would be a blot
        strokes.add_lines(leaders[long], colors=[_halo(colors[row]) for row in np.flatnonzero(long)], thickness=3)
        _add_rings(strokes, self.points_px[ringed], self.radii_px[ringed], colors=colors)
        strokes.add_lines(leaders, colors=colors)
        return strokes


def color_of(place: int) -> Color:
    """Return the color of the keypoint, or region, at this place of its axis."""
    return PALETTE[place % len(PALETTE)]


def lay_out_marks(
    marks: Sequence[Mark], points_px: FloatArray, *, extent_px: tuple[int, int], others_px: FloatArray | None = None
) -> MarkLayout:
    """Return where each mark goes.

    Args:
        marks: What is written beside each dot.
        points_px: (mark, 2) the dots.
        extent_px: (width, height) of the picture.
        others_px: (other, 2) further dots that no word may cover.
    """
    sizes = np.array([text_box(mark.text) for mark in marks], dtype=np.float64).reshape(-1, 2)
    ringed = np.array([mark.ringed for mark in marks], dtype=bool)
    radii = np.where(ringed, ring_radii(points_px), 0.0)
    words = lay_out_words(points_px, radii, sizes_px=sizes, extent_px=extent_px, others_px=others_px)
    return MarkLayout(tuple(marks), points_px, radii, words)


def draw_marks(picture: ByteArray, layout: MarkLayout) -> None:
    """Draw marks into a picture: rings and leader lines with a halo, then words.

    Args:
        picture: (height, width, 3) uint8 RGB; or (height, width), if no mark has a color.
        layout: Where they go.
    """
    layout.strokes.draw(picture)
    for mark, box in zip(layout.marks, layout.words.boxes_px.tolist(), strict=True):
        write(picture, mark.text, (box[0], box[1]), color=mark.color)


def rings(points_px: FloatArray, colors: Sequence[Color | None]) -> Strokes:
    """Return a ring around each of (dot, 2) positions as `draw_marks` draws them; None = white."""
    strokes = Strokes()
    _add_rings(strokes, points_px, ring_radii(points_px), colors=[color or WHITE for color in colors])
    return strokes


def draw_box(picture: ByteArray, box_px: FloatArray, *, color: Color) -> None:
    """Draw the outline of a (4,) box x_min, y_min, x_max, y_max into a (height, width, 3) uint8 RGB picture."""
    import cv2

    low, high = _whole(box_px[:2]), _whole(box_px[2:])
    cv2.rectangle(picture, low, high, BLACK, 4, cv2.LINE_AA)
    cv2.rectangle(picture, low, high, color, 2, cv2.LINE_AA)


def write_caption(strip: ByteArray, text: str) -> None:
    """Write text at the left end of a (height, width[, 3]) uint8 grey strip; what does not fit is cut off."""
    caption = _caption(text, strip.shape[0], int(strip.flat[0]))[:, : strip.shape[1]]
    strip[:, : caption.shape[1]] = caption if strip.ndim == 2 else caption[..., None]


def write(picture: ByteArray, text: str, corner_px: tuple[float, float], *, color: Color | None = None) -> None:
    """Write text on a box whose top left corner is given into a picture, (height, width, 3) RGB or (height, width)."""
    word = _word(text, color) if picture.ndim == 3 else _word(text, color)[..., 0]
    x, y = round(corner_px[0]), round(corner_px[1])
    left, top = max(-x, 0), max(-y, 0)
    place = picture[max(y, 0) : max(y + word.shape[0], 0), max(x, 0) : max(x + word.shape[1], 0)]
    place[:] = word[top : top + place.shape[0], left : left + place.shape[1]]


@lru_cache(maxsize=4096)
def text_box(text: str) -> tuple[int, int]:
    """Return (width, height) in px of the box that text is written on."""
    width, height, below = _measure(text)
    return width + 2 * _PAD_PX, height + below + 2 * _PAD_PX


@lru_cache(maxsize=4096)
def _measure(text: str) -> tuple[int, int, int]:
    """Return width, height above the line, and below it, in px."""
    width, height = text_size(text)
    below = round(0.4 * height) if any(letter in text for letter in "gjpqy_,()") else 0
    return width, height, below


@lru_cache(maxsize=1024)
def _caption(text: str, height: int, ground: int) -> ByteArray:
    """Return white text on a grey strip, (height, width) uint8."""
    strip = np.full((height, _measure(text)[0] + 2 * _PAD_PX), ground, dtype=np.uint8)
    foot = _PAD_PX, (height + _measure("X")[1]) // 2
    put_text(strip, text, foot, color=WHITE)
    strip.flags.writeable = False
    return strip


@lru_cache(maxsize=1024)
def _word(text: str, color: Color | None) -> ByteArray:
    """Return text on its box, (height, width, 3) uint8 RGB."""
    width, height = text_box(text)
    word = np.full((height, width, 3), color or BLACK, dtype=np.uint8)
    ink = BLACK if color and _brightness(color) > _BRIGHT else WHITE
    foot = _PAD_PX, _PAD_PX + _measure(text)[1]
    put_text(word, text, foot, color=ink)
    word.flags.writeable = False
    return word


def _add_rings(strokes: Strokes, points: FloatArray, radii: FloatArray, *, colors: Sequence[Color]) -> None:
    """Add rings of whole (dot,) radii around (dot, 2) positions, all halos below all rings."""
    whole = np.maximum(np.round(radii), 2.0)
    strokes.add_rings(points, radii_px=whole + 1, colors=[_halo(color) for color in colors])
    strokes.add_rings(points, radii_px=whole, colors=colors)


def _halo(color: Color) -> Color:
    """Return what a line is rimmed with so that it stands out on dark and on bright ground."""
    return BLACK if _brightness(color) > _DIM else WHITE


def _brightness(color: Color) -> float:
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]


def _whole(point: FloatArray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
