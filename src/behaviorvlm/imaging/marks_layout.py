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
_ANGLES = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
_AROUND = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
_REACH = np.clip(1.5 * _AROUND, -1, 1)
"""How far a box reaches in each direction: a word right of its dot starts there, one above it is centred."""

_Four = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
"""(2, row, place) each: x and y of low corners of boxes, of high ones, and of one end of lines and of the other."""


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
    return np.asarray(np.clip(0.42 * _gaps(points_px), least, most))


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
    crowded = worst >= LINE_OVER_WORD or float(length.max()) > LONG_PX or _gaps(points_px).min() < CLOSE_PX
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
            box, line = places.boxes[place].tolist(), _box_of_line(places.lines[place])
            if not _touches(box, self.taken) and not _touches(line, self.taken):
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


def _touches(box: list[float], others: list[list[float]]) -> bool:
    x0, y0, x1, y1 = box[0] - AIR_PX, box[1] - AIR_PX, box[2] + AIR_PX, box[3] + AIR_PX
    return any(x0 <= right and left <= x1 and y0 <= bottom and top <= y1 for left, top, right, bottom in others)


def _box_of_line(line: FloatArray) -> list[float]:
    (x0, y0), (x1, y1) = line.tolist()
    return [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]


def _gaps(points: FloatArray) -> FloatArray:
    """Return how far each of (dot, 2) positions is from the next one, (dot,)."""
    if len(points) < 2:
        return np.full(len(points), np.inf)
    squares = (points[:, None, 0] - points[:, 0]) ** 2 + (points[:, None, 1] - points[:, 1]) ** 2
    np.fill_diagonal(squares, np.inf)
    return np.asarray(np.sqrt(squares.min(axis=1)))


def _places(
    rows: IntArray,
    sizes: FloatArray,
    *,
    dots: tuple[FloatArray, FloatArray],
    gaps_px: FloatArray,
    extent: tuple[int, int],
) -> _Places:
    """Return the places of (row,) dots with words of (row, 2) px, among (dot, 2) dots with (dot,) radii."""
    low, high, ring, near = _options(dots[0][rows], dots[1][rows], sizes, gaps_px=gaps_px)
    outside = ((low < 0) | (high > np.array(extent)[:, None, None] - 1)).any(axis=0)
    along = near - ring
    length = np.sqrt(along[0] ** 2 + along[1] ** 2)
    cost = _cost_beside_dots(low, high, lines=(ring, along), dots=dots, own=rows) + OUTSIDE * outside
    cost += np.round(length, 6)  # of places equally near the first is taken, whatever the last digit says
    boxes = np.concatenate([low, high]).transpose(1, 2, 0)
    lines = np.concatenate([ring, near]).transpose(1, 2, 0).reshape(*cost.shape, 2, 2)
    return _Places(boxes, lines, cost)


def _options(points: FloatArray, radii: FloatArray, sizes: FloatArray, *, gaps_px: FloatArray) -> _Four:
    """Return each dot's places: low and high corners of boxes, and ends of leader lines, at the ring and at the box."""
    at, size = points.T[..., None], sizes.T[..., None]
    distance = (radii[:, None] + gaps_px)[..., None]
    start = (distance * _AROUND.T[:, None, None]).reshape(2, len(points), -1)
    low = at + start + np.tile((_REACH.T - 1) / 2, len(gaps_px))[:, None] * size
    high = low + size
    near = np.minimum(np.maximum(at, low), high)
    away = near - at
    ring = at + away * (radii[:, None] / np.maximum(np.sqrt(away[0] ** 2 + away[1] ** 2), 1e-9))
    return low, high, ring, near


def _cost_beside_dots(
    low: FloatArray,
    high: FloatArray,
    *,
    lines: tuple[FloatArray, FloatArray],
    dots: tuple[FloatArray, FloatArray],
    own: IntArray,
) -> FloatArray:
    """Return (row, place) cost of covering dots and of running over them; (row,) `own` are the rows' own dots."""
    rows, other = _pairs_in_reach(low, high, dots)
    at, radii = dots[0][other].T[..., None], dots[1][other, None]
    beside = np.maximum(np.maximum(low[:, rows] - at, at - high[:, rows]), 0.0)
    covered = beside[0] ** 2 + beside[1] ** 2 < (radii + 1.0) ** 2
    over = _lines_over_dots(lines[0][:, rows], lines[1][:, rows], at=at, radii=radii)
    over[other == own[rows]] = False
    first = np.searchsorted(rows, np.arange(len(own)))
    return np.asarray(np.add.reduceat(ON_DOT * covered + LINE_OVER_DOT * over, first, axis=0))


def _pairs_in_reach(
    low: FloatArray, high: FloatArray, dots: tuple[FloatArray, FloatArray]
) -> tuple[IntArray, IntArray]:
    """Return (pair,) rows and the dots that some of their places could touch: in a large picture few. Its own is one.

    A row's places lie all around its dot, so their leader lines do not leave the box around the places.
    """
    at, reach = dots[0].T[:, None], dots[1] + 1.0
    within = (at > low.min(axis=2)[..., None] - reach) & (at < high.max(axis=2)[..., None] + reach)
    rows, near = np.nonzero(within.all(axis=0))
    return rows, near


def _lines_over_dots(starts: FloatArray, along: FloatArray, *, at: FloatArray, radii: FloatArray) -> BoolArray:
    """Return which lines run over the (2, pair, 1) dots of their pairs, (pair, place) bool."""
    to = at - starts
    share = (to[0] * along[0] + to[1] * along[1]) / np.maximum(along[0] ** 2 + along[1] ** 2, 1e-9)
    off = to - np.minimum(np.maximum(share, 0.0), 1.0) * along
    over: BoolArray = off[0] ** 2 + off[1] ** 2 < radii**2
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
