"""What a person does in one tab of a behavior review: where they are, whose bout is meant, what a key changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.review.behavior_workspace import BehaviorWorkspace
from behaviorvlm.review.shown_recording import ShownRecording
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.bout_filter import FILTERED_FILE, BoutFilter, write_filtered_bouts
from behaviorvlm.runs.correction_kinds import (
    BehaviorChange,
    MergeBouts,
    MoveBoundary,
    ReassignBout,
    RedefineBehavior,
    RelabelBout,
    RenameBehavior,
    SplitBout,
)
from behaviorvlm.types import Bout

READ_ONLY = "the run is going on: it can be corrected when it has come to its end"


@dataclass(eq=False)
class BehaviorDesk:
    """One tab. Pure: it draws nothing and opens nothing itself.

    Attributes:
        space: What all tabs share.
        author: Who corrects.
        reason: Why, for the next correction.
        recording: Name of the one that is shown.
        frame: The frame that is shown.
        animal: Place of the animal that keys are about.
        chosen: Which bouts stay with the filter.
        said: What to tell the person; "" = nothing.
    """

    space: BehaviorWorkspace
    author: str
    reason: str = ""
    recording: str = ""
    frame: int = 0
    animal: int = 0
    chosen: BoutFilter = field(default_factory=BoutFilter)
    said: str = ""

    def __post_init__(self) -> None:
        self.recording = self.recording or self.space.names[0]

    # What is shown ------------------------------------------------------------------------------------------------

    @property
    def shown(self) -> ShownRecording | None:
        """The recording that is shown, None before the run has come to it."""
        return self.space.recording(self.recording)

    @property
    def individual(self) -> str:
        """The animal that keys are about; "" before any is known."""
        shown = self.shown
        return "" if shown is None else shown.individuals[min(self.animal, len(shown.individuals) - 1)]

    @property
    def bout(self) -> Bout | None:
        """What the selected animal does now, None = nothing that bears a name."""
        shown = self.shown
        return None if shown is None else shown.bout_at(self.individual, self.frame)

    # Travelling ---------------------------------------------------------------------------------------------------

    def look(self, frame: int, animal: int | None = None) -> None:
        """Take note of where the browser is."""
        shown = self.shown
        if shown is not None:
            self.frame = min(max(frame, 0), shown.summary.n_timepoints - 1)
            self.animal = self.animal if animal is None else min(max(animal, 0), len(shown.individuals) - 1)

    def open(self, recording: str, frame: int = 0, individual: str = "") -> None:
        """Show another recording, or another place of it."""
        self.recording = recording if recording in self.space.names else self.space.names[0]
        shown = self.shown
        self.animal = shown.individuals.index(individual) if shown and individual in shown.individuals else 0
        self.frame = 0
        self.look(frame)

    # Corrections of bouts -----------------------------------------------------------------------------------------

    def relabel(self, behavior: str) -> None:
        """Say that the bout is another behavior."""
        self._of_bout(lambda bout: RelabelBout(**_span(bout), behavior=behavior))

    def relabel_as(self, place: int) -> None:
        """Say that the bout is the behavior at this place of the list, from 1."""
        behaviors = self.space.behaviors()
        if place > len(behaviors):
            self.said = f"there are {len(behaviors)} behaviors"
        else:
            self.relabel(behaviors[place - 1])

    def split(self, behavior: str | None = None) -> None:
        """Make two bouts of one; the second begins with this frame."""
        self._of_bout(lambda bout: SplitBout(**_span(bout), frame=self.frame, behavior=behavior or None))

    def merge_next(self) -> None:
        """Make one bout of this one and the animal's next; it is what this one is."""
        after = self._neighbor(lambda one: one.start_frame > self.frame, last=False)
        if after is None:
            self.said = f"{self.individual} has no bout after this one"
            return
        self._of_bout(
            lambda bout: MergeBouts(**{**_span(bout), "stop_frame": after.stop_frame}, behavior=bout.behavior)
        )

    def start_here(self) -> None:
        """Let the bout begin with this frame; where there is none, the next one."""
        bout = self.bout or self._neighbor(lambda one: one.start_frame > self.frame, last=False)
        self._move(None if bout is None else bout.start_frame, self.frame)

    def stop_here(self) -> None:
        """Let the bout end with this frame; where there is none, the one before."""
        bout = self.bout or self._neighbor(lambda one: one.stop_frame <= self.frame, last=True)
        self._move(None if bout is None else bout.stop_frame, self.frame + 1)

    def move_boundary(self, animal: int, frame: int, to_frame: int) -> None:
        """Move where bouts of an animal begin or end, as it was dragged."""
        self.look(self.frame, animal)
        self._move(frame, to_frame)

    def reassign(self, actor: str, target: str) -> None:
        """Say who did it, and to whom ("" = to nobody)."""
        if actor == target:
            self.said = "nobody does it to itself: choose another target, or nobody"
            return
        self._of_bout(lambda bout: ReassignBout(**_span(bout), actor=actor, target=target))

    def exchange(self) -> None:
        """Exchange who did it and to whom."""
        bout, shown = self.bout, self.shown
        if bout is not None and not bout.target:
            self.said = "it is done to nobody: there is no one to exchange with"
            return
        self._of_bout(lambda one: ReassignBout(**_span(one), actor=one.target, target=one.individual))
        if bout is not None and shown is not None and bout.target in shown.individuals:
            self.animal = shown.individuals.index(bout.target)

    # Corrections of behaviors, and undoing ------------------------------------------------------------------------

    def rename(self, behavior: str, name: str) -> bool:
        """Call a behavior otherwise; return whether that was kept."""
        return self._correct(lambda: RenameBehavior(behavior=behavior, name=name))

    def redefine(self, behavior: str, definition: str) -> bool:
        """Define a behavior otherwise; return whether that was kept."""
        return self._correct(lambda: RedefineBehavior(behavior=behavior, definition=definition.strip()))

    def undo(self, number: int | None = None) -> None:
        """Undo a correction, the last one that holds if none is named."""
        last = self.space.last_holding()
        if number is None and last is None:
            self.said = "nothing to undo"
            return
        wanted = last.number if number is None and last is not None else int(number or 0)
        try:
            self.space.undo(wanted, author=self.author, reason=self.reason)
            self.said = f"correction {wanted} undone"
        except BehaviorVLMError as error:
            self.said = error.message

    def undo_merge(self, recording: str, number: int) -> None:
        """Have a merge of the merger taken apart."""
        try:
            self.space.undo_merge(recording, number, author=self.author, reason=self.reason)
            self.said = f"merge {recording}:{number} is being taken apart"
        except BehaviorVLMError as error:
            self.said = error.message

    # Filter -------------------------------------------------------------------------------------------------------

    def limit(self, **limits: float | None) -> None:
        """Change thresholds of the filter by name."""
        self.chosen = replace(self.chosen, **limits)

    def passing_words(self) -> str:
        """Return how many bouts and seconds of all recordings stay, in words."""
        bouts = self.space.all_bouts()
        kept = self.chosen.kept(bouts)
        if not bouts:
            return "there are no bouts yet"
        seconds, every = (sum(one.stop_s - one.start_s for one in each) for each in (kept, bouts))
        return f"{len(kept):,} of {len(bouts):,} bouts stay, {seconds:,.1f} of {every:,.1f} s ({seconds / every:.1%})"

    def export(self) -> Path | None:
        """Write the bouts that stay to the run's folder, and return the table."""
        path = self.space.run.folder / FILTERED_FILE
        try:
            count = write_filtered_bouts(BehaviorReader(self.space.run), self.chosen, path)
        except BehaviorVLMError as error:
            self.said = error.message
            return None
        self.said = f"{count:,} bouts written to {path.name}"
        return path

    # Inside -------------------------------------------------------------------------------------------------------

    def _neighbor(self, fits: Callable[[Bout], bool], *, last: bool) -> Bout | None:
        every = [] if self.shown is None else [one for one in self.shown.own_bouts[self.individual] if fits(one)]
        return every[-1 if last else 0] if every else None

    def _move(self, frame: int | None, to_frame: int) -> None:
        if frame is None:
            self.said = f"{self.individual} has no bout whose boundary could move here"
        elif frame != to_frame:
            recording, individual = self.recording, self.individual
            self._correct(
                lambda: MoveBoundary(recording=recording, individual=individual, frame=frame, to_frame=to_frame)
            )

    def _of_bout(self, make: Callable[[Bout], BehaviorChange]) -> None:
        bout = self.bout
        if bout is None:
            self.said = f"{self.individual or 'nobody'} has no bout here: n goes to the next one"
        else:
            self._correct(lambda: make(bout))

    def _correct(self, make: Callable[[], BehaviorChange]) -> bool:
        if not self.space.finished:
            self.said = READ_ONLY
            return False
        try:
            made = self.space.correct([make()], author=self.author, reason=self.reason)
        except ValidationError as error:
            self.said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        except BehaviorVLMError as error:
            self.said = f"{error.message}: {error.expected or error.actual}"
        else:
            self.said = f"correction {made[-1].number} kept; u undoes it"
            return True
        return False


def _span(bout: Bout) -> dict[str, Any]:
    """Return how a correction names a bout."""
    return {
        "recording": bout.recording,
        "individual": bout.individual,
        "start_frame": bout.start_frame,
        "stop_frame": bout.stop_frame,
    }
