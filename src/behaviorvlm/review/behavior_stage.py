"""The stage of a behavior review as an element of the page: what lies in ``stage/``, told and asked from Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from behaviorvlm.review.behavior_keys import BEHAVIOR_KEYS, STAGE_KEYS


class BehaviorStage(Element, component="behavior_stage.js", esm={"behaviorvlm-stage": "stage"}):  # type: ignore[misc, call-arg]
    """Video, ethograms and traces of one recording; time runs in the browser.

    Args:
        told: Event to what is called with what the browser says: ``ready``, ``at``, ``act``, ``boundary``.
    """

    def __init__(self, told: dict[str, Callable[[dict[str, Any]], None]]) -> None:
        super().__init__()
        keys = [{"name": key.name, "action": key.action, "repeats": key.repeats} for key in BEHAVIOR_KEYS]
        self._props["keys"] = keys
        self._props["here"] = [key.action for key in STAGE_KEYS]
        self.style("flex: 1; min-height: 0; width: 100%")
        for event, done in told.items():
            self.on(event, lambda said, done=done: done(_said(said)))

    def load(self, place: int, *, frame: int, animal: int, correctable: bool) -> None:
        """Show a recording, or fetch it again."""
        self.run_method("load", place, {"frame": frame, "animal": animal, "correctable": correctable})

    def seek(self, frame: int, animal: int) -> None:
        """Go to a frame."""
        self.run_method("seek", frame, animal)

    def act(self, action: str) -> None:
        """Do what the key of an action does."""
        self.run_method("act", action)

    def keep(self, flags: Sequence[int] | None) -> None:
        """Show which bouts stay with the filter; None = all."""
        self.run_method("keep", None if flags is None else list(flags))

    def mark(self, behavior: int | None) -> None:
        """Fade all behaviors but one in the whole recording's ethogram."""
        self.run_method("mark", behavior)


def _said(event: GenericEventArguments) -> dict[str, Any]:
    return event.args if isinstance(event.args, dict) else {}
