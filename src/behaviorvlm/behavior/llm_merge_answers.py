"""What a model may answer about neighbouring segments, and how the answer is understood, mended or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from behaviorvlm.behavior.annotator import DescribedSegment
from behaviorvlm.behavior.answer_shape import CONFIDENCE, NOBODY, BehaviorNames, closed_object, sentence
from behaviorvlm.behavior.merge_windows import Part
from behaviorvlm.chat.structured import validate
from behaviorvlm.errors import RefusedAnswerError

SOURCE = "llm"
LEFT_OUT = "the model left this segment out; it stays by itself"
MOST_LEFT_OUT = 0.5
"""An answer that leaves out a larger share of the segments was not thought through."""
_REASON_LETTERS = 200


@dataclass(frozen=True)
class MergeAnswerReader:
    """Understands the answers about one window of segments, which are numbered from 1.

    Attributes:
        names: Which behaviors may be answered.
        targets: What each possible target is called in the question, to its name.
        segments: The segments of the window, in order of time.
        start: Place of the first in the row that the window is of.
    """

    names: BehaviorNames
    targets: Mapping[str, str]
    segments: Sequence[DescribedSegment]
    start: int = 0

    @property
    def schema(self) -> dict[str, Any]:
        """Schema of the answer: a list of groups, each from a first to a last segment."""
        number = {"type": "integer", "minimum": 1, "maximum": len(self.segments)}
        group = closed_object(
            first=number,
            last=number,
            behavior=self.names.schema,
            target={"type": "string", "enum": [*self.targets, NOBODY]},
            confidence=CONFIDENCE,
            reason=sentence(_REASON_LETTERS),
        )
        groups = {"type": "array", "items": group, "minItems": 1, "maxItems": len(self.segments)}
        return closed_object(groups=groups)

    def understand(self, value: object) -> list[Part]:
        """Return the groups of an answer, by their places in the row: every segment in one of them, in order.

        Groups in another order are sorted, and a segment that is left out becomes a group by itself, called what it
        was called: there is no other reading.

        Raises:
            RefusedAnswerError: If a group ends before it begins, two hold the same segment, most segments are left
                out, or a behavior that is directed at another animal says at whom in no way.
        """
        groups = sorted(validate(value, self.schema)["groups"], key=lambda group: group["first"])
        self._refuse_crossed(groups)
        parts: list[Part] = []
        for group in groups:
            parts += self._left_out((len(parts) and parts[-1].stop) or self.start, self.start + group["first"] - 1)
            parts.append(self._part(group))
        parts += self._left_out(parts[-1].stop, self.start + len(self.segments))
        return parts

    def _refuse_crossed(self, groups: Sequence[Mapping[str, Any]]) -> None:
        held: set[int] = set()
        for group in groups:
            first, last = group["first"], group["last"]
            if first > last:
                raise RefusedAnswerError(f"A group goes from {first} to {last}; first must not be after last.")
            twice = sorted(held & set(range(first, last + 1)))
            if twice:
                raise RefusedAnswerError(f"{_numbers(twice)} in more than one group; every segment belongs to one.")
            held.update(range(first, last + 1))
        lacking = [number for number in range(1, len(self.segments) + 1) if number not in held]
        if len(lacking) > MOST_LEFT_OUT * len(self.segments):
            raise RefusedAnswerError(f"{_numbers(lacking)} in no group; every segment belongs to one.")

    def _left_out(self, start: int, stop: int) -> list[Part]:
        said = [self.segments[place - self.start].description for place in range(start, stop)]
        return [
            Part(place, place + 1, one.behavior, one.target, one.confidence, LEFT_OUT, SOURCE)
            for place, one in zip(range(start, stop), said, strict=True)
        ]

    def _part(self, group: Mapping[str, Any]) -> Part:
        start, stop = self.start + group["first"] - 1, self.start + group["last"]
        behavior = self.names.read(group["behavior"])
        return Part(
            start=start,
            stop=stop,
            behavior=behavior,
            target=self._target(group, behavior),
            confidence=group["confidence"] / 100,
            reason=group["reason"].strip() or "the model gave no reason",
            source=SOURCE,
        )

    def _target(self, group: Mapping[str, Any], behavior: str) -> str:
        """Return whom a group is directed at; that of its segments where the answer forgot it."""
        social, target = self.names.is_social(behavior), self.targets.get(group["target"], "")
        if social is False:
            return ""
        if target or not social:
            return target
        said = {one.description.target for one in self.segments[group["first"] - 1 : group["last"]]} - {""}
        if len(said) == 1:
            return said.pop()
        if not self.targets:
            return ""
        raise RefusedAnswerError(
            f"The group from {group['first']} to {group['last']} is {behavior}, which is directed at another animal,"
            f" and target is {NOBODY}. Say at whom: one of {', '.join(self.targets)}."
        )


def _numbers(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"Segment {listed} is" if len(numbers) == 1 else f"Segments {listed} are"
