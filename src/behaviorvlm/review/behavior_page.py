"""The page of a behavior run: thin, it shows what `BehaviorDesk` says and tells it what was clicked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from nicegui import ui

from behaviorvlm.report.behavior_style import animal_color
from behaviorvlm.review.behavior_cards import card_of
from behaviorvlm.review.behavior_desk import READ_ONLY, BehaviorDesk
from behaviorvlm.review.behavior_dialogs import BoutDialogs, ClipGrid
from behaviorvlm.review.behavior_keys import SHOWN_KEYS
from behaviorvlm.review.behavior_lists import BehaviorLists
from behaviorvlm.review.behavior_look import BEHAVIOR_STYLE
from behaviorvlm.review.behavior_scene import kept_flags
from behaviorvlm.review.behavior_stage import BehaviorStage
from behaviorvlm.review.behavior_workspace import BehaviorWorkspace
from behaviorvlm.review.parts import dark_button, help_dialog
from behaviorvlm.runs.bout_filter import BoutFilter

FOLLOW_S = 1.0
HELP = (
    "Click in an ethogram to travel; the block under the line is the animal's bout, its color says to whom it is "
    "directed (grey: nobody). Drag the edge of a block to move it. What you change is kept at once with your name, "
    "and tables follow by themselves."
)
ON_AN_ACTION = (
    ("relabel", "Relabel", "r"), ("split", "Split here", "s"), ("merge", "Merge next", "m"),
    ("start_here", "Begins here", "["), ("stop_here", "Ends here", "]"), ("undo", "Undo", "u"),
    ("reassign", "Who, whom", "a"), ("exchange", "Exchange", "x"), ("behaviors", "All clips", "b"),
)  # fmt: skip
SHOW_CHOSEN = "document.querySelector('.bv-card.bv-chosen')?.scrollIntoView({block: 'nearest'})"
HINT = "keys are about the selected animal; ? shows them"


class BehaviorPage:
    """One tab.

    Args:
        space: What all tabs share.
        author: Who corrects.
    """

    def __init__(self, space: BehaviorWorkspace, author: str) -> None:
        self.space = space
        self.desk = BehaviorDesk(space, author)
        self._is_ready = False
        self._loaded: tuple[object, ...] = ()
        self._kept: tuple[object, ...] = ()
        self._at = (0, 0)
        self._marked: str | None = None
        self._seen_animal = 0

    def build(self) -> None:
        """Fill the page."""
        ui.add_css(BEHAVIOR_STYLE)
        self._help = help_dialog(SHOWN_KEYS, "Review a behavior run", HELP)
        self._grid = ClipGrid(self.desk, self.refresh)
        self._dialogs = BoutDialogs(self.desk, self.refresh)
        self._build_top()
        with ui.element("div").classes("bv-main"):
            with ui.element("div").classes("bv-left bv-behavior"):
                self._stage = BehaviorStage(
                    {"ready": self._ready, "at": self._looked, "act": self._act, "boundary": self._dragged}
                )
            with ui.element("div").classes("bv-right"):
                self._build_right()
        ui.timer(FOLLOW_S, self._follow)

    def refresh(self) -> None:
        """Show what the desk says."""
        desk, space = self.desk, self.space
        self._load()
        if (desk.frame, desk.animal) != self._at:
            self._at = (desk.frame, desk.animal)
            self._stage.seek(desk.frame, desk.animal)
        self._keep()
        if self._recording.value != desk.recording:
            self._recording.value = desk.recording
        self._fill_cards()
        self._said.text = desk.said or (HINT if space.finished else READ_ONLY)
        self._lists.refresh()
        self._state()

    # Building -----------------------------------------------------------------------------------------------------

    def _build_top(self) -> None:
        names = self.space.names
        with ui.element("div").classes("bv-top"):
            ui.label(f"review · {self.space.run.folder.name}").classes("bv-name")
            self._recording = ui.select(list(names), value=names[0], on_change=self._opened)
            self._recording.props("dense outlined options-dense").style("min-width: 180px; max-width: 320px")
            self._recording.set_visibility(len(names) > 1)
            self._going = ui.label().classes("bv-soft")
            ui.space()
            self._copy = ui.button(on_click=self._make_copy)
            self._copy.props("outline dense no-caps size=sm")
            self._tables = ui.label().classes("bv-soft")
            dark_button()
            ui.button("?", on_click=self._help.open).props("flat dense round").tooltip("keys")

    def _build_right(self) -> None:
        self._cards = ui.element("div").classes("bv-cards")
        with ui.element("div").classes("bv-acts"):
            for action, words, key in ON_AN_ACTION:
                # By way of the browser, which alone knows the frame that was seen when it was pressed.
                with ui.button(on_click=partial(self._ask, action)).props("outline dense"):
                    ui.label(words)
                    ui.label(key).style("opacity: .6")
        self._said = ui.label().classes("bv-said").style("min-height: 16px")
        self._lists = BehaviorLists(self.desk, self.refresh, opened=self._grid.open, marked=self._mark)

    def _fill_cards(self) -> None:
        shown = self.desk.shown
        self._cards.clear()
        with self._cards:
            for place, individual in enumerate(() if shown is None else shown.individuals):
                card = card_of(self.desk, individual)
                chosen = " bv-chosen" if place == self.desk.animal else ""
                with (
                    ui.element("div")
                    .classes("bv-card" + chosen)
                    .style(f"border-left-color: {animal_color(place)}") as box
                ):
                    with ui.element("div").classes("bv-head"):
                        ui.label(individual)
                        ui.label(card.title)
                    ui.label(card.when).classes("bv-soft")
                    for title, words in card.said:
                        ui.label(f"{title}: {words}").classes("bv-said-of")
                box.on("click", partial(self._select, place))
        if self.desk.animal != self._seen_animal:
            self._seen_animal = self.desk.animal
            ui.run_javascript(SHOW_CHOSEN)

    # Events -------------------------------------------------------------------------------------------------------

    def _actions(self) -> dict[str, Callable[[], None]]:
        desk = self.desk
        return {
            "relabel": self._dialogs.name_bout, "split": desk.split, "merge": desk.merge_next,
            "start_here": desk.start_here, "stop_here": desk.stop_here, "reassign": self._dialogs.assign,
            "exchange": desk.exchange, "behaviors": self._clips, "undo": desk.undo, "help": self._help.open,
            **{f"relabel_{place}": partial(desk.relabel_as, place) for place in range(1, 10)},
        }  # fmt: skip

    def _ask(self, action: str) -> None:
        self._stage.act(action)

    def _do(self, action: str) -> None:
        self.desk.said = ""
        self._actions()[action]()
        self.refresh()

    def _ready(self, _: dict[str, Any]) -> None:
        self._is_ready = True
        self._loaded = self._kept = ()  # the browser shows nothing yet, whatever it showed before
        self.refresh()

    def _act(self, said: dict[str, Any]) -> None:
        if self._is_here(said) and said.get("action") in self._actions():
            self._do(said["action"])

    def _looked(self, said: dict[str, Any]) -> None:
        if self._is_here(said):
            self._fill_cards()

    def _dragged(self, said: dict[str, Any]) -> None:
        self.desk.said = ""
        self.desk.move_boundary(int(said["animal"]), int(said["frame"]), int(said["to"]))
        self.refresh()

    def _is_here(self, said: dict[str, Any]) -> bool:
        """Take note of where the browser is; False if it still speaks of another recording."""
        if said.get("place") != self.space.names.index(self.desk.recording):
            return False
        self.desk.look(int(said["frame"]), int(said["animal"]))
        self._at = (self.desk.frame, self.desk.animal)
        return True

    def _opened(self) -> None:
        if self._recording.value != self.desk.recording:
            self.desk.open(str(self._recording.value))
            self.refresh()

    def _select(self, place: int) -> None:
        self.desk.look(self.desk.frame, place)
        self.refresh()

    def _clips(self) -> None:
        bout = self.desk.bout
        behaviors = self.space.behaviors()
        if bout is not None or behaviors:
            self._grid.open(bout.behavior if bout else behaviors[0])

    def _mark(self, behavior: str) -> None:
        self._marked = None if self._marked == behavior else behavior
        self._stage.mark(None if self._marked is None else self.space.behaviors().index(self._marked))

    def _make_copy(self) -> None:
        self.space.copy_film(self.desk.recording)
        self._state()

    # Following ----------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        """Have the browser fetch the recording, where it or the run has changed."""
        wanted = (self.desk.recording, self.space.revision)
        if wanted != self._loaded:
            place = self.space.names.index(self.desk.recording)
            if self._loaded[:1] != wanted[:1]:
                self._at = (self.desk.frame, self.desk.animal)  # it goes there as it loads
            self._loaded = wanted
            self._kept, self._marked = (), None
            self._stage.mark(None)
            self._stage.load(place, frame=self.desk.frame, animal=self.desk.animal, correctable=self.space.finished)

    def _keep(self) -> None:
        shown, chosen = self.desk.shown, self.desk.chosen
        wanted = (chosen, *self._loaded)
        if shown is not None and wanted != self._kept:
            self._kept = wanted
            every = chosen == BoutFilter()
            self._stage.keep(None if every else kept_flags(shown.bouts, chosen.kept(shown.bouts)))

    def _state(self) -> None:
        space = self.space
        self._going.text = "" if space.finished else "the run is going on: read only"
        self._tables.text = "; ".join(filter(None, (space.copies.said, space.tables.said)))
        lacks = space.film(self.desk.recording).lacks
        self._copy.set_visibility(bool(lacks))
        self._copy.text = f"make a copy that {lacks}"

    def _follow(self) -> None:
        if not self._is_ready:
            return
        changed = self.space.follow()
        if changed or self._loaded[1:] != (self.space.revision,):
            self.refresh()
        else:
            self._lists.refresh()
            self._state()
