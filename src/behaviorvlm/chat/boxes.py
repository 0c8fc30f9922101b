"""Boxes as models write them, read into pixels.

Four numbers do not say what they are. The reading that the prompt asked for is taken wherever it gives a box in the
picture. Where that box would lie far outside, one other reading is taken if it differs in one thing (the scale or the
order) and is the only such that gives a box; the note says so. Everything else is refused: a box that leaves the
picture by a little is more likely a slip than another reading.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from behaviorvlm.errors import RefusedAnswerError

Order = Literal["xyxy", "yxyx"]
Scale = Literal["thousand", "pixels"]

MAX_SIDE = 1e9
"""Larger numbers are no sides of a picture, and NaN is not smaller."""

FAR = 0.1
"""Share of the picture's side by which a box must leave the picture before it is read in another way."""

_SIDES = {
    "xmin": 0, "x1": 0, "x0": 0, "left": 0,
    "ymin": 1, "y1": 1, "y0": 1, "top": 1,
    "xmax": 2, "x2": 2, "right": 2,
    "ymax": 3, "y2": 3, "bottom": 3,
}  # fmt: skip
_EXTENTS = {"w", "h", "width", "height"}
_WRAPPERS = {"box", "box2d", "bbox", "bbox2d", "boundingbox", "regionbox"}
_UNITS = {"thousand": "thousandths of the picture", "pixels": "pixels"}


@dataclass(frozen=True)
class ReadBox:
    """A box in one picture, in px: (0, 0) is the centre of the top left pixel.

    Attributes:
        x_min_px, y_min_px, x_max_px, y_max_px: The sides.
        order: How the four numbers were read.
        scale: What they were read as.
        note: What was assumed; "" if the answer was as asked for.
    """

    x_min_px: float
    y_min_px: float
    x_max_px: float
    y_max_px: float
    order: Order
    scale: Scale
    note: str = ""


def read_box(value: object, *, size_px: tuple[int, int], order: Order = "xyxy", scale: Scale = "thousand") -> ReadBox:
    """Return the box that a model meant.

    Args:
        value: Parsed JSON: ``[a, b, c, d]``, ``[[a, b], [c, d]]``, an object with named sides (``x_min``, ``left``,
            ``x1`` ...), or any of them under ``box``, ``bbox`` or ``bbox_2d``.
        size_px: (width, height) of the picture the model saw.
        order: What the prompt asked for: x or y first. Named sides need no order.
        scale: What the prompt asked for: 0 to 1000 over each side of the picture, or its pixels.

    Returns:
        The box, at least one pixel wide and high, within the picture.

    Raises:
        RefusedAnswerError: If it is no box, leaves the picture, is inside out, has no area, or is given as corner,
            width and height; the message is written for the model.
    """
    numbers, named = _numbers(value)
    orders: tuple[Order, ...] = ("xyxy",) if named else (order, "yxyx" if order == "xyxy" else "xyxy")
    scales: tuple[Scale, ...] = (scale, "pixels" if scale == "thousand" else "thousand")
    readings = {reading: _sides(numbers, reading, size_px) for reading in itertools.product(orders, scales)}
    asked = (orders[0], scale)
    if _fault(readings[asked], size_px) == "":
        return _box(readings[asked], asked, note="")
    near = [reading for reading in readings if (reading[0] == asked[0]) != (reading[1] == asked[1])]
    others = [reading for reading in near if _fault(readings[reading], size_px) == ""]
    if len(others) == 1 and _is_far_outside(readings[asked], size_px):
        return _box(readings[others[0]], others[0], note=_note(others[0], asked))
    raise _refused(f"The box {_listed(numbers)} {_fault(readings[asked], size_px)}.", orders[0], scale)


def _box(sides: tuple[float, float, float, float], reading: tuple[Order, Scale], *, note: str) -> ReadBox:
    return ReadBox(*sides, order=reading[0], scale=reading[1], note=note)


def _note(reading: tuple[Order, Scale], asked: tuple[Order, Scale]) -> str:
    if reading[1] != asked[1]:
        return f"read as {_UNITS[reading[1]]}: as {_UNITS[asked[1]]} it leaves the picture"
    return f"read as {reading[0]}: as {asked[0]} it leaves the picture"


def _sides(
    numbers: Sequence[float], reading: tuple[Order, Scale], size_px: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Return x_min, y_min, x_max, y_max in px; a picture of width w spans -0.5 to w - 0.5."""
    order, scale = reading
    a, b, c, d = numbers if order == "xyxy" else (numbers[1], numbers[0], numbers[3], numbers[2])
    width, height = size_px
    if scale == "thousand":
        return (a * width / 1000 - 0.5, b * height / 1000 - 0.5, c * width / 1000 - 0.5, d * height / 1000 - 0.5)
    return (a, b, width - 0.5 if c == width else c, height - 0.5 if d == height else d)


def _fault(sides: tuple[float, float, float, float], size_px: tuple[int, int]) -> str:
    """Return what is wrong with a box, "" if nothing is."""
    x_min, y_min, x_max, y_max = sides
    width, height = size_px
    if min(x_min, x_max, y_min, y_max) < -0.5 or max(x_min, x_max) > width - 0.5 or max(y_min, y_max) > height - 0.5:
        return "leaves the picture"
    if x_min > x_max or y_min > y_max:
        return "is inside out: its second corner must be below and to the right of the first, not its width and height"
    return "" if min(x_max - x_min, y_max - y_min) >= 1 else "has no area"


def _is_far_outside(sides: tuple[float, float, float, float], size_px: tuple[int, int]) -> bool:
    beyond = (max(-side, side - size) / size for side, size in zip(sides, (*size_px, *size_px), strict=True))
    return max(beyond) > FAR


def _numbers(value: object) -> tuple[tuple[float, ...], bool]:
    """Return the four numbers, and whether their names say which is which: then x_min, y_min, x_max, y_max."""
    if isinstance(value, Mapping):
        keys = {re.sub(r"[^a-z0-9]", "", str(key).lower()): key for key in value}
        wrapped = [key for name, key in keys.items() if name in _WRAPPERS]
        return _numbers(value[wrapped[0]]) if len(wrapped) == 1 else (_named(value, keys), True)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list | dict):
        return _numbers(value[0])
    if isinstance(value, list) and len(value) == 2 and all(isinstance(corner, list) for corner in value):
        value = [*value[0], *value[1]] if all(len(corner) == 2 for corner in value) else value
    if not isinstance(value, list) or len(value) != 4:
        raise _refused(f"This is no box: {_shown(value)}.")
    return tuple(_number(one) for one in value), False


def _named(value: Mapping[str, object], keys: Mapping[str, str]) -> tuple[float, ...]:
    if _EXTENTS & set(keys):
        raise _refused("The box is given by its width and height.")
    sides: dict[int, float] = {}
    for name, key in keys.items():
        if name in _SIDES:
            if _SIDES[name] in sides:
                raise _refused(f"The box names one side twice: {_shown(value)}.")
            sides[_SIDES[name]] = _number(value[key])
    if len(sides) != 4:
        raise _refused(f"This is no box: {_shown(value)}.")
    return tuple(sides[side] for side in range(4))


def _number(value: object) -> float:
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,9}(\.\d{1,9})?\s*", value):
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MAX_SIDE:
        return float(value)
    raise _refused(f"A side of the box should be a number, but is {_shown(value)}.")


def _refused(complaint: str, order: Order = "xyxy", scale: Scale = "thousand") -> RefusedAnswerError:
    form = "[x_min, y_min, x_max, y_max]" if order == "xyxy" else "[y_min, x_min, y_max, x_max]"
    unit = "integers from 0 to 1000" if scale == "thousand" else "pixels"
    return RefusedAnswerError(complaint, expected=f"{form} in {unit}: two corners within the picture")


def _listed(numbers: Sequence[float]) -> str:
    return f"[{', '.join(f'{number:g}' for number in numbers)}]"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
