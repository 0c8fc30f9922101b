"""What a person calls what we found: a map from our names to theirs, many to one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from behaviorvlm.errors import SettingsError

BACKGROUND = "background"
"""The name of frames on which nothing of interest happens."""


class PairRule(BaseModel):
    """How one label is made of those of several animals.

    Attributes:
        order: The person's labels, the one that wins first; empty = directed at somebody first, then the rarest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: tuple[str, ...] = ()


class LabelMap(BaseModel):
    """A map file.

    Attributes:
        map: Our name to the person's; None = names that are equal are meant to be.
        pair: How one label is made of those of several animals.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    map: dict[str, str] | None = None
    pair: PairRule = Field(default_factory=PairRule)

    def name(self, behavior: str, *, known: Collection[str]) -> str:
        """Return what the person calls a behavior of ours: the background, if it is none of their `known` labels."""
        mapped = behavior if self.map is None else self.map.get(behavior, BACKGROUND)
        return mapped if mapped in known else BACKGROUND


def read_label_map(path: Path) -> LabelMap:
    """Return a map file, such as ``[map]`` with lines ``chase = "aggression"``.

    Raises:
        FormatError: If it is no TOML.
        SettingsError: If a key is unknown or a value is of the wrong kind.
    """
    from behaviorvlm.io.toml_file import read_model

    return read_model(path, LabelMap, error=SettingsError)


def map_notes(label_map: LabelMap, *, ours: Sequence[str], theirs: Collection[str]) -> list[str]:
    """Return what a person should know of a map before they believe a score.

    Args:
        label_map: The map.
        ours: Our behaviors.
        theirs: The person's labels.
    """
    named = {name: label_map.name(name, known=theirs) for name in ours}
    lost = [name for name, label in named.items() if label == BACKGROUND]
    never = sorted(set(theirs) - set(named.values()) - {BACKGROUND})
    unknown = sorted(set((label_map.map or {}).values()) - set(theirs) - {BACKGROUND})
    idle = sorted(set(label_map.map or {}) - set(ours))
    return [
        f"{text}: {', '.join(names)}"
        for text, names in (
            ("Ours that count as background, for the labels have no such name", lost),
            ("Labels that none of ours is mapped to", never),
            ("The map leads to what the labels never say", unknown),
            ("The map names what the run does not have", idle),
        )
        if names
    ]
