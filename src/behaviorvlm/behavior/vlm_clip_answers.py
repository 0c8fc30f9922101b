"""What a model may answer about a clip, and how the answer is understood or refused.

A refusal is written for the model: it is shown the sentence and asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from behaviorvlm.behavior.annotator import ClipDescription
from behaviorvlm.behavior.answer_shape import (
    CONFIDENCE,
    NOBODY,
    OTHER,
    BehaviorNames,
    closed_object,
    in_words,
    sentence,
)
from behaviorvlm.chat.structured import validate
from behaviorvlm.errors import RefusedAnswerError

SOURCE = "vlm"
_SHORT, _LONG = 120, 400
_SHORT_FIELDS = ("posture", "direction", "speed", "social_contact")


@dataclass(frozen=True)
class ClipAnswerReader:
    """Understands the answers about one clip.

    Attributes:
        names: Which behaviors may be answered.
        others: What each of the other animals is called in the question, to its name.
    """

    names: BehaviorNames
    others: Mapping[str, str]

    @property
    def schema(self) -> dict[str, Any]:
        """Schema of the answer; what was seen comes before what it is called."""
        return closed_object(
            evidence=sentence(_LONG),
            **{field: sentence(_SHORT) for field in _SHORT_FIELDS},
            description=sentence(_LONG),
            behavior=self.names.schema,
            target={"type": "string", "enum": [*self.others, NOBODY]},
            confidence=CONFIDENCE,
        )

    def understand(self, value: object) -> ClipDescription:
        """Return the description an answer holds.

        Raises:
            RefusedAnswerError: If it has not the schema's form, describes nothing, or leaves out whom a behavior is
                directed at that the vocabulary calls social.
        """
        fields = validate(value, self.schema)
        behavior, target = self.names.read(fields["behavior"]), fields["target"]
        if not fields["description"].strip():
            raise RefusedAnswerError("description is empty; say in one or two sentences what the frames show.")
        social = self.names.is_social(behavior)
        if social and target == NOBODY and len(self.others) > 1:
            raise RefusedAnswerError(
                f"{behavior} is directed at another animal, and target is {NOBODY}. Answer whom it is directed at,"
                f" one of {in_words(list(self.others))}, or choose another behavior."
            )
        return ClipDescription(
            behavior=behavior,
            target=self._target(target, social=social),
            description=fields["description"].strip(),
            posture=_said(fields["posture"]),
            direction=_said(fields["direction"]),
            speed=_said(fields["speed"]),
            social_contact=_said(fields["social_contact"]),
            confidence=fields["confidence"] / 100,
            confidence_kind="self_reported",
            evidence=fields["evidence"].strip(),
            source=SOURCE,
        )

    def _target(self, target: str, *, social: bool | None) -> str:
        """Return the name of the target: the only other animal of a social behavior, nobody of one that is not."""
        if social is False:
            return ""
        if social and target == NOBODY and len(self.others) == 1:
            return next(iter(self.others.values()))
        return self.others.get(target, "")


def _said(text: str) -> str:
    """Return what a field says, "" where it only says that there is nothing to say."""
    text = text.strip()
    return "" if text.lower().rstrip(".") in (NOBODY, "n/a", "na", "-", OTHER) else text
