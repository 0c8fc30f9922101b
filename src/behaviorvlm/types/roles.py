"""What a keypoint is for: the parts of a body that behavior is told by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """A part of the body that a measure or a behavior may need."""

    NOSE = "nose"
    HEAD = "head"
    LEFT_EAR = "left_ear"
    RIGHT_EAR = "right_ear"
    NECK = "neck"
    BODY_CENTER = "body_center"
    LEFT_FOREPAW = "left_forepaw"
    RIGHT_FOREPAW = "right_forepaw"
    LEFT_HINDPAW = "left_hindpaw"
    RIGHT_HINDPAW = "right_hindpaw"
    LEFT_HIP = "left_hip"
    RIGHT_HIP = "right_hip"
    TAIL_BASE = "tail_base"
    TAIL_MIDDLE = "tail_middle"
    TAIL_TIP = "tail_tip"


@dataclass(frozen=True)
class KeypointRoles:
    """Which keypoint plays which role.

    Attributes:
        names: Role to the name of the keypoint; a role that nobody plays is left out.
        guessed: Whether the names were guessed, and not stated by the user.
    """

    names: Mapping[Role, str] = field(default_factory=dict)
    guessed: bool = False

    def lacking(self, needed: Iterable[Role]) -> tuple[Role, ...]:
        """Return the roles among `needed` that no keypoint plays."""
        return tuple(role for role in needed if role not in self.names)
