"""Shapes as SVG text. Every word is escaped here, so that a name of a file or keypoint is never markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import numpy as np

from behaviorvlm.types import FloatArray, all_finite

HALO = "#000000"
"""Under every line and letter, so that they stand out on any picture."""


def tag(name: str, content: str = "", **attributes: object) -> str:
    """Return an element; ``stroke_width`` becomes ``stroke-width``, numbers are rounded, None is left out."""
    parts = " ".join(
        f'{key.rstrip("_").replace("_", "-")}="{escape(_value(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name} {parts}>{content}</{name}>"


def text(x: float, y: float, words: str, *, color: str, size: float = 12, anchor: str = "start") -> str:
    """Return words with a halo."""
    return tag(
        "text", escape(words), x=x, y=y, fill=color, stroke=HALO, stroke_width=size / 5, paint_order="stroke",
        font_size=size, font_family="sans-serif", text_anchor=anchor,
    )  # fmt: skip


def line(start: FloatArray, stop: FloatArray, *, color: str, width: float = 1.5, dash: str | None = None) -> str:
    """Return a line between two (2,) places; nothing if one of them is NaN."""
    if not (np.isfinite(start).all() and np.isfinite(stop).all()):
        return ""
    return tag("line", x1=start[0], y1=start[1], x2=stop[0], y2=stop[1], stroke=color, stroke_width=width,
               stroke_dasharray=dash)  # fmt: skip


def polyline(points: FloatArray, *, color: str, width: float = 1.5, dash: str | None = None) -> str:
    """Return a line through (point, 2) places, those that are NaN left out; nothing for fewer than two."""
    here = points[all_finite(points)]
    if len(here) < 2:
        return ""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in here.tolist())
    return tag("polyline", points=places, fill="none", stroke=color, stroke_width=width, stroke_dasharray=dash)


def mark(place: FloatArray, marker: str, *, color: str, radius: float, selected: bool = False) -> str:
    """Return a keypoint at a (2,) place: a triangle to the left (``<``) or right (``>``), else a circle."""
    if not np.isfinite(place).all():
        return ""
    x, y = place.tolist()
    look: dict[str, Any] = {"fill": "none", "stroke": color, "stroke_width": 3 if selected else 1.8}
    shape = _triangle(x, y, radius if marker == ">" else -radius) if marker in "<>" else None
    drawn = tag("circle", cx=x, cy=y, r=radius, **look) if shape is None else tag("polygon", points=shape, **look)
    ring = tag("circle", cx=x, cy=y, r=radius * 2, fill="none", stroke="#ffffff", stroke_width=1.5) if selected else ""
    return drawn + ring


def cross(place: FloatArray, *, color: str, radius: float) -> str:
    """Return an upright cross at a (2,) place."""
    if not np.isfinite(place).all():
        return ""
    x, y = place.tolist()
    arms = f"M{x - radius:.1f} {y:.1f}H{x + radius:.1f}M{x:.1f} {y - radius:.1f}V{y + radius:.1f}"
    return tag("path", d=arms, stroke=color, stroke_width=1.8, fill="none")


def joined(parts: Iterable[str]) -> str:
    """Return elements as one text."""
    return "".join(parts)


def _triangle(x: float, y: float, reach: float) -> str:
    high = abs(reach)
    return f"{x + reach:.1f},{y:.1f} {x - reach * 0.7:.1f},{y - high:.1f} {x - reach * 0.7:.1f},{y + high:.1f}"


def _value(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
