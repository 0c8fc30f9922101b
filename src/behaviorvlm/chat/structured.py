"""From the text of a reply to a JSON value: understood where only one reading is possible, otherwise refused.

Understood: thinking blocks, code fences, prose around the answer, a comma too many, Python's quotes and constants. Of
several values with prose between them the last object is the answer (the others are drafts); several different ones in
a row are refused, because nothing says which is meant. A complaint is written for the model that is asked again.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from behaviorvlm.chat.boxes import ReadBox, read_box
from behaviorvlm.chat.structured_schema import Json, schema_in_words, validate
from behaviorvlm.errors import RefusedAnswerError

__all__ = ["ReadBox", "parse_json", "read_box", "schema_in_words", "validate"]

MAX_DEPTH = 32
MAX_DIGITS = 18

_TAG = re.compile(r"<(/?)(?:think|thinking|thought|reasoning)>|\[(/?)THINK\]", re.IGNORECASE)
_START = re.compile(r"""\{(?=\s*(?:["'}]|$))|\[(?=\s*(?:[\[{"'\]\d-]|true|false|null|$))""")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*\w*[ \t]*$", re.MULTILINE)
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_MENDABLE = re.compile(
    r"""("(?:[^"\\]|\\.)*")|'([^'"\\]*)'|,(?=\s*[}\]])|\b(True|False|None)\b""",
    re.DOTALL,
)
_CONSTANTS = {"True": "true", "False": "false", "None": "null"}


class _UnusableError(ValueError):
    """A value that is read, but must not be used."""


@dataclass(frozen=True)
class _Found:
    """One value in the text, or why what looks like one is none."""

    start: int
    stop: int
    value: Json = None
    complaint: str = ""


def parse_json(text: str) -> Json:
    """Return the one JSON value that a reply holds.

    Args:
        text: The reply as the model wrote it.

    Returns:
        A dict, list, str, int, float, bool or None; numbers are finite, and keys of an object differ.

    Raises:
        RefusedAnswerError: If there is none, it is cut off or broken, or it is not clear which one is meant.
    """
    text = text.strip("\ufeff \t\r\n")
    if not text:
        raise _refused("The reply is empty.")
    with_thinking = _scalar_or_none(text, kinds=(dict, list))
    if with_thinking is not None:
        return _sound(with_thinking)
    answer, unfinished = _without_thinking(text)
    found = list(_values(answer))
    if not found:
        return _lone_scalar(answer, unfinished=unfinished)
    return _sound(_meant(found, answer))


def _meant(found: list[_Found], text: str) -> Json:
    objects = [one for one in found if text[one.start] == "{"] or found
    last = objects[-1]
    if last.complaint:
        raise _refused(last.complaint)
    for one in objects[-2:-1]:
        between = _FENCE.sub("", text[one.stop : last.start])
        if not between.strip(" \t\r\n,;") and (one.complaint or one.value != last.value):
            raise _refused("The reply holds several different JSON values in a row.")
    return last.value


def _values(text: str) -> Iterator[_Found]:
    """Yield the outermost values, in order. What is inside a broken one is never taken for the answer."""
    at = 0
    while start := _START.search(text, at):
        found = _value_at(text, start.start())
        yield found
        at = found.stop


def _value_at(text: str, start: int) -> _Found:
    depth, stop = _span(text, start)
    if depth > MAX_DEPTH:
        return _Found(start, stop, complaint=f"The JSON is nested more than {MAX_DEPTH} levels deep.")
    try:
        value, stop = _DECODER.raw_decode(text, start)
        return _Found(start, stop, value)
    except json.JSONDecodeError as error:
        return _mended(text, start, stop) or _Found(start, stop, complaint=_what_is_broken(text, error))
    except _UnusableError as error:
        return _Found(start, stop, complaint=str(error))


def _span(text: str, start: int) -> tuple[int, int]:
    """Return how deep the brackets from `start` go, and where they close; the end of the text if they do not."""
    depth = deepest = 0
    for token in _BRACKET.finditer(text, start):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.group(), 0)
        deepest = max(deepest, depth)
        if depth == 0:
            return deepest, token.end()
    return deepest, len(text)


def _mended(text: str, start: int, stop: int) -> _Found | None:
    """Return the value without commas too many, Python's quotes and constants; None if that is not what is wrong."""
    try:
        value = _DECODER.decode(_MENDABLE.sub(_in_json, text[start:stop]))
    except json.JSONDecodeError:
        return None
    except _UnusableError as error:
        return _Found(start, stop, complaint=str(error))
    return _Found(start, stop, value)


def _in_json(token: re.Match[str]) -> str:
    quoted, single, constant = token.groups()
    if quoted is not None:
        return str(quoted)
    if single is not None:
        return f'"{single}"'
    return _CONSTANTS.get(constant, "")


def _what_is_broken(text: str, error: json.JSONDecodeError) -> str:
    rest = _FENCE.sub("", text[error.pos :]).strip(" \t\r\n`")
    begun = any(word.startswith(rest) for word in ("true", "false", "null", "-"))
    if begun or error.msg.startswith("Unterminated string"):
        return "The JSON is cut off: it ends before its last bracket. Answer more shortly."
    around = text[max(0, error.pos - 20) : error.pos + 20]
    near = " ".join("".join(letter if letter.isprintable() else " " for letter in around).split())
    return f"The JSON is broken near `{near}`: {error.msg[0].lower()}{error.msg[1:]}."


def _without_thinking(text: str) -> tuple[str, bool]:
    """Return the text outside thinking blocks, and whether the last block never ends.

    A block that ends without a beginning began in the prompt, as some chat templates have it.
    """
    kept: list[str] = []
    at, inside = 0, False
    for tag in _TAG.finditer(text):
        closes = bool(tag.group(1) or tag.group(2))
        if closes and not inside:
            kept.clear()
        elif not inside:
            kept.append(text[at : tag.start()])
        at, inside = tag.end(), not closes
    if not inside:
        kept.append(text[at:])
    return "\n".join(kept), inside


def _lone_scalar(answer: str, *, unfinished: bool) -> Json:
    scalar = _scalar_or_none(_FENCE.sub("", answer).strip(), kinds=(str, int, float))
    if scalar is not None:
        return _sound(scalar)
    if unfinished:
        raise _refused("The reply ends while still thinking and holds no answer. Think less.")
    raise _refused("The reply holds no JSON.")


def _scalar_or_none(text: str, *, kinds: tuple[type, ...]) -> Json:
    """Return the value if the whole text is one of these kinds."""
    if _span(text, 0)[0] > MAX_DEPTH:
        return None
    try:
        value = _DECODER.decode(text)
    except ValueError:
        return None
    return value if isinstance(value, kinds) else None


def _sound(value: Json) -> Json:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _refused("The JSON holds half of a character that is written in two halves.") from None
    return value


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made and made[key] != value:
            raise _UnusableError(f'The key "{key}" stands twice in one object, with different values.')
        made[key] = value
    return made


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _UnusableError(f"The number {_short(text)} is too large.")
    return number


def _of_use(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise _UnusableError(f"The number {_short(text)} is too large.")
    return int(text)


def _no_number(text: str) -> float:
    raise _UnusableError(f"{text} is no number in JSON.")


def _short(text: str) -> str:
    return text if len(text) <= MAX_DIGITS else f"{text[:MAX_DIGITS]}..."


def _refused(complaint: str) -> RefusedAnswerError:
    return RefusedAnswerError(complaint, expected="one JSON value and nothing else")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unrepeated,
    parse_float=_finite,
    parse_int=_of_use,
    parse_constant=_no_number,
    strict=False,  # a line break inside a string has one reading
)
