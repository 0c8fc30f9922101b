"""What is drawn over one view: dots, names, boxes, reprojections, error vectors, epipolar lines, points under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from behaviorvlm.report.drawing_style import REGION_COLORS, KeypointStyle
from behaviorvlm.review import svg
from behaviorvlm.review.window import Window
from behaviorvlm.types import FloatArray

DOT_COLOR, DRAFT_COLOR, BOX_COLOR = "#ffffff", "#ffffff", "#bbbbbb"
DOT_RADIUS, MARK_RADIUS = 8.0, 13.0
ERROR_GAIN_FROM_PX = 3.0
"""An error vector shorter than this, as shown, is left out: the two marks lie on each other."""


@dataclass(frozen=True, eq=False)
class ViewDrawing:
    """What one camera shows of a timepoint.

    Attributes:
        window: The part of the picture that is shown.
        dots_px: (candidate, 2) float64 the dots by number.
        points_px: (keypoint, 2) float64 what the positions rest on, NaN = nothing.
        seen_px: (keypoint, 2) float64 where the positions would be seen.
        boxes_px: (region, 4) float64.
        selected: The keypoint that clicks are about, None = none.
        draft_px: Keypoint to a (2,) place that is not kept yet.
        draft_seen_px: Keypoint to the (2,) place where its triangulation under way would be seen.
        lines_px: (step, 2) float64 epipolar lines of points in other views.
        draft_box_px: A box under way, x_min y_min x_max y_max.
        numbered: Whether dots bear their numbers.
        named: Whether keypoints bear their labels.
    """

    window: Window
    dots_px: FloatArray
    points_px: FloatArray
    seen_px: FloatArray
    boxes_px: FloatArray
    selected: int | None = None
    draft_px: Mapping[int, FloatArray] = field(default_factory=dict)
    draft_seen_px: Mapping[int, FloatArray] = field(default_factory=dict)
    lines_px: Sequence[FloatArray] = ()
    draft_box_px: tuple[float, float, float, float] | None = None
    numbered: bool = True
    named: bool = True


def draw_view(view: ViewDrawing, styles: Sequence[KeypointStyle], regions: Sequence[str]) -> str:
    """Return the SVG content that lies over a view's picture, in the shown coordinates of its window.

    Args:
        view: What to draw.
        styles: How each keypoint looks.
        regions: Names of the body regions.
    """
    parts = [*_boxes(view, regions), *_dots(view)]
    for place, style in enumerate(styles):
        parts += _keypoint(view, place, style)
    parts += [svg.polyline(view.window.shown(line), color="#ffffff", width=2, dash="9 6") for line in view.lines_px]
    parts += _drafts(view, styles)
    return svg.joined(parts)


def _boxes(view: ViewDrawing, regions: Sequence[str]) -> list[str]:
    names = regions if len(regions) == len(view.boxes_px) else [""] * len(view.boxes_px)
    parts = []
    for place, (name, box) in enumerate(zip(names, view.boxes_px, strict=True)):
        if np.isfinite(box).all():
            parts.append(_box(view.window, box, color=REGION_COLORS[place % len(REGION_COLORS)], name=name))
    if view.draft_box_px is not None:
        parts.append(_box(view.window, np.array(view.draft_box_px), color=DRAFT_COLOR, name=""))
    return parts


def _box(window: Window, box_px: FloatArray, *, color: str, name: str) -> str:
    x, y = window.shown(box_px[:2])
    right, bottom = window.shown(box_px[2:])
    rectangle = svg.tag(
        "rect", x=float(x), y=float(y), width=float(right - x), height=float(bottom - y), fill="none", stroke=color,
        stroke_width=1, stroke_dasharray="3 3",
    )  # fmt: skip
    return rectangle + (svg.text(float(x) + 3, float(y) + 18, name, color=color, size=17) if name else "")


def _dots(view: ViewDrawing) -> list[str]:
    parts = []
    for number, (x, y) in enumerate(view.window.shown(view.dots_px).tolist()):
        parts.append(svg.tag("circle", cx=x, cy=y, r=DOT_RADIUS, fill="none", stroke=DOT_COLOR, stroke_width=1.0))
        if view.numbered:
            parts.append(svg.text(x + 10, y + 20, str(number), color=DOT_COLOR, size=17))
    return parts


def _keypoint(view: ViewDrawing, place: int, style: KeypointStyle) -> list[str]:
    point, seen = view.window.shown(view.points_px[place]), view.window.shown(view.seen_px[place])
    chosen = view.selected == place
    parts = [svg.cross(seen, color=style.color, radius=9)]
    if np.linalg.norm(point - seen) > ERROR_GAIN_FROM_PX:
        parts.append(svg.line(point, seen, color=style.color, width=2))
    parts.append(svg.mark(point, style.marker, color=style.color, radius=MARK_RADIUS, selected=chosen))
    at = point if np.isfinite(point).all() else seen
    if (view.named or chosen) and np.isfinite(at).all():
        parts.append(svg.text(at[0] + 16, at[1] - 9, style.label, color=style.color, size=22))
    return parts


def _drafts(view: ViewDrawing, styles: Sequence[KeypointStyle]) -> list[str]:
    parts = []
    for seen_px in view.draft_seen_px.values():
        parts.append(svg.cross(view.window.shown(seen_px), color=DRAFT_COLOR, radius=15))
    for place, point_px in view.draft_px.items():
        shown = view.window.shown(point_px)
        parts.append(svg.mark(shown, styles[place].marker, color=styles[place].color, radius=14, selected=True))
        parts.append(svg.text(shown[0] + 20, shown[1] - 12, f"{styles[place].label}?", color=DRAFT_COLOR, size=22))
    return parts
