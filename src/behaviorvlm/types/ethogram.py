"""An ethogram: the catalogue of behaviors with their definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from behaviorvlm.errors import InputError
from behaviorvlm.types.card import Card, Shown


@dataclass(frozen=True)
class Behavior:
    """A kind of action.

    Attributes:
        name: As bouts call it.
        definition: What is seen when it happens, in a sentence or two; "" = not yet said.
        kind: A ``state`` lasts, a ``point`` is over at once.
        social: Whether it is directed at another animal; None = not stated.
        clusters: The clusters its segments came from.
        evidence: Segments that show it best, as (recording, segment number).
    """

    name: str
    definition: str = ""
    kind: Literal["state", "point"] = "state"
    social: bool | None = None
    clusters: tuple[int, ...] = ()
    evidence: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, repr=False)
class Ethogram(Shown):
    """All behaviors of a run.

    Attributes:
        behaviors: Each name once.
        impossible: Name of a behavior that could not be told, to the reason (``needs the role nose``).
    """

    behaviors: tuple[Behavior, ...]
    impossible: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [behavior.name for behavior in self.behaviors]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise InputError("behaviors have the same name", expected="each once", actual=", ".join(repeated))

    def card(self) -> Card:
        """Return what is shown of it."""
        rows = [(one.name, one.definition) for one in self.behaviors]
        rows += [(name, f"could not be told: {why}") for name, why in self.impossible.items()]
        title = f"Ethogram of {len(self.behaviors)} behavior{'s' * (len(self.behaviors) != 1)}"
        return Card(title, columns=("behavior", "definition"), rows=tuple(rows))

    def __getitem__(self, name: str) -> Behavior:
        """Return the behavior called `name`."""
        return next(behavior for behavior in self.behaviors if behavior.name == name)
