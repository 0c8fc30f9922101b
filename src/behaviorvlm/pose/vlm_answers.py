"""What a model may answer, as JSON schemas, and how an answer is understood or refused.

A refusal is written for the model: it is shown the sentence and asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from behaviorvlm.chat.boxes import read_box
from behaviorvlm.errors import RefusedAnswerError
from behaviorvlm.pose.annotator import Decision
from behaviorvlm.types import IntArray, KeypointAssignment, RegionBox, Skeleton, View

MISSING = -1
THOUSANDTHS = 1000
NONE = "none"
_CONFIDENCE = {"type": "integer", "minimum": 0, "maximum": 100}
# Printable ASCII without quote and backslash, so that no grammar has to know about escapes.
_REASON = {"type": "string", "pattern": r"^[ !#-\[\]-~]{0,300}$"}


def boxes_schema(regions: Sequence[str]) -> dict[str, Any]:
    """Return the schema of stage 1's answer: regions that can be seen, with boxes in thousandths of the picture."""
    # bbox_2d is the key that Qwen-VL models were trained on; Gemini's box_2d has y first.
    corner = {"type": "integer", "minimum": 0, "maximum": THOUSANDTHS}
    item = _object(
        region={"type": "string", "enum": list(regions)},
        bbox_2d={"type": "array", "items": corner, "minItems": 4, "maxItems": 4},
        confidence=_CONFIDENCE,
    )
    return _object(regions={"type": "array", "items": item, "minItems": 0, "maxItems": len(regions)})


def decision_schema(letters: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the schema of an answer to several doubts, each with its letters: for each a letter, or none."""
    doubts = {
        str(number): _object(answer={"type": "string", "enum": [*offered, NONE]}, confidence=_CONFIDENCE)
        for number, offered in enumerate(letters, 1)
    }
    return _object(reason=_REASON, doubts=_object(**doubts))


def understand_boxes(value: object, *, regions: Sequence[str], view: View) -> tuple[RegionBox, ...]:
    """Return the boxes of an answer in px of the raw image.

    Raises:
        RefusedAnswerError: If a region is unknown or given twice, or a box is inside out or outside the picture.
    """
    boxes: dict[str, RegionBox] = {}
    for entry in _list(_fields(value, "regions")["regions"], "regions"):
        fields = _fields(entry, "region", "bbox_2d", "confidence")
        name = str(fields["region"])
        if name not in regions:
            raise RefusedAnswerError(f"{name} is no region that was asked for; the regions are {', '.join(regions)}.")
        if name in boxes:
            raise RefusedAnswerError(f"The region {name} was given more than once; give one box for each region.")
        read = read_box(fields["bbox_2d"], size_px=view.image_size)
        sides = (read.x_min_px, read.y_min_px, read.x_max_px, read.y_max_px)
        boxes[name] = RegionBox(name, *sides, _confidence(fields["confidence"], name))
    return tuple(boxes[name] for name in regions if name in boxes)


@dataclass(frozen=True, eq=False)
class AssignmentReader:
    """Understands the answers of stages 2 and 3.

    Attributes:
        view: The view asked about.
        skeleton: The body plan.
        keypoints: (keypoint,) indices of the keypoints asked about.
        numbers: (candidate,) numbers of the candidates offered.
    """

    view: View
    skeleton: Skeleton
    keypoints: IntArray
    numbers: IntArray

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the keypoints asked about."""
        return tuple(self.skeleton.keypoints[keypoint] for keypoint in self.keypoints.tolist())

    @property
    def schema(self) -> dict[str, Any]:
        """Schema of the answer: for each keypoint a dot that was offered, or -1."""
        dot = {"type": "integer", "enum": [MISSING, *self._offered]}
        entries = {name: _object(dot=dot, confidence=_CONFIDENCE) for name in self.names}
        return _object(reason=_REASON, keypoints=_object(**entries))

    def understand(self, value: object) -> KeypointAssignment:
        """Return the assignment an answer speaks of.

        Raises:
            RefusedAnswerError: If a keypoint was not asked for or is left out, or a dot does not exist, was not
                offered, or is given twice.
        """
        fields = _fields(value, "keypoints")
        entries = fields["keypoints"]
        if not isinstance(entries, Mapping):
            raise RefusedAnswerError("keypoints must be an object with one entry for each keypoint.")
        self._refuse_other_names(entries)
        numbers, confidence = [MISSING] * len(self.skeleton), [0.0] * len(self.skeleton)
        for name, keypoint in zip(self.names, self.keypoints.tolist(), strict=True):
            entry = _fields(entries[name], "dot", "confidence")
            numbers[keypoint] = self._number(entry["dot"], name)
            claimed = _confidence(entry["confidence"], name)
            confidence[keypoint] = claimed if numbers[keypoint] != MISSING else 0.0
        self._refuse_twice(numbers)
        arrays = np.array(numbers, dtype=np.int64), np.array(confidence)
        reason = str(fields.get("reason", ""))
        return KeypointAssignment(self.view.timepoint, self.view.camera, *arrays, reason)

    @cached_property
    def _offered(self) -> list[int]:
        numbers: list[int] = self.numbers.tolist()
        return numbers

    def _refuse_other_names(self, entries: Mapping[str, Any]) -> None:
        unknown = [str(name) for name in entries if name not in self.names]
        lacking = [name for name in self.names if name not in entries]
        if unknown or lacking:
            what = f"not asked for: {', '.join(unknown)}. " if unknown else ""
            what += f"left out: {', '.join(lacking)}. " if lacking else ""
            raise RefusedAnswerError(f"Keypoints {what}Answer for exactly these: {', '.join(self.names)}.")

    def _number(self, dot: object, name: str) -> int:
        if dot is None:
            return MISSING
        number = _integer(dot, f"The dot of {name}")
        if number == MISSING or number in self._offered:
            return number
        offered = ", ".join(map(str, self._offered))
        raise RefusedAnswerError(f"There is no dot {number} to choose for {name}; choose one of {offered}, or -1.")

    def _refuse_twice(self, numbers: Sequence[int]) -> None:
        for number in sorted(set(numbers) - {MISSING}):
            claimants = [keypoint for keypoint, one in enumerate(numbers) if one == number]
            if len(claimants) > 1:
                names = " and ".join(self.skeleton.keypoints[keypoint] for keypoint in claimants)
                raise RefusedAnswerError(
                    f"Dot {number} was given to {names}. A dot belongs to one keypoint at most; "
                    "decide which one, and give the other another dot or -1."
                )


def understand_decisions(value: object, letters: Sequence[Sequence[str]]) -> tuple[Decision, ...]:
    """Return the reading of each doubt that an answer chooses; `letters` are those that each doubt offers.

    Raises:
        RefusedAnswerError: If it leaves a doubt out, or names no reading that was offered.
    """
    numbers = [str(number) for number in range(1, len(letters) + 1)]
    said = _fields(_fields(value, "doubts")["doubts"], *numbers)
    return tuple(_decision(said[number], number, offered) for number, offered in zip(numbers, letters, strict=True))


def _decision(value: object, number: str, letters: Sequence[str]) -> Decision:
    fields = _fields(value, "answer", "confidence")
    answer = str(fields["answer"]).strip()
    confidence = _confidence(fields["confidence"], f"doubt {number}")
    if answer.lower() == NONE:
        return Decision(-1, confidence)
    if answer not in letters:
        offered = ", ".join(letters)
        raise RefusedAnswerError(f"{answer} is no reading of doubt {number}; answer one of {offered}, or {NONE}.")
    return Decision(letters.index(answer), confidence)


def _object(**properties: object) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _fields(value: object, *needed: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RefusedAnswerError(f"An object with {', '.join(needed)} was expected, not {value!r}.")
    lacking = [name for name in needed if name not in value]
    if lacking:
        raise RefusedAnswerError(f"{', '.join(lacking)} is lacking in {dict(value)!r}.")
    return value


def _list(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise RefusedAnswerError(f"{name} must be a list.")
    return value


def _integer(value: object, name: str) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer():
        return int(value)
    raise RefusedAnswerError(f"{name} must be an integer, not {value!r}.")


def _confidence(value: object, name: str) -> float:
    percent = _integer(value, f"The confidence of {name}")
    if not 0 <= percent <= 100:
        raise RefusedAnswerError(f"The confidence of {name} must be from 0 to 100, not {percent}.")
    return percent / 100
