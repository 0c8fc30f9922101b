"""Dialogs of a behavior review: all clips of a behavior, another name for a bout, who did it to whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nicegui import ui

from behaviorvlm.report.behavior_style import clock
from behaviorvlm.review.behavior_clips import loop_s
from behaviorvlm.review.behavior_desk import BehaviorDesk
from behaviorvlm.review.behavior_routes import clip_address
from behaviorvlm.review.clip_grid import ORDERS, clip_page, n_pages
from behaviorvlm.types import Bout

Changed = Callable[[], None]
NOBODY = "nobody"


class ClipGrid:
    """All clips of one behavior, a page at a time; its name and definition can be changed here.

    Args:
        desk: Where a person is.
        changed: Called after a click that changed something.
    """

    def __init__(self, desk: BehaviorDesk, changed: Changed) -> None:
        self.desk, self.changed = desk, changed
        self._behavior, self._page = "", 0
        with ui.dialog() as self._dialog, ui.card().style("max-width: none; width: 1120px; gap: 8px; padding: 14px"):
            with ui.element("div").style("display: flex; gap: 8px; width: 100%; align-items: center"):
                self._name = ui.input("name").props("dense outlined").style("width: 240px")
                self._name.on("keydown.enter", self._rename)
                ui.button("Rename", on_click=self._rename).props("outline dense no-caps size=sm")
                self._definition = ui.input("definition").props("dense outlined").style("flex: 1")
                self._definition.on("keydown.enter", self._redefine)
                ui.button("Define", on_click=self._redefine).props("outline dense no-caps size=sm")
                ui.button(icon="close", on_click=self._dialog.close).props("flat dense round").tooltip("Esc")
            with ui.element("div").style("display: flex; gap: 8px; width: 100%; align-items: center"):
                self._order = ui.select(
                    list(ORDERS), value=next(iter(ORDERS)), on_change=lambda: self._turn(-self._page)
                )
                self._order.props("dense outlined options-dense").style("width: 190px")
                self._count = ui.label().classes("bv-soft")
                self._said = ui.label().classes("bv-said").style("flex: 1; min-height: 0")
                ui.button(icon="chevron_left", on_click=lambda: self._turn(-1)).props("flat dense")
                self._at = ui.label().classes("bv-soft")
                ui.button(icon="chevron_right", on_click=lambda: self._turn(1)).props("flat dense")
            self._grid = ui.element("div").classes("bv-clips")

    def open(self, behavior: str) -> None:
        """Show the clips of a behavior."""
        self._behavior, self._page = behavior, 0
        self._fill()
        self._dialog.open()

    def _fill(self) -> None:
        space = self.desk.space
        bouts = [one for one in space.all_bouts() if one.behavior == self._behavior]
        known = {one.name: one.definition for one in space.ethogram.behaviors}
        self._name.value, self._definition.value = self._behavior, known.get(self._behavior, "")
        pages = n_pages(len(bouts))
        self._page = min(self._page, pages - 1)
        seconds = sum(one.stop_s - one.start_s for one in bouts)
        self._count.text = f"{len(bouts):,} bouts, {seconds:,.1f} s; a click travels there"
        self._at.text = f"page {self._page + 1} of {pages}"
        self._said.text = ""
        self._grid.clear()
        with self._grid:
            if not bouts:
                ui.label("No bout is called that any more.")
            for bout in clip_page(bouts, order=str(self._order.value), page=self._page):
                self._clip(bout)

    def _clip(self, bout: Bout) -> None:
        space, shown = self.desk.space, self.desk.space.recording(bout.recording)
        if shown is None:
            return
        place = space.names.index(bout.recording)
        with ui.element("div").classes("bv-clip").props("tabindex=0") as clip:
            address = clip_address(place, bout, shown.individuals)
            film = ui.element("div").classes("bv-film" + ("" if self.desk.chosen.keeps(bout) else " bv-dim"))
            film.style(f"background-image: url({address}); animation-duration: {loop_s(bout):.2f}s")
            whom = f" → {bout.target}" if bout.target else ""
            ui.label(f"{bout.individual}{whom}").style("font-weight: 600")
            sure = f", {bout.confidence:.2f}" if bout.confidence == bout.confidence else ""
            ui.label(f"{clock(bout.start_s)}, {bout.stop_s - bout.start_s:.1f} s{sure}")
            if len(space.names) > 1:
                ui.label(bout.recording).classes("bv-soft").style("overflow: hidden; text-overflow: ellipsis")
        for event in ("click", "keydown.enter"):
            clip.on(event, partial(self._go, bout))

    def _go(self, bout: Bout) -> None:
        self._dialog.close()
        self.desk.open(bout.recording, bout.start_frame, bout.individual)
        self.changed()

    def _turn(self, by: int) -> None:
        self._page = max(self._page + by, 0)
        self._fill()

    def _rename(self) -> None:
        if self.desk.rename(self._behavior, str(self._name.value)):
            self._behavior = str(self._name.value).strip()
        self._told()

    def _redefine(self) -> None:
        self.desk.redefine(self._behavior, str(self._definition.value))
        self._told()

    def _told(self) -> None:
        said = self.desk.said
        if "kept" in said:
            self._fill()
        self._said.text = said
        self.changed()


class BoutDialogs:
    """Small dialogs about the bout that is shown.

    Args:
        desk: Where a person is.
        changed: Called after a click that changed something.
    """

    def __init__(self, desk: BehaviorDesk, changed: Changed) -> None:
        self.desk, self.changed = desk, changed
        with ui.dialog() as self._naming, ui.card().style("width: 380px"):
            ui.label("What is it?").style("font-weight: 600")
            self._behavior = ui.input("behavior", autocomplete=[]).props("dense outlined autofocus")
            self._behavior.style("width: 100%").on("keydown.enter", self._relabel)
            ui.label("Enter keeps it; a new word is a new behavior. Esc closes.").classes("bv-soft")
            self._options = ui.element("div").classes("bv-rows").style("max-height: 300px; width: 100%")
        with ui.dialog() as self._assigning, ui.card().style("width: 380px"):
            ui.label("Who did it, to whom?").style("font-weight: 600")
            self._actor = ui.select([], label="who").props("dense outlined").style("width: 100%")
            self._target = ui.select([], label="to whom").props("dense outlined").style("width: 100%")
            ui.button("Keep", on_click=self._reassign).props("outline dense no-caps")

    def name_bout(self) -> None:
        """Ask what the bout is."""
        if self.desk.bout is None:
            self.desk.relabel("")  # says what there is to say
            return
        behaviors = self.desk.space.behaviors()
        self._behavior.value = ""
        self._behavior.set_autocomplete(behaviors)
        self._options.clear()
        with self._options:
            for name in behaviors:
                with ui.element("div").classes("bv-row") as row:
                    ui.label(name).classes("bv-wide")
                row.on("click", partial(self._choose, name))
        self._naming.open()

    def assign(self) -> None:
        """Ask who did it."""
        bout, shown = self.desk.bout, self.desk.shown
        if bout is None or shown is None:
            self.desk.relabel("")
            return
        self._actor.set_options(list(shown.individuals), value=bout.individual)
        self._target.set_options([NOBODY, *shown.individuals], value=bout.target or NOBODY)
        self._assigning.open()

    def _choose(self, name: str) -> None:
        self._behavior.value = name
        self._relabel()

    def _relabel(self) -> None:
        self._naming.close()
        self.desk.relabel(str(self._behavior.value or ""))
        self.changed()

    def _reassign(self) -> None:
        self._assigning.close()
        target = str(self._target.value)
        self.desk.reassign(str(self._actor.value), "" if target == NOBODY else target)
        self.changed()
