"""The options of a command that asks a model: which, with what prompts, for how much."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from behaviorvlm.api.asking import Asking
    from behaviorvlm.chat.binding import ModelBinding

UNITS_S = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


class WhenSpent(StrEnum):
    """What becomes of the rest once the budget is spent."""

    GEOMETRY = "geometry"
    MISSING = "missing"


Model = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="[ROLE=]URL#NAME", help="A model, for every role or one; may be repeated."),
]
Models = Annotated[
    Path | None, typer.Option("--models", metavar="TOML", help="Models and how they are asked, role by role.")
]
Temperature = Annotated[float | None, typer.Option(min=0.0, max=2.0, help="Of every model; 0 if not given.")]
Seed = Annotated[int | None, typer.Option("--model-seed", help="Of every model's sampling; 0 if not given.")]
MaxAnswerTokens = Annotated[int | None, typer.Option(min=1, help="Longest answer, thinking included.")]
MaxPixels = Annotated[int | None, typer.Option(min=1, help="Largest picture shown.")]
Prompt = Annotated[
    list[str] | None, typer.Option("--prompt", metavar="NAME=PATH", help="Your own prompt; may be repeated.")
]
Attempts = Annotated[int | None, typer.Option(min=1, max=20, help="How often a question is put; 3 if not given.")]
ExemplarLag = Annotated[
    int | None, typer.Option(min=1, max=64, help="Exemplars are at least so many timepoints old; 4 if not given.")
]
Audit = Annotated[
    str | None, typer.Option(metavar="5%", help="With auto: ask about this share of settled timepoints, too.")
]
Prices = Annotated[Path | None, typer.Option(metavar="TOML", help="What tokens cost.")]
MaxCalls = Annotated[int | None, typer.Option(min=0, help="Budget: replies.")]
MaxTokens = Annotated[int | None, typer.Option(min=0, help="Budget: tokens of questions and answers.")]
MaxCost = Annotated[float | None, typer.Option(min=0.0, help="Budget: money; needs --prices.")]
Deadline = Annotated[str | None, typer.Option(metavar="8h", help="Budget: time from now, as 90s, 30m or 8h.")]
Spent = Annotated[WhenSpent | None, typer.Option("--when-spent", help="What becomes of the rest then.")]
Replay = Annotated[
    Path | None, typer.Option(metavar="RUN", help="Take the answers of this run; ask a model only if one is given.")
]
KeepPictures = Annotated[
    bool, typer.Option("--keep-pictures/--no-keep-pictures", help="Keep what the model was shown, or only its hash.")
]


def bound_models(texts: Sequence[str] | None, path: Path | None, **everywhere: float | None) -> dict[str, ModelBinding]:
    """Return the model of each role: those of the file, those of the command line over them.

    Args:
        texts: ``URL#NAME`` or ``ROLE=URL#NAME``.
        path: A TOML file.
        everywhere: Fields of `ModelBinding` for all of them; None = as they are.

    Raises:
        SettingsError: If one cannot be used.
    """
    from behaviorvlm.chat.binding import bind_models
    from behaviorvlm.io.models_file import read_models

    bound = (read_models(path) if path else {}) | bind_models(texts or [])
    change = {key: value for key, value in everywhere.items() if value is not None}
    return {role: binding.model_copy(update=change) for role, binding in bound.items()}


def as_asking(
    *,
    prompts: Sequence[str] | None,
    prices: Path | None,
    deadline: str | None,
    **limits: object,
) -> Asking:
    """Return how models are asked.

    Args:
        prompts: ``NAME=PATH`` each.
        prices: A TOML file.
        deadline: As ``8h``.
        limits: Fields of `Asking`, as they are.

    Raises:
        InputError: If a file cannot be used.
    """
    from behaviorvlm.api.asking import Asking
    from behaviorvlm.io.prices import read_prices

    return Asking(
        prices=read_prices(prices) if prices else None,
        deadline_s=parse_duration(deadline) if deadline else None,
        prompts=dict(_prompt_text(one) for one in prompts or ()),
        environment=os.environ,
        **limits,  # type: ignore[arg-type]  # typer has checked them
    )


def parse_duration(text: str) -> float:
    """Return the seconds of a text such as ``90s``, ``30m`` or ``8h``.

    Raises:
        typer.BadParameter: If it is no such text.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|min|h|)", text.strip())
    if found is None:
        raise typer.BadParameter(f"{text!r} is no time such as 90s, 30m or 8h")
    return float(found[1]) * UNITS_S[found[2]]


def parse_share(text: str) -> float:
    """Return the share of a text such as ``5%`` or ``0.05``.

    Raises:
        typer.BadParameter: If it is no such text, or not between 0 and 1.
    """
    number = text.strip().removesuffix("%")
    try:
        share = float(number) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise typer.BadParameter(f"{text!r} is no share such as 5% or 0.05")
    return share


def _prompt_text(text: str) -> tuple[str, str]:
    from behaviorvlm.errors import PromptError

    name, equals, path = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is no NAME=PATH such as keypoint_assignment=mine.md")
    try:
        return name, Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"the prompt {name} cannot be read", where=path, actual=str(error)) from error
