"""The page where seeds are labelled: thin, it shows what `LabelDesk` says and tells it what was clicked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from nicegui import ui

from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.report.drawing_style import keypoint_styles
from behaviorvlm.review.keys import LABEL_KEYS
from behaviorvlm.review.label_desk import LabelDesk
from behaviorvlm.review.label_session import LabelSession
from behaviorvlm.review.parts import Press, dark_button, help_dialog, keyboard
from behaviorvlm.review.pictures import Pictures
from behaviorvlm.review.pose_routes import add_picture_route, picture_address
from behaviorvlm.review.server import Address, serve
from behaviorvlm.review.view_drawing import draw_view
from behaviorvlm.review.view_tiles import ViewTiles

HELP = (
    "Pick a keypoint on the right, then click its dot, or any place, in every view that shows it. Dashed lines show "
    "where it may lie according to other views; a cross shows where the point that two or more views make is seen. "
    "Leave out what you cannot see. Three timepoints, in which the animal takes different poses, are enough."
)


class LabelPage:
    """One tab.

    Args:
        space: The session, shared by all tabs.
        pictures: Its pictures.
        desk: Labels so far, shared by all tabs: there is one person, and one set of seeds.
    """

    def __init__(self, space: LabelSession, pictures: Pictures, desk: LabelDesk) -> None:
        self.space, self.pictures, self.desk = space, pictures, desk
        self._shown: int | None = None
        self.styles = keypoint_styles(space.session.skeleton)
        channels = pictures.channels()
        self.channel = channels[0] if channels else ""

    def build(self) -> None:
        """Fill the page."""
        self._help = help_dialog(LABEL_KEYS, "Label seeds", HELP)
        sizes = {camera.name: camera.image_size for camera in self.space.session.cameras}
        self._build_top()
        with ui.element("div").classes("bv-main"):
            with ui.element("div").classes("bv-left"):
                self._views = ViewTiles(sizes, self._pressed)
                self._faults = ui.element("div").classes("bv-faults")
            with ui.element("div").classes("bv-right"):
                self._build_right()
        keyboard(LABEL_KEYS, self._actions(), self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what the desk says."""
        desk = self.desk
        if self._shown != desk.now:  # not while somebody types another one
            self._shown = self._where.value = desk.now
        for place, camera in enumerate(self.space.session.cameras.names):
            source = picture_address(camera, self.channel, timepoint=desk.now, window=desk.window(place))
            self._views.show(place, source=source, content=draw_view(desk.drawing(place), self.styles, ()))
        self._state.text = "all is written" if desk.saved else "not written yet: press Enter"
        name = self.space.session.skeleton.keypoints[desk.selected]
        self._said.text = desk.said or f"click {name} in every view that shows it; ↓ goes on to the next keypoint"
        self._show_rows()
        self._show_seeds()
        self._show_faults()

    # Building -----------------------------------------------------------------------------------------------------

    def _build_top(self) -> None:
        with ui.element("div").classes("bv-top"):
            ui.label(f"label · {self.space.session.name}").classes("bv-name")
            self._where = ui.number(min=0, max=self.space.session.n_timepoints - 1, step=1, format="%d")
            self._where.props("dense outlined").style("width: 96px").tooltip("timepoint")
            self._where.on("keydown.enter", self._go)
            self._seeds = ui.element("div").style("display: flex; gap: 4px")
            ui.space()
            self._state = ui.label().classes("bv-soft")
            ui.button("Write seeds", on_click=partial(self._do, "write")).props("dense no-caps")
            if len(self.pictures.channels()) > 1:
                ui.button("channel", on_click=partial(self._do, "channel")).props("flat dense no-caps")
            ui.button("zoom", on_click=partial(self._do, "zoom")).props("flat dense no-caps")
            dark_button()
            ui.button("?", on_click=self._help.open).props("flat dense round").tooltip("keys")

    def _build_right(self) -> None:
        self._said = ui.label().classes("bv-said")
        self._rows: list[tuple[ui.element, ui.label, ui.label]] = []
        with ui.element("div").classes("bv-rows").style("flex: 1; min-height: 0"):
            with ui.element("div").classes("bv-row bv-soft").style("cursor: default"):
                ui.label("keypoint").classes("bv-wide")
                ui.label("views").classes("bv-num")
                ui.label("error").classes("bv-num")
            for place, style in enumerate(self.styles):
                with ui.element("div").classes("bv-row") as row:
                    ui.element("div").classes("bv-swatch").style(f"background: {style.color}")
                    ui.label(f"{style.label}  {style.name}").classes("bv-wide")
                    views, error = ui.label().classes("bv-num"), ui.label().classes("bv-num")
                row.on("click", partial(self._select, place))
                self._rows.append((row, views, error))
        with ui.element("div").classes("bv-buttons").style("flex: 0"):
            for action, words, key in (("copy", "Copy last timepoint", "c"), ("swap", "Swap left/right", "s"),
                                       ("missing", "Remove keypoint", "m")):  # fmt: skip
                with ui.button(on_click=partial(self._do, action)).props("outline dense"):
                    ui.label(words)
                    ui.label(key).style("opacity: .6")

    def _show_rows(self) -> None:
        errors = self.desk.errors_px()
        for place, (row, views, error) in enumerate(self._rows):
            views.text = str(self.desk.views_of(place) or "")
            error.text = f"{errors[place]:.2f}" if np.isfinite(errors[place]) else ""
            row.classes(**{"add" if place == self.desk.selected else "remove": "bv-chosen"})

    def _show_seeds(self) -> None:
        self._seeds.clear()
        with self._seeds:
            for timepoint in sorted({*self.desk.timepoints, *self.desk.labels}):
                done = np.isfinite(self.desk.labels.get(timepoint, np.array(np.nan))).any()
                button = ui.button(f"{timepoint}{' ✓' if done else ''}", on_click=partial(self._travel, timepoint))
                button.props("dense no-caps " + ("" if timepoint == self.desk.now else "flat"))

    def _show_faults(self) -> None:
        faults = self.desk.faults()
        self._faults.clear()
        with self._faults:
            for words in faults:
                ui.label(words)

    # Events -------------------------------------------------------------------------------------------------------

    def _actions(self) -> dict[str, Callable[[], None]]:
        desk = self.desk
        return {
            "back": partial(desk.step, -1), "on": partial(desk.step, 1), "back_ten": partial(desk.step, -10),
            "on_ten": partial(desk.step, 10), "next_seed": partial(desk.step_seed, 1),
            "previous_seed": partial(desk.step_seed, -1), "channel": self._next_channel,
            "zoom": partial(self._toggle, "zoomed"), "numbers": partial(self._toggle, "numbered"),
            "labels": partial(self._toggle, "named"),
            "keypoint_before": lambda: desk.select(desk.selected - 1),
            "keypoint_after": lambda: desk.select(desk.selected + 1), "missing": desk.clear, "swap": desk.swap,
            "copy": desk.copy_last, "write": self._write, "help": self._help.open,
        }  # fmt: skip

    def _do(self, action: str) -> None:
        self._actions()[action]()
        self.refresh()

    def _go(self) -> None:
        if self._where.value is not None:
            self._shown = None
            self._travel(int(self._where.value))

    def _travel(self, timepoint: int) -> None:
        self.desk.travel(timepoint)
        self.refresh()

    def _select(self, place: int) -> None:
        self.desk.select(place)
        self.refresh()

    def _pressed(self, place: int, press: Press) -> None:
        if press.kind == "mousedown":
            self.desk.press(place, press.x, press.y, shift=press.shift)
        elif press.kind == "mousemove":
            self.desk.drag(place, press.x, press.y)
        else:
            self.desk.release()
            return
        self.refresh()

    def _toggle(self, name: str) -> None:
        setattr(self.desk, name, not getattr(self.desk, name))

    def _next_channel(self) -> None:
        channels = self.pictures.channels()
        if channels:
            self.channel = channels[(channels.index(self.channel) + 1) % len(channels)]

    def _write(self) -> None:
        try:
            self.desk.write()
        except BehaviorVLMError as error:
            self.desk.said = error.message


def label_session(folder: Path, *, address: Address, announce: Callable[[str], None]) -> None:
    """Show a session, and take its seeds, until the process is stopped.

    Args:
        folder: The session folder; it need not have seeds yet.
        address: Where to answer.
        announce: Told the address to open.

    Raises:
        InputError: If the session cannot be used.
        SettingsError: If the address cannot be had.
    """
    space = LabelSession.open(folder)
    sizes = {camera.name: camera.image_size for camera in space.session.cameras}
    pictures = Pictures(space.session, sizes)
    desk = LabelDesk(space, space.suggested().tolist(), space.labels())
    timepoints = range(space.session.n_timepoints)
    serve(
        lambda: LabelPage(space, pictures, desk).build(),
        routes=lambda app: add_picture_route(app, pictures, sizes=sizes, timepoints=timepoints),
        address=address,
        announce=announce,
    )
