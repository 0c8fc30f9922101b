"""Where the words beside dots go: never on a dot, not on one another while there is room.

Every dot is offered the same places around it, near ones first. Places that cover a dot, or whose leader line would
run over another dot, are ruled out for all dots at once; then the dots choose, those with the least choice first. Only
a dot that finds nothing free nearby looks farther.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from behaviorvlm.types import BoolArray, FloatArray, IntArray

GAPS_PX = np.array([4.0, 10.0, 18.0, 30.0, 48.0, 75.0, 115.0])
"""How far from its dot's ring a word may stand."""
NEAR_GAPS = 3
"""So many of them are near."""
DIRECTIONS = 16
AIR_PX = 2.0
"""Left free between two words."""
OTHER_RADIUS_PX = 4.0
"""Left free around a dot without a word."""
ON_DOT, OUTSIDE, ON_WORD, LINE_OVER_DOT, LINE_OVER_WORD = 1e8, 1e7, 1e6, 1e5, 1e4
"""What is worse than a long leader line, and by how much."""
LONG_PX, CLOSE_PX = 50.0, 7.0
"""A longer leader line, or closer dots, make a picture crowded."""
FIRST_PLACES = 12
_ALONG = np.linspace(0.0, 1.0, 7)


@dataclass(frozen=True, eq=False)
class WordLayout:
    """Where words stand.

    Attributes:
        boxes_px: (word, 4) float64 x_min, y_min, x_max, y_max of each word's box.
        leaders_px: (word, 2, 2) float64 ends of each leader line: at the dot's ring, at the box.
        crowded: Whether a larger picture would read better: dots stand very close, or some word is far from its dot,
            covers or crosses something, or leaves the picture.
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
    others = np.zeros((0, 2)) if others_px is None else others_px
    dots = np.concatenate([points_px, others]), np.concatenate([radii_px, np.full(len(others), OTHER_RADIUS_PX)])
    everyone = np.arange(count, dtype=np.int64)
    near = _places(everyone, sizes_px, dots=dots, gaps_px=GAPS_PX[:NEAR_GAPS], extent=extent_px)
    worst = 0.0
    placed = _Placed(boxes, leaders)
    for row in np.argsort((near.cost < LINE_OVER_DOT).sum(axis=1), kind="stable").tolist():
        if not placed.choose_free(row, near.of(row)):
            one = everyone[row : row + 1]
            every = _places(one, sizes_px[one], dots=dots, gaps_px=GAPS_PX, extent=extent_px)
            worst = max(worst, placed.choose_best(row, every.of(0)))
    length = np.linalg.norm(leaders[:, 1] - leaders[:, 0], axis=1)
    crowded = worst >= LINE_OVER_WORD or float(length.max()) > LONG_PX or _least_gap(points_px) < CLOSE_PX
    return WordLayout(boxes, leaders, crowded)


@dataclass(frozen=True, eq=False)
class _Places:
    """Where words could stand: (..., place, 4) boxes with (..., place, 2, 2) leader lines.

    Attributes:
        boxes, lines: The places.
        cost: (..., place) what each costs, other words not counted.
    """

    boxes: FloatArray
    lines: FloatArray
    cost: FloatArray

    def of(self, row: int) -> _Places:
        return _Places(self.boxes[row], self.lines[row], self.cost[row])


@dataclass(frozen=True, eq=False)
class _Placed:
    """The words that have a place so far.

    Attributes:
        boxes, leaders: Rows of words without a place are zero.
        rows: The words with a place, in order.
        taken: Their boxes and the boxes around their leader lines, as plain numbers.
    """

    boxes: FloatArray
    leaders: FloatArray
    rows: list[int] = field(default_factory=list)
    taken: list[list[float]] = field(default_factory=list)

    def choose_free(self, row: int, places: _Places) -> bool:
        """Give one word the cheapest place whose box and line keep clear of everything; return whether there is one."""
        for place in np.argsort(places.cost, kind="stable")[:FIRST_PLACES].tolist():
            if places.cost[place] >= LINE_OVER_DOT:
                return False
            own = places.boxes[place].tolist(), _box_of_line(places.lines[place])
            if not any(_touch(mine, other) for other in self.taken for mine in own):
                self._take(row, places, place)
                return True
        return False

    def choose_best(self, row: int, places: _Places) -> float:
        """Give one word the best of its places, free or not, and return what that costs."""
        beside = _cost_beside_words(places, placed=(self.boxes[self.rows], self.leaders[self.rows]))
        cost = places.cost + beside
        best = int(cost.argmin())
        self._take(row, places, best)
        return float(cost[best])

    def _take(self, row: int, places: _Places, place: int) -> None:
        self.boxes[row], self.leaders[row] = places.boxes[place], places.lines[place]
        self.rows.append(row)
        self.taken.extend([places.boxes[place].tolist(), _box_of_line(places.lines[place])])


def _touch(one: list[float], other: list[float]) -> bool:
    return (
        one[0] <= other[2] + AIR_PX
        and other[0] <= one[2] + AIR_PX
        and one[1] <= other[3] + AIR_PX
        and other[1] <= one[3] + AIR_PX
    )


def _box_of_line(line: FloatArray) -> list[float]:
    (x0, y0), (x1, y1) = line.tolist()
    return [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]


def _least_gap(points: FloatArray) -> float:
    if len(points) < 2:
        return float("inf")
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
    return float(gaps[np.triu_indices(len(points), 1)].min())


def _places(
    rows: IntArray,
    sizes: FloatArray,
    *,
    dots: tuple[FloatArray, FloatArray],
    gaps_px: FloatArray,
    extent: tuple[int, int],
) -> _Places:
    """Return the places of (row,) dots with words of (row, 2) px, among (dot, 2) dots with (dot,) radii."""
    boxes, lines = _options(dots[0][rows], dots[1][rows], sizes, gaps_px=gaps_px)
    return _Places(boxes, lines, _cost_beside_dots(boxes, lines, dots=dots, extent=extent, own=rows))


def _options(
    points: FloatArray, radii: FloatArray, sizes: FloatArray, *, gaps_px: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return each dot's places, (dot, place, 4) boxes, and their leader lines, (dot, place, 2, 2)."""
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    # How far the box reaches in each direction: a word right of its dot starts there, one above it is centred.
    reach = np.clip(1.5 * around, -1, 1)
    distance = radii[:, None] + gaps_px
    start = points[:, None, None] + distance[:, :, None, None] * around
    centre = start + reach * sizes[:, None, None] / 2
    low = (centre - sizes[:, None, None] / 2).reshape(len(points), -1, 2)
    boxes = np.concatenate([low, low + sizes[:, None]], axis=-1)
    nearest = np.clip(points[:, None], boxes[..., :2], boxes[..., 2:])
    away = nearest - points[:, None]
    ring = points[:, None] + away * (radii[:, None] / np.maximum(np.linalg.norm(away, axis=-1), 1e-9))[..., None]
    return boxes, np.stack([ring, nearest], axis=2)


def _cost_beside_dots(
    boxes: FloatArray,
    lines: FloatArray,
    *,
    dots: tuple[FloatArray, FloatArray],
    extent: tuple[int, int],
    own: IntArray,
) -> FloatArray:
    """Return (row, place) cost of each place, other words not counted; (row,) `own` are the rows' own dots."""
    (x, y), radii = dots[0].T, dots[1]
    x0, y0, x1, y1 = (boxes[..., side, None] for side in range(4))
    beside = np.maximum(np.maximum(x0 - x, x - x1), 0.0), np.maximum(np.maximum(y0 - y, y - y1), 0.0)
    covered = beside[0] ** 2 + beside[1] ** 2 < (radii + 1.0) ** 2
    beyond = np.maximum(-boxes[..., :2], boxes[..., 2:] - (np.array(extent) - 1)).max(axis=-1)
    cost = ON_DOT * covered.sum(axis=-1) + OUTSIDE * (beyond > 0)
    cost = cost + LINE_OVER_DOT * _lines_over_dots(lines, (x, y), radii, own=own).sum(axis=-1)
    return np.asarray(cost + np.linalg.norm(lines[:, :, 1] - lines[:, :, 0], axis=-1))


def _lines_over_dots(
    lines: FloatArray, dots: tuple[FloatArray, FloatArray], radii: FloatArray, *, own: IntArray
) -> BoolArray:
    """Return which lines run over which dots other than their (row,) own, (row, place, dot) bool."""
    along_x, along_y = ((lines[:, :, 1, axis] - lines[:, :, 0, axis])[..., None] for axis in (0, 1))
    to_x, to_y = (dots[axis] - lines[:, :, 0, axis, None] for axis in (0, 1))
    share = (to_x * along_x + to_y * along_y) / np.maximum(along_x**2 + along_y**2, 1e-9)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    over: BoolArray = (to_x - share * along_x) ** 2 + (to_y - share * along_y) ** 2 < radii**2
    over[np.arange(len(lines)), :, own] = False
    return over


def _cost_beside_words(places: _Places, *, placed: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return (place,) cost of standing on, or crossing, words that are placed: (word, 4) boxes, (word, 2, 2) lines."""
    (boxes, leaders), options, lines = placed, places.boxes, places.lines
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
    x, y = points[..., 0], points[..., 1]
    return np.asarray((x >= boxes[..., 0]) & (x <= boxes[..., 2]) & (y >= boxes[..., 1]) & (y <= boxes[..., 3]))
