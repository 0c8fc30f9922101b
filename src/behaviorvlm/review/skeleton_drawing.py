"""The skeleton in space as SVG: turned by yaw and pitch, drawn without perspective, so that lengths compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.report.drawing_style import KeypointStyle
from behaviorvlm.review import svg
from behaviorvlm.types import FloatArray, IntArray, all_finite

SIZE = 300
"""Width and height of the drawing."""
FILL = 0.8
"""Share of it that a skeleton fills."""
LEAST_EXTENT_MM = 1.0
DEGREES_PER_PX = 0.6


@dataclass(frozen=True)
class Turn:
    """From where a skeleton is looked at.

    Attributes:
        yaw_deg: Around the world's z axis.
        pitch_deg: How high above the horizon the eye is, -90 to 90.
    """

    yaw_deg: float = 35.0
    pitch_deg: float = 25.0

    def dragged(self, x_px: float, y_px: float) -> Turn:
        """Return the turn after the drawing was dragged so far."""
        pitch = min(max(self.pitch_deg + DEGREES_PER_PX * y_px, -90.0), 90.0)
        return Turn((self.yaw_deg - DEGREES_PER_PX * x_px) % 360, pitch)

    def onto_screen(self, points_mm: FloatArray) -> FloatArray:
        """Return (point, 3) mm as (point, 3): right, up, and towards the eye."""
        yaw, pitch = np.radians([self.yaw_deg, self.pitch_deg])
        right = np.array([-np.sin(yaw), np.cos(yaw), 0.0])
        towards = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), np.sin(pitch)])
        return np.asarray(points_mm @ np.stack([right, np.cross(towards, right), towards], axis=1))


def draw_skeleton(
    points_mm: FloatArray, edges: IntArray, styles: Sequence[KeypointStyle], *, turn: Turn, selected: int | None = None
) -> str:
    """Return the SVG content of a skeleton, `SIZE` wide and high.

    Args:
        points_mm: (keypoint, 3) mm, NaN = missing.
        edges: (edge, 2) int64 keypoint indices.
        styles: How each keypoint looks.
        turn: From where it is seen.
        selected: The keypoint that stands out.
    """
    here = all_finite(points_mm)
    if not here.any():
        return svg.text(SIZE / 2, SIZE / 2, "no keypoint has a position", color="#ffffff", size=13, anchor="middle")
    turned = turn.onto_screen(points_mm)
    low, high = turned[here].min(axis=0), turned[here].max(axis=0)
    scale = FILL * SIZE / max(float((high - low)[:2].max()), LEAST_EXTENT_MM)
    flat = ((turned - (low + high) / 2) * scale)[:, :2] * (1, -1) + SIZE / 2
    parts = [svg.line(flat[one], flat[other], color="#999999", width=2) for one, other in edges.tolist()]
    for place in np.argsort(np.where(here, turned[:, 2], -np.inf)).tolist():
        style = styles[place]
        parts.append(svg.mark(flat[place], style.marker, color=style.color, radius=6, selected=place == selected))
        if here[place]:
            label = svg.text(flat[place, 0] + 8, flat[place, 1] - 5, style.label, color=style.color, size=14)
            parts.append(label)
    bar_mm = _round_mm(SIZE / 5 / scale)
    end = 10 + bar_mm * scale
    parts.append(svg.line(np.array([10.0, SIZE - 12.0]), np.array([end, SIZE - 12.0]), color="#999999", width=3))
    parts.append(svg.text(end + 6, SIZE - 8, f"{bar_mm:g} mm", color="#dddddd", size=14))
    return svg.joined(parts)


def _round_mm(length: float) -> float:
    power = 10.0 ** np.floor(np.log10(length))
    return float(power * next(step for step in (5, 2, 1) if step * power <= length))
