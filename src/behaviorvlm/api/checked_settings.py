"""Settings of a pipeline from words: those of a command line, or of a call in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from behaviorvlm.behavior.settings import BehaviorSettings
    from behaviorvlm.pose.settings import PoseSettings

Settings = TypeVar("Settings", "PoseSettings", "BehaviorSettings")


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


def worded_settings(
    settings: Settings, *, annotator: str | None, model: str | Sequence[str] | None, asks: str
) -> Settings:
    """Return `settings` with who answers, and by which models, as the command line says it.

    Args:
        settings: What else is asked.
        annotator: Who answers, None = `asks` if a model is given, else as in `settings`.
        model: ``URL#NAME`` or ``ROLE=URL#NAME``, one or several; None = as in `settings`.
        asks: The annotator that is usual with a model.

    Raises:
        SettingsError: If one cannot be used, or they do not go together.
    """
    if annotator is None and model is None:
        return settings
    from behaviorvlm.chat.binding import bind_models

    bound = bind_models([model] if isinstance(model, str) else list(model or ()))
    change = {"annotator": annotator or asks, "models": settings.models | bound}
    return checked_settings(type(settings), dict(settings) | change)
