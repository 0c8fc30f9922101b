"""TOML files: parsed into checked models with errors a person can act on, and written the way people write them."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError

from behaviorvlm.errors import FormatError, InputError

Model = TypeVar("Model", bound=BaseModel)
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def read_toml(path: Path) -> dict[str, object]:
    """Return the content of a TOML file.

    Raises:
        FormatError: If it cannot be read or is no TOML; the message names the line.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError as error:
        raise FormatError("there is no such file", where=str(path), expected="a TOML file", actual="nothing") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FormatError("the file cannot be read", where=str(path), expected="TOML", actual=str(error)) from error


def read_model(path: Path, model: type[Model], *, error: type[InputError]) -> Model:
    """Return a TOML file as a checked `model`.

    Raises:
        FormatError: If it is no TOML.
        InputError: Of the kind `error`, if a key is unknown or a value is of the wrong kind.
    """
    try:
        return model.model_validate(read_toml(path))
    except ValidationError as fault:
        raise _explain(fault, path, model=model, error=error) from None


def toml_value(value: object) -> str:
    """Return a string, number, truth value or (nested) list as TOML on one line; floats keep every digit."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return repr(value)


def toml_table(name: str, values: Mapping[str, object]) -> str:
    """Return a TOML table as text: its header, a line per key, and a blank line."""
    lines = [f"[{name}]", *(f"{toml_key(key)} = {toml_value(value)}" for key, value in values.items()), "", ""]
    return "\n".join(lines)


def toml_key(name: str) -> str:
    """Return `name` as a TOML key, in quotes where it needs them."""
    return name if BARE_KEY.fullmatch(name) else toml_value(name)


def did_you_mean(name: str, known: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """Return ``did you mean ...?`` with the known name that is most like `name`, or an empty text."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]}?" if close else ""


def _explain(fault: ValidationError, path: Path, *, model: type[BaseModel], error: type[InputError]) -> InputError:
    first = fault.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = sorted(set(_field_names(model)))
        return error(
            f"unknown key {key}",
            where=str(path),
            expected=f"keys among {', '.join(known)}",
            actual=key,
            remedy=did_you_mean(str(first["loc"][-1]), known) or "remove it",
        )
    return error(
        f"{key or 'a value'} cannot be used", where=str(path), expected=first["msg"], actual=repr(first["input"])[:200]
    )


def _field_names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _field_names(kind)
