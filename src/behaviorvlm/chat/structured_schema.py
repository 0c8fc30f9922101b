"""Answers against a JSON schema: checked here whatever the server promises, and the schema said in words.

The part of JSON schema that our questions use: type, properties, required, additionalProperties, items, minItems,
maxItems, enum, const, minimum, maximum, pattern, minLength, maxLength. Any other keyword that would restrict an answer
is an error of whoever wrote the question, never ignored.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from behaviorvlm.errors import RefusedAnswerError, SettingsError

MAX_COMPLAINTS = 5

_WHOLE = re.compile(r"\s*-?\d{1,15}(\.0*)?\s*")
_DECIMAL = re.compile(r"\s*-?\d{1,15}(\.\d+)?\s*")
_EXACT = 2.0**53  # larger floats stand for more than one whole number
_KNOWN = {"type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "enum", "const"}
_KNOWN |= {"minimum", "maximum", "pattern", "minLength", "maxLength"}
_SILENT = {"$schema", "$id", "title", "description", "default", "examples", "$comment"}

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""


@dataclass(frozen=True)
class _Place:
    """Where in the answer we are, and what is wrong so far."""

    path: str
    complaints: list[str]

    def complain(self, text: str) -> None:
        self.complaints.append(f"{self.path or 'The answer'} {text}")

    def inner(self, key: str | int) -> _Place:
        if isinstance(key, int):
            return _Place(f"{self.path}[{key}]", self.complaints)
        return _Place(f"{self.path}.{key}" if self.path else key, self.complaints)


def validate(value: Json, schema: Mapping[str, Any]) -> Json:
    """Return the value as the schema wants it, or refuse it.

    What has one reading is mended: ``3.0`` and ``"3"`` where an integer is wanted, ``"true"`` for true, other case or
    spaces around a word of an enum, one object in a list where an object is wanted, and extra keys (left out) in an
    object that has every key it may have.

    Args:
        value: Parsed JSON.
        schema: JSON schema; see the module for the part that is known.

    Returns:
        The mended value; the one given is left as it was.

    Raises:
        RefusedAnswerError: Says every fault, at most 5, with the place of each.
        SettingsError: If the schema has a keyword that is not known here.
    """
    if isinstance(value, list) and schema.get("type") == "object" and len(value) == 1:
        value = value[0]
    complaints: list[str] = []
    checked = _checked(value, schema, _Place("", complaints))
    if complaints:
        shown = complaints[:MAX_COMPLAINTS]
        more = f" And {len(complaints) - len(shown)} more." if len(complaints) > len(shown) else ""
        raise RefusedAnswerError(" ".join(f"{text}." for text in shown) + more)
    return checked


def _checked(value: Json, schema: Mapping[str, Any], place: _Place) -> Json:
    _refuse_unknown(schema)
    before = len(place.complaints)
    value = _chosen(_typed(value, schema, place), schema, place)
    if len(place.complaints) > before:
        return value
    if isinstance(value, dict):
        return _object(value, schema, place)
    if isinstance(value, list):
        return _list(value, schema, place)
    if isinstance(value, str):
        _text(value, schema, place)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _number(value, schema, place)
    return value


def _typed(value: Json, schema: Mapping[str, Any], place: _Place) -> Json:
    wanted = _types(schema)
    if not wanted:
        return value
    for kind in wanted:
        if _IS[kind](value):
            return value
    for mend in (_MEND[kind] for kind in wanted if kind in _MEND):
        if (mended := mend(value)) is not None:
            return mended
    if "null" in wanted and isinstance(value, str) and value.strip().lower() in ("null", "none"):
        return None
    place.complain(f"should be {_either(wanted)}, but is {_shown(value)}")
    return value


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = schema.get("type", ())
    wanted = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    unknown = [kind for kind in wanted if kind not in _IS]
    if unknown:
        raise SettingsError(f"the schema of a question has an unknown type {unknown[0]!r}", expected=", ".join(_IS))
    return wanted


def _is_whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Json) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _whole(value: Json) -> int | None:
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return int(value)
    return int(float(value)) if isinstance(value, str) and _WHOLE.fullmatch(value) else None


def _decimal(value: Json) -> float | None:
    return float(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else None


def _truth(value: Json) -> bool | None:
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


_IS: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": _is_whole,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_MEND: dict[str, Callable[[Any], Any]] = {"integer": _whole, "number": _decimal, "boolean": _truth}
_NAMES = {"object": "an object", "array": "a list", "string": "a text", "integer": "an integer", "number": "a number"}
_NAMES |= {"boolean": "true or false", "null": "null"}


def _chosen(value: Json, schema: Mapping[str, Any], place: _Place) -> Json:
    """Return the member of the enum (or the const) that the value is."""
    options = list(schema["enum"]) if "enum" in schema else [schema["const"]] if "const" in schema else None
    if options is None or any(_same(value, option) for option in options):
        return value
    if isinstance(value, str):
        word = value.strip().casefold()
        meant = [option for option in options if isinstance(option, str) and option.casefold() == word]
        if len(meant) == 1:
            return meant[0]
    place.complain(f"should be {_either(map(_shown, options))}, but is {_shown(value)}")
    return value


def _same(value: Json, option: Json) -> bool:
    """Return whether both are equal; Python's ``True == 1`` is none of JSON's."""
    return isinstance(value, bool) == isinstance(option, bool) and bool(value == option)


def _object(value: dict[str, Any], schema: Mapping[str, Any], place: _Place) -> dict[str, Any]:
    known: Mapping[str, Any] = schema.get("properties", {})
    missing = [key for key in schema.get("required", ()) if key not in value]
    if missing:
        place.complain(f"lacks {_listed(missing)}")
    extra = [key for key in value if key not in known]
    more = schema.get("additionalProperties", True)
    if more is False and extra:
        if any(key not in value for key in known):
            place.complain(f"has {_listed(extra)}, but may only have {_listed(known)}")
        extra = []
    inner = more if isinstance(more, Mapping) else {}
    rules = {key: known[key] for key in value if key in known} | dict.fromkeys(extra, inner)
    return {key: _checked(item, rules[key], place.inner(key)) for key, item in value.items() if key in rules}


def _list(value: list[Any], schema: Mapping[str, Any], place: _Place) -> list[Any]:
    fewest, most = schema.get("minItems", -math.inf), schema.get("maxItems", math.inf)
    if not fewest <= len(value) <= most:
        place.complain(f"should have {_range(fewest, most)} items, but has {len(value)}")
    inner = schema.get("items", {})
    return [_checked(item, inner, place.inner(index)) for index, item in enumerate(value)]


def _text(value: str, schema: Mapping[str, Any], place: _Place) -> None:
    shortest, longest = schema.get("minLength", -math.inf), schema.get("maxLength", math.inf)
    if not shortest <= len(value) <= longest:
        place.complain(f"should have {_range(shortest, longest)} characters, but has {len(value)}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        place.complain(f"should have the form {schema['pattern']}, but is {_shown(value)}")


def _number(value: float, schema: Mapping[str, Any], place: _Place) -> None:
    lowest, highest = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    if not lowest <= value <= highest:
        place.complain(f"should be {_range(lowest, highest)}, but is {_shown(value)}")


def _refuse_unknown(schema: Mapping[str, Any]) -> None:
    unknown = sorted(set(schema) - _KNOWN - _SILENT)
    if unknown:
        raise SettingsError(
            f"the schema of a question uses {unknown[0]}, which is not checked here",
            expected=", ".join(sorted(_KNOWN)),
            remedy="say it with these keywords, and check the rest where the answer is understood",
        )


def schema_in_words(schema: Mapping[str, Any]) -> str:
    """Return what an answer must look like, for a model whose server takes no schemas.

    Args:
        schema: JSON schema of the part that `validate` knows.

    Returns:
        A few lines of plain English; the same schema gives the same text.

    Raises:
        SettingsError: If the schema has a keyword that is not known here.
    """
    lines = ["Answer with one JSON value and nothing else: no explanation before or after it, no code fence."]
    lines.append(f"It is {_in_words(schema, 0)}")
    return "\n".join(lines)


def _in_words(schema: Mapping[str, Any], depth: int) -> str:
    _refuse_unknown(schema)
    if "enum" in schema or "const" in schema:
        text = _either(_shown(option) for option in schema.get("enum", [schema.get("const")]))
    else:
        text = _either(_kind_in_words(kind, schema) for kind in _types(schema)) or "any value"
    told = f" ({schema['description']})" if schema.get("description") else ""
    inner = schema.get("properties") or ({} if "items" not in schema else None)
    if inner is None:
        return f"{text}{told}, each {_in_words(schema['items'], depth)}"
    required = set(schema.get("required", ()))
    lines = [
        f'{"  " * depth}- "{key}"{"" if key in required else ", which may be left out"}: {_in_words(rule, depth + 1)}'
        for key, rule in inner.items()
    ]
    return "\n".join([f"{text}{told}{' with these keys:' if lines else ''}", *lines])


def _kind_in_words(kind: str, schema: Mapping[str, Any]) -> str:
    name = _NAMES[kind]
    between = "minimum" in schema and "maximum" in schema
    if kind in ("integer", "number") and ("minimum" in schema or "maximum" in schema):
        return f"{name} {'from ' * between}{_range(schema.get('minimum', -math.inf), schema.get('maximum', math.inf))}"
    if kind == "array" and ("minItems" in schema or "maxItems" in schema):
        return f"{name} of {_range(schema.get('minItems', -math.inf), schema.get('maxItems', math.inf))} items"
    if kind == "string" and "pattern" in schema:
        return f"{name} of the form {schema['pattern']}"
    return name


def _range(lowest: float, highest: float) -> str:
    if lowest == highest:
        return f"exactly {lowest}"
    if highest == math.inf:
        return f"at least {lowest}"
    return f"at most {highest}" if lowest == -math.inf else f"{lowest} to {highest}"


def _either(words: Iterable[str]) -> str:
    named = [_NAMES.get(word, word) for word in words]
    return " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
