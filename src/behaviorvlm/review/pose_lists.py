"""The lists of a pose review: keypoints of this timepoint, the worst timepoints, a filter, corrections."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from nicegui import ui

from behaviorvlm.review.curves import LARGE_MARGIN, Measure
from behaviorvlm.review.filter_panel import FilterPanel
from behaviorvlm.review.pose_desk import PoseDesk
from behaviorvlm.runs.correction_kinds import Undo, in_words
from behaviorvlm.runs.corrections import undone_numbers

Changed = Callable[[], None]


class KeypointRows:
    """One row for each keypoint: how sure it is here; a click selects it."""

    def __init__(self, desk: PoseDesk, changed: Changed) -> None:
        self.desk, self.changed = desk, changed
        self._rows: list[tuple[ui.element, list[ui.label]]] = []
        with ui.element("div").classes("bv-rows").style("flex: 0 1 auto; min-height: 120px"):
            with ui.element("div").classes("bv-row bv-soft").style("cursor: default"):
                ui.label("keypoint").classes("bv-wide")
                for head in ("error", "margin", "views"):
                    ui.label(head).classes("bv-num")
            for place, style in enumerate(desk.space.styles):
                with ui.element("div").classes("bv-row") as row:
                    ui.element("div").classes("bv-swatch").style(f"background: {style.color}")
                    ui.label(f"{style.label}  {style.name}").classes("bv-wide")
                    cells = [ui.label().classes("bv-num") for _ in range(3)]
                row.on("click", partial(self._select, place))
                self._rows.append((row, cells))

    def refresh(self) -> None:
        """Show the keypoints as they are at this timepoint."""
        now = self.desk.now
        for place, (row, (error, margin, views)) in enumerate(self._rows):
            present = bool(np.isfinite(now.points_mm[place]).all())
            error.text = _number(now.error_px[place]) if present else "missing"
            margin.text = "by hand" if "corrected" in now.flags[place] else _number(now.margin[place])
            views.text = str(now.views_used[place]) if present else ""
            row.classes(**{"add" if place == self.desk.selected else "remove": "bv-chosen"})

    def _select(self, place: int) -> None:
        self.desk.select(None if self.desk.selected == place else place)
        self.changed()


class PoseLists:
    """Tabs: worst timepoints, filter, corrections."""

    def __init__(self, desk: PoseDesk, changed: Changed) -> None:
        self.desk, self.changed = desk, changed
        self._shown: tuple[object, ...] = ()
        with ui.tabs().props("dense align=left") as tabs:
            names = [ui.tab(name) for name in ("Worst", "Filter", "Corrections")]
        panels = ui.tab_panels(tabs, value=names[0], animated=False)
        with panels.style("flex: 1; min-height: 0; background: transparent"):
            with ui.tab_panel(names[0]).style("display: flex; flex-direction: column; height: 100%; gap: 4px"):
                chosen = ui.select(
                    desk.space.measures, value=desk.measure, on_change=lambda event: self._measure(event.value)
                )
                chosen.props("dense outlined options-dense").style("width: 100%; font-size: 12px")
                self._worst = ui.element("div").classes("bv-rows").style("flex: 1; min-height: 0")
            with ui.tab_panel(names[1]).style("gap: 2px"):
                self._filter = FilterPanel(desk.space)
            with ui.tab_panel(names[2]).style("display: flex; flex-direction: column; height: 100%; gap: 4px"):
                ui.input("author").bind_value(desk, "author").props("dense").style("width: 100%")
                ui.input("reason of the next correction").bind_value(desk, "reason").props("dense").style("width: 100%")
                self._records = ui.element("div").classes("bv-rows").style("flex: 1; min-height: 0")

    def refresh(self) -> None:
        """Show the lists; they are made anew only where something changed."""
        space = self.desk.space
        wanted = (space.revision, self.desk.measure)
        if wanted != self._shown:
            self._shown = wanted
            self._fill_worst()
            self._fill_records()
            self._filter.count()
        for timepoint, row in self._worst_rows:
            row.classes(**{"add" if timepoint == self.desk.now.timepoint else "remove": "bv-chosen"})

    def _fill_worst(self) -> None:
        self._worst.clear()
        self._worst_rows = []
        listed = self.desk.space.worst(self.desk.measure)
        with self._worst:
            if not listed:
                ui.label(self._nothing()).style("padding: 8px")
            for timepoint, keypoint, value in listed:
                with ui.element("div").classes("bv-row") as row:
                    ui.label(f"{timepoint}").classes("bv-num")
                    ui.label(self.desk.space.skeleton.keypoints[keypoint]).classes("bv-wide")
                    ui.label(_value(self.desk.measure, value)).classes("bv-num")
                row.on("click", partial(self._go, timepoint, keypoint))
                self._worst_rows.append((timepoint, row))

    def _fill_records(self) -> None:
        records = self.desk.space.records
        undone = undone_numbers(records)
        self._records.clear()
        with self._records:
            if not records:
                ui.label("Nobody corrected anything yet.").style("padding: 8px")
            for one in reversed(records):
                with ui.element("div").classes("bv-row").style("cursor: default"):
                    gone = one.number in undone
                    words = ui.label(f"{one.number}  {in_words(one.change)}").classes("bv-wide")
                    words.style("text-decoration: line-through" if gone else "")
                    words.tooltip(f"{one.author}, {one.at}{', ' + one.reason if one.reason else ''}")
                    if not gone and not isinstance(one.change, Undo):
                        undo = ui.button("undo", on_click=partial(self._undo, one.number))
                        undo.props("flat dense no-caps size=xs")

    def _measure(self, measure: Measure) -> None:
        self.desk.measure = measure
        self.changed()

    def _go(self, timepoint: int, keypoint: int) -> None:
        self.desk.travel(timepoint)
        self.desk.select(keypoint)
        self.changed()

    def _undo(self, number: int) -> None:
        self.desk.undo(number)
        self.changed()

    def _nothing(self) -> str:
        if not self.desk.space.curves.settled.any():
            return "Nothing is settled yet; the list fills while the run goes on."
        return "Nothing to look at by this measure."


def _number(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else ""


def _value(measure: Measure, value: float) -> str:
    if measure == "margin":
        return f"{LARGE_MARGIN - value:.2f}"
    if measure == "audit":
        return f"{value:.0%}"
    return f"{value:.0f}" if measure == "missing" else f"{value:.2f}"
