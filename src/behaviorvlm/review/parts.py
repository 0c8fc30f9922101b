"""Parts that both pages of views are made of: canvases that tell presses and drags, the keyboard, the help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments, KeyEventArguments

from behaviorvlm.review.keys import Key, action_of

PRESSED_ONLY = "(e) => { if (e.mouse_event_type !== 'mousemove' || e.buttons) emit(e) }"
"""A mouse that only passes by says nothing to the server."""


@dataclass(frozen=True)
class Press:
    """What the mouse did on a canvas.

    Attributes:
        kind: ``mousedown``, ``mousemove`` or ``mouseup``.
        x, y: Where, in the canvas's own coordinates.
        shift: Whether shift is held.
    """

    kind: str
    x: float
    y: float
    shift: bool


def canvas(size: tuple[int, int], pressed: Callable[[Press], None]) -> ui.interactive_image:
    """Return a picture that may be drawn over, and that tells of presses and drags.

    Args:
        size: (width, height) of its coordinates, until it shows a picture.
        pressed: Told what the mouse did.
    """
    image = ui.interactive_image(size=size, events=["mousedown", "mousemove", "mouseup"])

    def tell(event: GenericEventArguments) -> None:
        said: dict[str, Any] = event.args
        pressed(Press(said["mouse_event_type"], said["image_x"], said["image_y"], bool(said.get("shiftKey"))))

    image.on("mouse", tell, js_handler=PRESSED_ONLY)
    return image


def keyboard(keys: Sequence[Key], actions: Mapping[str, Callable[[], None]], done: Callable[[], None]) -> None:
    """Call actions when keys are pressed.

    Args:
        keys: The table of keys.
        actions: Action to what is called.
        done: Called after each.
    """

    def pressed(event: KeyEventArguments) -> None:
        held = event.modifiers
        if not event.action.keydown or held.ctrl or held.meta or held.alt:
            return
        name = event.key.name
        action = action_of(keys, name, shift=held.shift, repeat=event.action.repeat)
        if action is not None:
            actions[action]()
            done()

    ui.keyboard(on_key=pressed, ignore=["input", "select", "textarea"])


def help_dialog(keys: Sequence[Key], title: str, words: str) -> ui.dialog:
    """Return a dialog that shows what keys do, closed."""
    with ui.dialog() as dialog, ui.card():
        ui.label(title).style("font-weight: 600")
        ui.label(words).style("font-size: 13px; max-width: 520px")
        with ui.element("div").classes("bv-keys"):
            for key in keys:
                with ui.element("kbd"):
                    ui.label(key.shown)
                ui.label(key.words)
    return dialog


def dark_button() -> None:
    """Add a button that goes from what the system prefers to dark, to light, and back."""
    dark = ui.dark_mode(value=None)
    after: dict[bool | None, bool | None] = {None: True, True: False, False: None}

    def turn() -> None:
        dark.value = after[dark.value]

    ui.button(icon="contrast", on_click=turn).props("flat dense round").tooltip("as the system, dark, light")
