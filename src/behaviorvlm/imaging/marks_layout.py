"""Where the words beside dots go: never on a dot, not on one another while there is room.

Every dot is offered the same places around it, near ones first. Places that cover a dot, or whose leader line would
run over another dot, are ruled out for all dots at once; then the dots choose, those with the least choice first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.types import BoolArray, FloatArray

GAPS_PX = np.array([4.0, 10.0, 18.0, 28.0, 42.0, 60.0, 84.0, 120.0])
"""How far from its dot's ring a word may stand."""
DIRECTIONS = 16
AIR_PX = 2.0
"""Left free between two words."""
OTHER_RADIUS_PX = 4.0
"""Left free around a dot without a word."""
ON_DOT, OUTSIDE, ON_WORD, LINE_OVER_DOT, LINE_OVER_WORD = 1e8, 1e7, 1e6, 1e5, 1e4
"""What is worse than a long leader line, and by how much."""
_ALONG = np.linspace(0.0, 1.0, 7)


@dataclass(frozen=True, eq=False)
class WordLayout:
    """Where words stand.

    Attributes:
        boxes_px: (word, 4) float64 x_min, y_min, x_max, y_max of each word's box.
        leaders_px: (word, 2, 2) float64 ends of each leader line: at the dot's ring, at the box.
        crowded: Whether some word had to cover a dot, another word, or to leave the picture.
    """

    boxes_px: FloatArray
    leaders_px: FloatArray
    crowded: bool


def ring_radii(points_px: FloatArray, *, least: float = 4.0, most: float = 9.0) -> FloatArray:
    """Return the radius of the ring around each of (dot, 2) positions, (dot,) px: smaller where dots stand close."""
    if len(points_px) < 2:
        return np.full(len(points_px), most)
    gaps = np.linalg.norm(points_px[:, None] - points_px[None], axis=-1)
    np.fill_diagonal(gaps, np.inf)
    return np.asarray(np.clip(0.42 * gaps.min(axis=1), least, most))


def lay_out_words(
    points_px: FloatArray,
    radii_px: FloatArray,
    *,
    sizes_px: FloatArray,
    extent_px: tuple[int, int],
    others_px: FloatArray | None = None,
) -> WordLayout:
    """Return a place for the word of each dot.

    Args:
        points_px: (dot, 2) positions.
        radii_px: (dot,) radius around each that stays free.
        sizes_px: (dot, 2) width and height of each word's box.
        extent_px: (width, height) of the picture.
        others_px: (other, 2) positions of dots that get no word, and stay free too.
    """
    count = len(points_px)
    boxes, leaders = np.zeros((count, 4)), np.zeros((count, 2, 2))
    if not count:
        return WordLayout(boxes, leaders, False)
    options, lines = _options(points_px, radii_px, sizes_px)
    others = np.zeros((0, 2)) if others_px is None else others_px
    dots = np.concatenate([points_px, others]), np.concatenate([radii_px, np.full(len(others), OTHER_RADIUS_PX)])
    cost = _cost_beside_dots(options, lines, dots=dots, extent=extent_px)
    order = np.argsort((cost < LINE_OVER_DOT).sum(axis=1), kind="stable")
    worst = 0.0
    for done, row in enumerate(order):
        placed = order[:done]
        total = cost[row] + _cost_beside_words(options[row], lines[row], placed=(boxes[placed], leaders[placed]))
        best = int(total.argmin())
        boxes[row], leaders[row] = options[row, best], lines[row, best]
        worst = max(worst, float(total[best]))
    return WordLayout(boxes, leaders, worst >= ON_WORD)


def _options(points: FloatArray, radii: FloatArray, sizes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return each dot's places, (dot, place, 4) boxes, and their leader lines, (dot, place, 2, 2)."""
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    # sign-like reach of the box in each direction: a word right of its dot starts there, one above it is centred.
    reach = np.clip(1.5 * around, -1, 1)
    distance = radii[:, None] + GAPS_PX
    start = points[:, None, None] + distance[:, :, None, None] * around
    centre = start + reach * sizes[:, None, None] / 2
    low = (centre - sizes[:, None, None] / 2).reshape(len(points), -1, 2)
    boxes = np.concatenate([low, low + sizes[:, None]], axis=-1)
    nearest = np.clip(points[:, None], boxes[..., :2], boxes[..., 2:])
    away = nearest - points[:, None]
    ring = points[:, None] + away * (radii[:, None] / np.maximum(np.linalg.norm(away, axis=-1), 1e-9))[..., None]
    return boxes, np.stack([ring, nearest], axis=2)


def _cost_beside_dots(
    boxes: FloatArray, lines: FloatArray, *, dots: tuple[FloatArray, FloatArray], extent: tuple[int, int]
) -> FloatArray:
    """Return (dot, place) cost of each place, other words not counted."""
    points, radii = dots
    nearest = np.clip(points, boxes[:, :, None, :2], boxes[:, :, None, 2:])
    covered = ((nearest - points) ** 2).sum(axis=-1) < (radii + 1.0) ** 2
    beyond = np.maximum(-boxes[..., :2], boxes[..., 2:] - (np.array(extent) - 1)).max(axis=-1)
    outside = beyond > 0
    cost = ON_DOT * covered.sum(axis=-1) + OUTSIDE * outside
    cost = cost + LINE_OVER_DOT * _lines_over_dots(lines, points, radii).sum(axis=-1)
    length = np.linalg.norm(lines[:, :, 1] - lines[:, :, 0], axis=-1)
    return np.asarray(cost + length)


def _lines_over_dots(lines: FloatArray, points: FloatArray, radii: FloatArray) -> BoolArray:
    """Return which lines run over which dots other than their own, (dot, place, dot) bool."""
    start, along = lines[:, :, 0], lines[:, :, 1] - lines[:, :, 0]
    to_dot = points - start[:, :, None]
    share = (to_dot * along[:, :, None]).sum(axis=-1) / np.maximum((along**2).sum(axis=-1), 1e-9)[..., None]
    gap = to_dot - np.clip(share, 0, 1)[..., None] * along[:, :, None]
    over: BoolArray = (gap**2).sum(axis=-1) < radii**2
    own = np.arange(len(lines))
    over[own, :, own] = False
    return over


def _cost_beside_words(options: FloatArray, lines: FloatArray, *, placed: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return (place,) cost of standing on, or crossing, words that are placed already."""
    boxes, leaders = placed
    if not len(boxes):
        return np.zeros(len(options))
    apart = (options[:, None, :2] > boxes[:, 2:] + AIR_PX) | (boxes[:, :2] > options[:, None, 2:] + AIR_PX)
    on_word = ~apart.any(axis=-1)
    crossed = np.asarray(_inside(_sampled(lines)[:, :, None], boxes).any(axis=1))
    crossing = np.asarray(_inside(_sampled(leaders), options[:, None, None]).any(axis=-1))
    return np.asarray(ON_WORD * on_word.sum(axis=-1) + LINE_OVER_WORD * (crossed | crossing).sum(axis=-1))


def _sampled(lines: FloatArray) -> FloatArray:
    """Return points along (line, 2, 2) lines, (line, sample, 2)."""
    return lines[:, :1] + _ALONG[:, None] * (lines[:, 1:] - lines[:, :1])


def _inside(points: FloatArray, boxes: FloatArray) -> BoolArray:
    return np.asarray(((points >= boxes[..., :2]) & (points <= boxes[..., 2:])).all(axis=-1), dtype=np.bool_)
