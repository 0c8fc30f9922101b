"""Which model answers which role, as a TOML file: what ``--model`` says, and everything it has no room for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from behaviorvlm.chat.binding import ROLES, ModelBinding, parse_model
from behaviorvlm.errors import SettingsError
from behaviorvlm.io.toml_file import did_you_mean, read_toml

DEFAULT = "default"
TABLES = (DEFAULT, *ROLES)
SETTINGS = tuple(name for name in ModelBinding.model_fields if name not in ("url", "name"))
KEYS = ("model", *SETTINGS)


def read_models(path: Path) -> dict[str, ModelBinding]:
    """Return the model of each role that a TOML file binds.

    ::

        [default]
        model = "http://localhost:8000/v1#qwen3.5-27b"
        max_in_flight = 32

        [region_detector]
        model = "http://localhost:8001/v1#qwen3-vl-4b"
        max_pixels = 500_000

    A role takes from ``[default]`` whatever its own table does not say; if that names a model, every role is bound.

    Raises:
        FormatError: If it is no TOML.
        SettingsError: If a role or key is unknown, a value cannot be used, or a role is left without a model.
    """
    tables = read_toml(path)
    _refuse_unknown("table", tables, TABLES, where=str(path))
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise SettingsError(f"{name} is no table", where=str(path), expected=f"[{name}]", actual=repr(table)[:200])
        _refuse_unknown("key", table, KEYS, where=f"{path}, [{name}]")
    default: Any = tables.get(DEFAULT, {})
    bound: dict[str, Any] = {role: tables.get(role, {}) for role in ROLES if "model" in default or role in tables}
    if not bound:
        raise SettingsError(
            "the file binds no model", where=str(path), expected='[default] with model = "URL#NAME"', actual="none"
        )
    return {role: _binding({**default, **table}, where=f"{path}, [{role}]") for role, table in bound.items()}


def _refuse_unknown(kind: str, given: Mapping[str, object], known: tuple[str, ...], *, where: str) -> None:
    for name in given:
        if name not in known:
            remedy = did_you_mean(name, known) or "remove it"
            raise SettingsError(
                f"unknown {kind} {name}", where=where, expected=f"among {', '.join(known)}", actual=name, remedy=remedy
            )


def _binding(table: Mapping[str, Any], *, where: str) -> ModelBinding:
    model = table.get("model")
    if not isinstance(model, str):
        raise SettingsError(
            "the role has no model", where=where, expected='model = "URL#NAME" here or in [default]', actual=repr(model)
        )
    try:
        role, binding = parse_model(model)
    except SettingsError as error:
        raise SettingsError(
            error.message, where=where, expected=error.expected, actual=error.actual, remedy=error.remedy
        ) from None
    if role is not None:
        raise SettingsError("the table names the role already", where=where, expected="URL#NAME", actual=model)
    settings = {key: value for key, value in table.items() if key in SETTINGS}
    try:
        return ModelBinding.model_validate({"url": binding.url, "name": binding.name, **settings})
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        key, actual = str(first["loc"][0]), repr(first["input"])[:200]
        raise SettingsError(f"{key} cannot be used", where=where, expected=first["msg"], actual=actual) from None
