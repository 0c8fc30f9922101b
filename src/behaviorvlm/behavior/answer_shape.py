"""What the behavior pipeline's questions share: how names, targets and confidence are asked for and understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from behaviorvlm.types import Behavior

NOBODY = "none"
"""What a model answers where a behavior is directed at nobody."""
OTHER = "other"
"""What it may answer where no behavior of the vocabulary is seen, if that has no such word itself."""
CONFIDENCE = {"type": "integer", "minimum": 0, "maximum": 100}
LONGEST_NAME = 40
_FREE_NAME = {"type": "string", "pattern": rf"^[A-Za-z][A-Za-z0-9 _/-]{{1,{LONGEST_NAME - 1}}}$"}


def sentence(most: int) -> dict[str, Any]:
    """Return the schema of a text of at most so many letters.

    Printable ASCII without quote and backslash, so that no grammar has to know about escapes.
    """
    return {"type": "string", "pattern": rf"^[ !#-\[\]-~]{{0,{most}}}$"}


def closed_object(**properties: object) -> dict[str, Any]:
    """Return the schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def in_words(names: Sequence[str]) -> str:
    """Return names in quotes, with commas."""
    return ", ".join(f'"{name}"' for name in names)


@dataclass(frozen=True)
class BehaviorNames:
    """Which names of behaviors may be answered.

    Attributes:
        vocabulary: The user's behaviors; None = any short name.
    """

    vocabulary: tuple[Behavior, ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the vocabulary and `OTHER`; empty where any is allowed."""
        if self.vocabulary is None:
            return ()
        given = tuple(behavior.name for behavior in self.vocabulary)
        return given if any(name.lower() == OTHER for name in given) else (*given, OTHER)

    @property
    def schema(self) -> dict[str, Any]:
        """Schema of one name."""
        return dict(_FREE_NAME) if self.vocabulary is None else {"type": "string", "enum": list(self.names)}

    def words(self, known: Sequence[str] = (), *, key: str = "behavior") -> str:
        """Return what a model reads of it.

        Args:
            known: Names to prefer where any is allowed.
            key: Where in the answer the name stands.
        """
        if self.vocabulary is None:
            before = f" Where one of these fits, take it: {in_words(known)}." if known else ""
            return (
                f"{key}: a short name of your choice, one to three words in small letters, as an ethologist would"
                ' call it: "rearing", "self grooming", "following", "sniffing the rear". Use the same name for the same'
                f" behavior.{before}"
            )
        lines = [_entry(behavior) for behavior in self.vocabulary]
        if self.names[-1] == OTHER and len(self.names) > len(self.vocabulary):
            lines.append(f'- "{OTHER}": none of these is seen')
        return "\n".join([f"{key}: one of these names, as they are written here:", *lines])

    def read(self, name: str) -> str:
        """Return a name that the schema allows as it is kept: one of ours in small letters, with single spaces."""
        if self.vocabulary is not None:
            return name
        return " ".join(re.sub(r"[_\s]+", " ", name).split()).lower()

    def is_social(self, name: str) -> bool | None:
        """Return whether a behavior of the vocabulary is directed at another animal; None = not stated."""
        return next((behavior.social for behavior in self.vocabulary or () if behavior.name == name), None)


def _entry(behavior: Behavior) -> str:
    social = {True: "directed at another animal", False: "not directed at another animal", None: ""}[behavior.social]
    said = "; ".join(part for part in (behavior.definition.strip().rstrip("."), social) if part)
    return f'- "{behavior.name}"' + (f": {said}" if said else "")
