"""The lists of a behavior review: behaviors, filter, merges of the merger, corrections."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nicegui import ui

from behaviorvlm.report.behavior_style import clock
from behaviorvlm.review.behavior_desk import BehaviorDesk
from behaviorvlm.review.shown_recording import ShownRecording
from behaviorvlm.runs.behavior_reader import Values
from behaviorvlm.runs.correction_kinds import Correction, Undo, in_words
from behaviorvlm.runs.corrections import undone_numbers

Changed = Callable[[], None]
FULL = "display: flex; flex-direction: column; height: 100%; gap: 4px"
PAGE = 40
"""Rows of a list that are shown at once; the rest is a button away."""
LIMITS = (("min_confidence", "confidence at least", 0.05), ("min_s", "seconds at least", 0.1),
          ("max_s", "seconds at most", 0.5))  # fmt: skip


class BehaviorLists:
    """The tabs.

    Args:
        desk: Where a person is.
        changed: Called after a click that changed something.
        opened: Called with a behavior whose clips are wanted.
        marked: Called with a behavior that the ethogram is to show alone.
    """

    def __init__(
        self, desk: BehaviorDesk, changed: Changed, *, opened: Callable[[str], None], marked: Callable[[str], None]
    ) -> None:
        self.desk, self.changed, self.opened, self.marked = desk, changed, opened, marked
        self._shown: tuple[object, ...] = ()
        self._first = 0
        names = ("Behaviors", "Filter", "Merges", "Corrections")
        self._tabs = ui.tabs().props("dense align=left")
        with self._tabs:
            tabs = {name: ui.tab(name) for name in names}
        panels = ui.tab_panels(self._tabs, value=names[0], animated=False)
        with panels.style("flex: 1 1 200px; min-height: 160px; width: 100%; background: transparent"):
            with ui.tab_panel(tabs["Behaviors"]).style(FULL):
                self._behaviors = ui.element("div").classes("bv-rows").style("flex: 1; min-height: 0")
            with ui.tab_panel(tabs["Filter"]):
                self._build_filter()
            with ui.tab_panel(tabs["Merges"]).style(FULL):
                self._merges = ui.element("div").classes("bv-rows").style("flex: 1; min-height: 0")
            with ui.tab_panel(tabs["Corrections"]).style(FULL):
                ui.input("author").bind_value(desk, "author").props("dense").style("width: 100%")
                ui.input("reason of the next correction").bind_value(desk, "reason").props("dense").style("width: 100%")
                self._records = ui.element("div").classes("bv-rows").style("flex: 1; min-height: 0")
        self._tabs.on_value_change(self._opened_tab)

    def refresh(self) -> None:
        """Show the list whose tab is open; it is made anew only where something changed."""
        tab = self._tabs.value or "Behaviors"
        wanted = (tab, self.desk.space.revision, self.desk.recording, self._first, self.desk.space.tables.said)
        if wanted != self._shown:
            self._shown = wanted
            fill = {"Behaviors": self._fill_behaviors, "Filter": self._count, "Merges": self._fill_merges,
                    "Corrections": self._fill_records}  # fmt: skip
            fill[str(tab)]()

    def _opened_tab(self) -> None:
        shown = self.desk.shown
        if self._tabs.value == "Merges" and shown is not None:
            before = sum(frame < self.desk.frame for frame, _ in self._merges_in_time(shown))
            self._first = before // PAGE * PAGE
        self.refresh()

    # Behaviors ----------------------------------------------------------------------------------------------------

    def _fill_behaviors(self) -> None:
        bouts = self.desk.space.all_bouts()
        self._behaviors.clear()
        with self._behaviors:
            if not bouts:
                ui.label("No bouts yet." if not self.desk.space.finished else "The run named no bout.").style(
                    "padding: 8px"
                )
            for place, name in enumerate(self.desk.space.behaviors(), start=1):
                own = [one.stop_s - one.start_s for one in bouts if one.behavior == name]
                with ui.element("div").classes("bv-row") as row:
                    ui.label(str(place) if place < 10 else "").classes("bv-soft").style("width: 10px")
                    ui.label(name).classes("bv-wide").tooltip("all its clips; rename it, define it anew")
                    ui.label(f"{len(own):,}").classes("bv-num")
                    ui.label(f"{sum(own):,.0f} s").classes("bv-num").style("width: 56px")
                    alone = ui.button(icon="visibility").props("flat dense size=xs").tooltip("alone in the ethogram")
                    alone.on("click.stop", partial(self.marked, name))
                row.on("click", partial(self.opened, name))
            for name, why in self.desk.space.ethogram.impossible.items():
                ui.label(f"{name} could not be told: {why}").classes("bv-soft").style(
                    "padding: 2px 6px; white-space: normal"
                )

    # Filter -------------------------------------------------------------------------------------------------------

    def _build_filter(self) -> None:
        for name, words, step in LIMITS:
            field = ui.number(words, step=step, min=0).props("dense clearable").style("width: 100%")
            field.on_value_change(lambda event, name=name: self._limit(name, event.value))
        self._kept = ui.label().style("font-size: 13px; padding: 6px 0")
        with ui.element("div").style("display: flex; gap: 6px"):
            ui.button("Export to the run's folder", on_click=self._export).props("outline dense no-caps size=sm")
            ui.button("Download", on_click=self._download).props("outline dense no-caps size=sm")

    def _limit(self, name: str, value: float | None) -> None:
        self.desk.limit(**{name: value})
        self._count()
        self.changed()

    def _count(self) -> None:
        self._kept.text = self.desk.passing_words()

    def _export(self) -> None:
        self.desk.export()
        self.changed()

    def _download(self) -> None:
        path = self.desk.export()
        if path is not None:
            ui.download.content(path.read_bytes(), path.name, "text/csv")
        self.changed()

    # Merges -------------------------------------------------------------------------------------------------------

    def _fill_merges(self) -> None:
        shown = self.desk.shown
        every = [] if shown is None else self._merges_in_time(shown)
        self._first = min(self._first, max(len(every) - 1, 0) // PAGE * PAGE)
        who = {f"{one['recording']}:{one['merge']}": one for one in self.desk.space.undone_merges()}
        self._merges.clear()
        with self._merges:
            if not every:
                ui.label("No segments of this recording were merged.").style("padding: 8px")
            for frame, one in every[self._first : self._first + PAGE]:
                self._merge_row(one, frame, who.get(one["merge"]))
            if len(every) > PAGE:
                self._pager(len(every))

    def _merges_in_time(self, shown: ShownRecording) -> list[tuple[int, Values]]:
        """Return the merges of the recording with the frame each begins at, in order of time."""
        starts = {one.number: one.start_frame for one in shown.segments}
        own = [one for one in self.desk.space.merges() if one["recording"] == shown.name]
        return sorted(((starts[one["segments"][0]], one) for one in own), key=lambda pair: pair[0])

    def _merge_row(self, one: Values, frame: int, undone: Values | None) -> None:
        number = int(one["merge"].rpartition(":")[2])
        shown = self.desk.shown
        when = clock(float(shown.edges_s[frame])) if shown is not None else ""
        with ui.element("div").classes("bv-row") as row:
            ui.label(when).classes("bv-num")
            target = f" → {one['target']}" if one["target"] else ""
            words = ui.label(f"{one['individual']} {one['behavior']}{target}, {len(one['segments'])} segments")
            words.classes("bv-wide").style("text-decoration: line-through" if one["undone"] else "")
            by = "" if undone is None else f"; undone by {undone['author']}, {undone['at']}, {undone['reason']}"
            words.tooltip(f"merge {one['merge']} by {one['source']}: {one['reason']}{by}")
            if self.desk.space.is_waiting(one["recording"], number):
                ui.label("undoing ...").classes("bv-soft")
            elif not one["undone"]:
                undo = ui.button("undo").props("flat dense no-caps size=xs")
                undo.on("click.stop", partial(self._undo_merge, one["recording"], number))
        row.on("click", partial(self._go, one["recording"], frame, one["individual"]))

    def _pager(self, count: int) -> None:
        with ui.element("div").classes("bv-row").style("cursor: default"):
            last = min(self._first + PAGE, count)
            ui.label(f"{self._first + 1} to {last} of {count:,}").classes("bv-wide bv-soft")
            for words, by in (("before", -PAGE), ("next", PAGE)):
                ui.button(words, on_click=partial(self._turn, by)).props("flat dense no-caps size=xs")

    def _turn(self, by: int) -> None:
        self._first = max(self._first + by, 0)
        self.refresh()

    def _undo_merge(self, recording: str, number: int) -> None:
        self.desk.undo_merge(recording, number)
        self.changed()

    # Corrections --------------------------------------------------------------------------------------------------

    def _fill_records(self) -> None:
        records, lost = self.desk.space.records, self.desk.space.lost_corrections()
        undone = undone_numbers(records)
        self._records.clear()
        with self._records:
            if not records:
                ui.label("Nobody corrected anything yet.").style("padding: 8px")
            for one in list(reversed(records))[: 10 * PAGE]:
                self._record_row(one, gone=one.number in undone, lost=one.number in lost)

    def _record_row(self, one: Correction, *, gone: bool, lost: bool) -> None:
        with ui.element("div").classes("bv-row") as row:
            who = getattr(one.change, "individual", "")
            words = ui.label(f"{one.number}  {who} {in_words(one.change)}").classes("bv-wide")
            words.style("text-decoration: line-through" if gone else "")
            reason = f", {one.reason}" if one.reason else ""
            words.tooltip(f"{one.author}, {one.at}{reason}{'; it fits no bout any more' if lost else ''}")
            if not gone and not isinstance(one.change, Undo):
                undo = ui.button("undo").props("flat dense no-caps size=xs")
                undo.on("click.stop", partial(self._undo, one.number))
        frame = getattr(one.change, "start_frame", getattr(one.change, "to_frame", None))
        if frame is not None:
            row.on("click", partial(self._go, getattr(one.change, "recording", ""), frame, who))

    def _undo(self, number: int) -> None:
        self.desk.undo(number)
        self.changed()

    def _go(self, recording: str, frame: int, individual: str) -> None:
        self.desk.open(recording, frame, individual)
        self.changed()
