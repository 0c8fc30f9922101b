"""The timeline of a pose review: how bad each keypoint is over time, to travel by a click."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from behaviorvlm.review import svg
from behaviorvlm.review.curves import MEASURES
from behaviorvlm.review.parts import Press, canvas
from behaviorvlm.review.pose_desk import PoseDesk
from behaviorvlm.review.timeline import ROW_PX, WIDTH, place_of, span_of, worst_in

CURSOR, RANGE = "#ff2d95", "#ffffff"


class Timeline:
    """The picture, its names, and the cursor.

    Args:
        desk: Where a person is.
        changed: Called after a click.
    """

    def __init__(self, desk: PoseDesk, changed: Callable[[], None]) -> None:
        self.desk, self.changed = desk, changed
        self._drawn: tuple[object, ...] = ()
        n_keypoints = len(desk.space.skeleton)
        with ui.element("div").classes("bv-time"):
            with ui.element("div").classes("bv-names"):
                for style in desk.space.styles:
                    with ui.element("div"):
                        ui.label(style.label).tooltip(style.name)
            with ui.element("div").classes("bv-map"):
                self._image = canvas((WIDTH, ROW_PX * n_keypoints), self._pressed)
        self._legend = ui.label().classes("bv-soft")

    def refresh(self) -> None:
        """Show where the desk is, and draw anew what changed."""
        space, desk = self.desk.space, self.desk
        wanted = (space.revision, desk.measure)
        if wanted != self._drawn:
            self._drawn = wanted
            self._image.set_source(f"/timeline/{desk.measure}.png?r={space.revision}")
            self._legend.text = (
                f"{MEASURES[desk.measure]}: dark is good, yellow bad, orange missing, white not known. "
                "Click to travel to the worst timepoint there."
            )
        self._image.content = self._cursor()

    def _cursor(self) -> str:
        desk, length = self.desk, len(self.desk.space.curves.settled)
        height = ROW_PX * len(desk.space.skeleton)
        x = place_of(desk.now.timepoint - desk.space.curves.first, length)
        parts = [svg.tag("rect", x=x - 1.5, y=0, width=3, height=height, fill=CURSOR)]
        if desk.swap_from is not None:
            begun = place_of(desk.swap_from - desk.space.curves.first, length)
            parts.append(svg.tag("rect", x=begun - 1.5, y=0, width=3, height=height, fill=RANGE))
        if desk.selected is not None:
            row = {"x": 0, "y": desk.selected * ROW_PX, "width": WIDTH, "height": ROW_PX}
            parts.append(svg.tag("rect", **row, fill="none", stroke=RANGE, stroke_width=1.5))  # type: ignore[arg-type]
        return svg.joined(parts)

    def _pressed(self, press: Press) -> None:
        if press.kind != "mousedown":
            return
        curves, edges = self.desk.space.curves, self.desk.space.skeleton.edge_indices
        keypoint = min(max(int(press.y // ROW_PX), 0), len(self.desk.space.skeleton) - 1)
        rows = span_of(press.x, len(curves.settled))
        self.desk.travel(curves.first + worst_in(curves.badness(self.desk.measure, edges), rows, keypoint))
        self.desk.select(keypoint)
        self.changed()
