"""A simulated reader of pictures: it knows each current picture by its hash, and the truth of what it shows."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reader_confusion import MISSING, Confusion, Dice, Look, Point
from reader_truth import TrueView, Truth

Request = Mapping[str, Any]
THOUSANDTHS = 1000
BOX_MARGIN, VIEW_MARGIN = 0.15, 0.015
"""Left free around a region's keypoints, as in the exemplars: of the box's and of the picture's longer side."""
PROSE, CUT = "The animal has its head down; I would say dot 3.", '{"reason": "cut off", "keypo'
USELESS = ("", PROSE, CUT, '{"regions": 7}', "[]")


@dataclass
class Manifest:
    """Picture hash to what is asked about it; the file grows while it is read."""

    path: Path
    _entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _read: int = 0

    def find(self, picture: str) -> Sequence[Mapping[str, Any]]:
        """Return the entries of a picture, oldest first; what is not known yet is looked for in the file."""
        if picture not in self._entries:
            self._read_on()
        return self._entries.get(picture, ())

    def _read_on(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("rb") as stream:
            stream.seek(self._read)
            new = stream.read()
        whole = new[: new.rfind(b"\n") + 1]  # a line may still be written
        self._read += len(whole)
        for line in whole.splitlines():
            entry = json.loads(line)
            self._entries.setdefault(entry["picture"], []).append(entry)


@dataclass
class Reader:
    """Answers from the truth, confused as stated in `reader_confusion`.

    ``tally``: how often a keypoint's answer was right, wrong, left out or made up in stage 2 and in stage 3, how many
    decisions were right and wrong, and how many answers could not be used.
    """

    truth: Truth
    manifest: Manifest
    confusion: Confusion
    tally: Counter[str] = field(default_factory=Counter)

    def answer(self, request: Request) -> str:
        """Return the text of the reply to a request.

        Raises:
            LookupError: If no picture of it is in the manifest: that is a mistake of the test.
        """
        entry = self._entry(request)
        asked = f"{entry['kind']} {' '.join(entry.get('keypoints', ()))} {entry.get('first') is None}"
        dice = self.confusion.dice(entry["picture"], asked, camera=entry["camera"], timepoint=entry["timepoint"])
        attempt = request.get("seed")
        if self.confusion.is_malformed(Dice(entry["picture"]), attempt):
            self.tally["malformed"] += 1
            return _malformed(entry, Dice(entry["picture"]), attempt)
        view = self.truth.views[entry["camera"], entry["timepoint"]]
        says = {"boxes": self._boxes, "dots": self._dots, "decision": self._decision}[entry["kind"]]
        return json.dumps(says(entry, view, dice))

    def _entry(self, request: Request) -> Mapping[str, Any]:
        for picture in _pictures(request):
            found = [entry for entry in self.manifest.find(picture) if _fits(entry, request)]
            if found:
                return found[-1]
        raise LookupError("no picture of this request is in the manifest")

    def _boxes(self, entry: Mapping[str, Any], view: TrueView, dice: Dice) -> dict[str, Any]:
        width, height = entry["size"]
        rows = []
        for region, keypoints in entry["regions"].items():
            seen = [view.places[name] for name in keypoints if view.seen(name)]
            hidden = [place for name in keypoints if (place := view.places[name])[0] == place[0]]
            if seen or hidden:
                box = self.confusion.box(
                    _around(seen, max(width, height)) if seen else None,
                    _around(hidden or seen, max(width, height)),
                    Dice(f"{dice.seed}|{region}"),
                )
                corners = box and _thousandths(box, width, height)
                if corners:
                    confidence = self.confusion.confidence(dice, region, right=bool(seen))
                    rows.append({"region": region, "bbox_2d": corners, "confidence": confidence})
        return {"regions": rows}

    def _dots(self, entry: Mapping[str, Any], view: TrueView, dice: Dice) -> dict[str, Any]:
        dots = _numbered(entry)
        right = view.numbers(dots)
        x, y, width, height, shown_width, shown_height = entry["crop"]
        scale = shown_width / width, shown_height / height

        def shown(place: Point) -> Point:
            return (place[0] - x) * scale[0], (place[1] - y) * scale[1]

        look = Look(
            dots={number: shown(at) for number, at in dots.items()},
            places={name: shown(view.places[name]) for name in entry["keypoints"]},
            right={name: right[name] for name in entry["keypoints"]},
            pairs=[(left, right) for left, right in entry["pairs"]],
            first=entry["first"],
        )
        named = self.confusion.name_dots(look, dice)
        stage = "stage 2" if entry["first"] is None else "stage 3"
        self.tally.update(f"{stage}: {_verdict(number, look.right[name])}" for name, number in named.items())
        keypoints = {
            name: {"dot": number, "confidence": self.confusion.confidence(dice, name, right=number == look.right[name])}
            for name, number in named.items()
        }
        return {"reason": "simulated", "keypoints": keypoints}

    def _decision(self, entry: Mapping[str, Any], view: TrueView, dice: Dice) -> dict[str, Any]:
        numbers, said = view.numbers(_numbered(entry)), {}
        for place, readings in enumerate(entry["doubts"], 1):
            own = Dice(
                f"{dice.seed}|{[list(reading) for reading in readings]}"
            )  # each doubt is answered right or wrong by itself
            letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(readings)]
            right = _right_letter(readings, letters, numbers)
            letter = self.confusion.decide(right, letters, own)
            self.tally[f"decision: {'right' if letter == right else 'wrong'}"] += 1
            confidence = self.confusion.confidence(own, "answer", right=letter == right)
            said[str(place)] = {"answer": letter, "confidence": confidence}
        return {"reason": "simulated", "doubts": said}


def _right_letter(readings: Sequence[Mapping[str, int]], letters: str, numbers: Mapping[str, int]) -> str:
    """Return the letter of the reading that says most of what is right, and nothing that is not; or none."""
    fits = [
        (len(reading), -place, letter)
        for place, (letter, reading) in enumerate(zip(letters, readings, strict=True))
        if all(numbers[name] == number for name, number in reading.items())
    ]
    return max(fits)[-1] if fits else "none"


def _malformed(entry: Mapping[str, Any], dice: Dice, attempt: object) -> str:
    """Return an answer that cannot be used; one in six speaks of a dot that does not exist."""
    which = int(dice.uniform("malformed kind", attempt) * (len(USELESS) + 1))
    if which < len(USELESS):
        return USELESS[which]
    keypoints = {name: {"dot": 9999, "confidence": 80} for name in entry.get("keypoints", ())}
    return json.dumps({"reason": "simulated", "keypoints": keypoints})


def _pictures(request: Request) -> Iterator[str]:
    """Yield the hashes of a request's pictures, the last first: the current view comes after its exemplars."""
    for part in reversed(list(parts_of(request))):
        if part["type"] == "image_url":
            content = base64.b64decode(part["image_url"]["url"].partition(",")[2])
            yield hashlib.sha256(content).hexdigest()


def parts_of(request: Request) -> Iterator[Mapping[str, Any]]:
    for message in request["messages"]:
        content = message["content"]
        yield from [{"type": "text", "text": content}] if isinstance(content, str) else content


def _fits(entry: Mapping[str, Any], request: Request) -> bool:
    """Return whether an entry wants the kind of answer that the request's schema wants; without one all do."""
    schema = request.get("response_format", {}).get("json_schema", {}).get("schema")
    if schema is None:
        return True
    wanted = schema["properties"]
    if entry["kind"] == "dots":
        return "keypoints" in wanted and set(wanted["keypoints"]["properties"]) == set(entry["keypoints"])
    return {"boxes": "regions", "decision": "doubts"}[entry["kind"]] in wanted


def _verdict(number: int, right: int) -> str:
    if number == right:
        return "right"
    return "left out" if number == MISSING else "made up" if right == MISSING else "wrong"


def _numbered(entry: Mapping[str, Any]) -> dict[int, Point]:
    return {int(number): (x, y) for number, (x, y) in entry["dots"].items() if int(number) != MISSING}


def _around(places: Sequence[Point], picture_px: float) -> list[float]:
    xs, ys = zip(*places, strict=True)
    box = [min(xs), min(ys), max(xs), max(ys)]
    margin = VIEW_MARGIN * picture_px + BOX_MARGIN * max(box[2] - box[0], box[3] - box[1])
    return [box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin]


def _thousandths(box: Sequence[float], width: int, height: int) -> list[int] | None:
    """Return a box cut to the picture, in thousandths of its sides; None if nothing is left."""
    shares = (side / length for side, length in zip(box, (width, height, width, height), strict=True))
    x_min, y_min, x_max, y_max = (min(max(round(THOUSANDTHS * share), 0), THOUSANDTHS) for share in shares)
    return [x_min, y_min, x_max, y_max] if x_max - x_min > 1 and y_max - y_min > 1 else None
