"""What a command line asks of a pipeline, checked as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

Settings = TypeVar("Settings", bound="BaseModel")


def checked_settings(kind: type[Settings], asked: Mapping[str, object], *, remedy: str = "") -> Settings:
    """Return the settings asked for; what is None was not.

    Args:
        kind: Of settings.
        asked: Name of a setting to its value.
        remedy: What to do where settings do not go together.

    Raises:
        SettingsError: If a value cannot be, or they do not go together.
    """
    from pydantic import ValidationError

    from behaviorvlm.errors import SettingsError

    try:
        return kind.model_validate({key: value for key, value in asked.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        why = str(first["msg"]).removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(why, remedy=remedy) from None
        raise SettingsError(why, where=".".join(map(str, first["loc"])), actual=str(first["input"])) from None


def spent_words(why: str, rest: str, *, run: Path) -> str:
    """Return what a spent budget means for a run: why it was spent, and what became of the rest."""
    return (
        f"Note: {why}, so not everything was asked. {rest}.\n"
        f"To have it asked, name a new run, with --replay {run} and a larger budget: no answer is paid for twice."
    )
