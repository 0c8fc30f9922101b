"""Where the names of animals stand in the frames of a clip: beside their own, on no other, and as steady as can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from behaviorvlm.imaging.marks import text_box
from behaviorvlm.types import BoolArray, FloatArray

DIRECTIONS = 16
GAPS_PX = np.array([4.0, 14.0, 28.0, 48.0])
"""How far from the line around its animal a name may stand."""
AIR_PX = 2.0
OUTSIDE, ON_NAME, ON_ANIMAL, FARTHER, ELSEWHERE = 1000.0, 200.0, 10.0, 2.0, 3.0
"""What it costs to leave the picture, to stand on another name or on points of an animal, to stand one step farther
off, and to stand elsewhere than in most frames."""
_ANGLES = np.roll(np.linspace(0.0, 2 * np.pi, DIRECTIONS, endpoint=False), DIRECTIONS // 4)
_AROUND = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)

Outlines = Mapping[int, FloatArray]
"""Place of an individual to the (corner, 2) closed line around it."""
Places = dict[int, tuple[float, float]]
"""Place of an individual to the top left corner of its name's box."""


def place_names(
    tags: Sequence[str], outlines: Sequence[Outlines], taken: Sequence[FloatArray], *, extent_px: tuple[int, int]
) -> list[Places]:
    """Return where each name stands in each frame.

    Args:
        tags: The names, by the place of the individual.
        outlines: For each frame, whose name is written, and the line around it in shown px.
        taken: For each frame, (point, 2) where animals are.
        extent_px: (width, height) of the picture as shown.
    """
    boxes = [{who: _options(line, tags[who]) for who, line in frame.items()} for frame in outlines]
    costs = [
        {who: _cost(options, points, extent_px) for who, options in frame.items()}
        for frame, points in zip(boxes, taken, strict=True)
    ]
    usual = {who: sum(frame[who] for frame in costs if who in frame) for who in {who for one in costs for who in one}}
    steady = {who: int(np.argmin(total)) for who, total in usual.items()}
    return [_choose(frame, cost, steady) for frame, cost in zip(boxes, costs, strict=True)]


def _options(outline: FloatArray, tag: str) -> FloatArray:
    """Return the boxes in which a name could stand, (option, 4) x_min, y_min, x_max, y_max; near ones first."""
    size, middle = np.array(text_box(tag), dtype=np.float64), outline.mean(axis=0)
    reach = ((outline - middle) @ _AROUND.T).max(axis=0)
    away = reach + np.abs(_AROUND) @ (size / 2) + GAPS_PX[:, None]
    low = (middle + away[..., None] * _AROUND - size / 2).reshape(-1, 2)
    return np.concatenate([low, low + size], axis=1)


def _cost(boxes: FloatArray, taken: FloatArray, extent_px: tuple[int, int]) -> FloatArray:
    """Return (option,) cost of each box, other names not counted."""
    outside = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2:] > np.array(extent_px) - 1).any(axis=1)
    farther = np.repeat(np.arange(len(GAPS_PX)), DIRECTIONS)
    return np.asarray(OUTSIDE * outside + ON_ANIMAL * _holds(boxes, taken).sum(axis=1) + FARTHER * farther)


def _holds(boxes: FloatArray, points: FloatArray) -> BoolArray:
    """Return which (point, 2) positions lie in which (box, 4), (box, point) bool."""
    low, high = boxes[:, None, :2] - AIR_PX, boxes[:, None, 2:] + AIR_PX
    return np.asarray(((points >= low) & (points <= high)).all(axis=-1))


def _choose(boxes: Mapping[int, FloatArray], costs: Mapping[int, FloatArray], steady: Mapping[int, int]) -> Places:
    chosen: Places = {}
    placed: list[FloatArray] = []
    for who, options in boxes.items():
        cost = costs[who] + ELSEWHERE * (np.arange(len(options)) != steady[who])
        for other in placed:
            apart = (options[:, :2] > other[2:] + AIR_PX) | (options[:, 2:] < other[:2] - AIR_PX)
            cost = cost + ON_NAME * ~apart.any(axis=1)
        best = options[int(np.argmin(cost))]
        placed.append(best)
        chosen[who] = float(best[0]), float(best[1])
    return chosen
