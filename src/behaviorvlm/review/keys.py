"""Which key does what: one table for the keyboard and for the help that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes:
        name: As browsers call it: ``ArrowLeft``, ``n``, ``W`` (with shift).
        action: What it calls.
        words: What it does, for the help.
        repeats: Whether it may be held down.
    """

    name: str
    action: str
    words: str
    repeats: bool = False

    @property
    def shown(self) -> str:
        """The key as the help shows it."""
        names = {" ": "Space", "ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", "Escape": "Esc"}
        shift = "Shift+" if self.name.startswith("Shift") else ""
        plain = self.name.removeprefix("Shift")
        return shift + names.get(plain, plain)


TRAVEL_KEYS = (
    Key("ArrowLeft", "back", "one timepoint back", repeats=True),
    Key("ArrowRight", "on", "one timepoint on", repeats=True),
    Key("ShiftArrowLeft", "back_ten", "ten back", repeats=True),
    Key("ShiftArrowRight", "on_ten", "ten on", repeats=True),
)
LOOK_KEYS = (
    Key("v", "channel", "visible or fluorescence"),
    Key("z", "zoom", "the animal, or the whole picture"),
    Key("d", "numbers", "numbers of dots"),
    Key("l", "labels", "labels of keypoints"),
    Key("ArrowUp", "keypoint_before", "select the keypoint before", repeats=True),
    Key("ArrowDown", "keypoint_after", "select the next keypoint", repeats=True),
)
POSE_KEYS = (
    *TRAVEL_KEYS,
    Key("n", "next_worst", "next of the worst"),
    Key("p", "previous_worst", "previous of the worst"),
    *LOOK_KEYS,
    Key("m", "missing", "selected keypoint is missing in every view; Shift+click: in that view"),
    Key("s", "swap", "swap left and right here: the selected pair, or all"),
    Key("w", "swap_range", "swap from here to there: press at the first and at the last timepoint"),
    Key("f", "free", "put free points: click or drag in views"),
    Key("b", "box", "drag the box of the chosen body region"),
    Key("Enter", "keep", "keep the free points"),
    Key("Escape", "drop", "let go of what is under way, then of the keypoint"),
    Key("e", "exemplar", "accept this timepoint as exemplar"),
    Key("u", "undo", "undo the last correction that holds"),
    Key("a", "answers", "who said what here: stages, runner-up, questions to a model with pictures and replies"),
    Key("?", "help", "this help"),
)
LABEL_KEYS = (
    *TRAVEL_KEYS,
    Key("n", "next_seed", "next timepoint to label"),
    Key("p", "previous_seed", "the one before"),
    *LOOK_KEYS,
    Key("m", "missing", "remove the selected keypoint from all views; Shift+click: from that view"),
    Key("s", "swap", "swap left and right of the selected pair in all views"),
    Key("c", "copy", "copy the nearest labelled timepoint as a start"),
    Key("Enter", "write", "write the seeds"),
    Key("?", "help", "this help"),
)


def action_of(keys: Sequence[Key], name: str, *, shift: bool, repeat: bool) -> str | None:
    """Return the action of a pressed key, None if it has none.

    Args:
        keys: The table.
        name: As the browser calls the key; a letter already is upper case with shift.
        shift: Whether shift is held.
        repeat: Whether the key is being held down.
    """
    wanted = f"Shift{name}" if shift and len(name) > 1 else name
    found = next((key for key in keys if key.name == wanted), None)
    return None if found is None or (repeat and not found.repeats) else found.action
