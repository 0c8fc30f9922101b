"""What a person may change in a run, as records; each says what, never how it was before: the original stays."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat

FREE = -1
"""Number of a point that a person put where there is no dot."""
_NO_NAME = re.compile(r"[=+\-@\t\r]|.*[\x00-\x1f\x7f]")
"""A spreadsheet takes a cell that begins like this for a formula; control characters are no words."""


def _a_name(text: str) -> str:
    text = text.strip()
    if not text or _NO_NAME.match(text):
        raise ValueError("a name has letters, on one line, and begins with none of = + - @")
    return text


Name = Annotated[str, Field(max_length=80), AfterValidator(_a_name)]


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SetPoint(_Change):
    """In one view a keypoint is this dot, or a point where there is none.

    Attributes:
        timepoint, camera, keypoint: Where.
        number: Candidate number, -1 = a free point.
        x_px, y_px: Its place in px of the raw image.
    """

    kind: Literal["point"] = "point"
    timepoint: int
    camera: str
    keypoint: str
    number: int = Field(default=FREE, ge=FREE)
    x_px: FiniteFloat
    y_px: FiniteFloat


class ClearPoint(_Change):
    """A keypoint is missing in one view, or (camera None) in all of them."""

    kind: Literal["missing"] = "missing"
    timepoint: int
    camera: str | None = None
    keypoint: str


class SwapSides(_Change):
    """Keypoints change names, pair by pair, in all views from one timepoint (included) to another (excluded)."""

    kind: Literal["swap"] = "swap"
    start: int
    stop: int
    pairs: tuple[tuple[str, str], ...] = Field(min_length=1)


class MoveBox(_Change):
    """The box of a body region lies elsewhere in one view, px of the raw image: x_min, y_min, x_max, y_max."""

    kind: Literal["box"] = "box"
    timepoint: int
    camera: str
    region: str
    box_px: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]


class AcceptExemplar(_Change):
    """The views of a timepoint, as they stand, are good enough to be seeds of another run."""

    kind: Literal["exemplar"] = "exemplar"
    timepoint: int


class RenameBehavior(_Change):
    """A behavior is called otherwise everywhere; the name of another behavior makes the two one."""

    kind: Literal["rename"] = "rename"
    behavior: str
    name: Name


class RedefineBehavior(_Change):
    """A behavior is defined otherwise."""

    kind: Literal["redefine"] = "redefine"
    behavior: str
    definition: str = Field(max_length=2000)


class _BoutChange(_Change):
    recording: str
    individual: str
    start_frame: int
    stop_frame: int


class RelabelBout(_BoutChange):
    """One bout is another behavior."""

    kind: Literal["relabel"] = "relabel"
    behavior: Name


class ReassignBout(_BoutChange):
    """Somebody else did it, or it was done to somebody else; target "" = to nobody."""

    kind: Literal["reassign"] = "reassign"
    actor: str
    target: str = ""


class SplitBout(_BoutChange):
    """One bout is two; the second begins at `frame`, and may be another behavior."""

    kind: Literal["split"] = "split"
    frame: int
    behavior: Name | None = None


class MergeBouts(_BoutChange):
    """All bouts of an animal between two frames, with what lies between them, are one of this behavior."""

    kind: Literal["merge"] = "merge"
    behavior: Name


class MoveBoundary(_Change):
    """Bouts of an animal that end or begin at `frame` do so at `to_frame`."""

    kind: Literal["boundary"] = "boundary"
    recording: str
    individual: str
    frame: int
    to_frame: int = Field(ge=0)


class Undo(_Change):
    """An earlier correction does not hold any more; to undo an undoing brings it back."""

    kind: Literal["undo"] = "undo"
    number: int


PoseChange = SetPoint | ClearPoint | SwapSides | MoveBox | AcceptExemplar
BoutChange = RelabelBout | ReassignBout | SplitBout | MergeBouts | MoveBoundary
BehaviorChange = RenameBehavior | RedefineBehavior | BoutChange
AnyChange = PoseChange | RenameBehavior | RedefineBehavior | BoutChange | Undo


class Correction(BaseModel):
    """A change with who made it, when and why.

    Attributes:
        number: Its place in the run, from 1.
        author: Who.
        at: When, UTC, ISO 8601.
        reason: Why, may be empty.
        change: What.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    author: str
    at: str
    reason: str = ""
    change: Annotated[AnyChange, Field(discriminator="kind")]


def in_words(change: AnyChange) -> str:
    """Return what a change says, short enough for a cell or a line of a list."""
    match change:
        case SetPoint():
            what = "a free point" if change.number == FREE else f"dot {change.number}"
            return f"{change.keypoint} is {what} in {change.camera}"
        case ClearPoint():
            return f"{change.keypoint} is missing in {change.camera or 'every view'}"
        case SwapSides():
            return "; ".join(f"{one} and {other} swapped" for one, other in change.pairs)
        case MoveBox():
            return f"box of {change.region} moved in {change.camera}"
        case AcceptExemplar():
            return "accepted as exemplar"
        case Undo():
            return f"correction {change.number} undone"
        case _:
            return _behavior_words(change)


def _behavior_words(change: BehaviorChange) -> str:
    match change:
        case RenameBehavior():
            return f"{change.behavior} is called {change.name}"
        case RedefineBehavior():
            return f"{change.behavior} is defined anew"
        case RelabelBout():
            return f"is {change.behavior}"
        case ReassignBout():
            return f"{change.actor} did it to {change.target or 'nobody'}"
        case SplitBout():
            return f"split at frame {change.frame}" + (f", then {change.behavior}" if change.behavior else "")
        case MergeBouts():
            return f"merged to one bout of {change.behavior}"
        case MoveBoundary():
            return f"boundary moved from frame {change.frame} to {change.to_frame}"
