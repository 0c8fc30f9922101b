"""``behaviorvlm pose run SESSION --run RUN``: from several videos to named 3D keypoints."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli import model_options as options
from behaviorvlm.cli.output import Json, print_json, say, stoppable
from behaviorvlm.cli.progress import shown_progress
from behaviorvlm.cli.spent_budget import spent_words

if TYPE_CHECKING:
    from behaviorvlm.api.asking import Asking
    from behaviorvlm.runs.store import PoseRun


WARNINGS = 5
"""Of a session's warnings, so many are said before a run."""


class Annotator(StrEnum):
    """Who answers stages 1 to 3."""

    GEOMETRIC = "geometric"
    VLM = "vlm"
    AUTO = "auto"


class Refine(StrEnum):
    """How stage 4 works."""

    PER_KEYPOINT = "per_keypoint"
    JOINT = "joint"


def parse_stages(text: str) -> tuple[int, ...]:
    """Return the stages of a text such as ``1,2,4``.

    Raises:
        typer.BadParameter: If it names anything but 1 to 4, each once.
    """
    stages = text.split(",")
    if len(set(stages)) < len(stages) or not set(stages) <= {"1", "2", "3", "4"}:
        raise typer.BadParameter(f"{text!r} is no list of stages such as 1,2,3,4")
    return tuple(sorted(int(stage) for stage in stages))


def parse_timepoints(text: str) -> tuple[int, int]:
    """Return first (included) and last (excluded) timepoint of a text such as ``0:500``.

    Raises:
        typer.BadParameter: If it is no such text.
    """
    start, colon, stop = text.partition(":")
    if not (colon and start.isdecimal() and stop.isdecimal() and int(start) < int(stop)):
        raise typer.BadParameter(f"{text!r} is no range such as 0:500 (first, and last that is left out)")
    return int(start), int(stop)


def run(
    *,
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="Session folder.")],
    run: Annotated[Path, typer.Option("--run", metavar="RUN", help="Run folder; a run in it is taken up again.")],
    annotator: Annotated[
        Annotator | None, typer.Option(help="Who answers stages 1 to 3; auto if a model is given, else geometric.")
    ] = None,
    stages: Annotated[
        str | None, typer.Option(metavar="1,2,3,4", help="Stages of the paper that run; all if not given.")
    ] = None,
    refine: Annotated[Refine | None, typer.Option(help="Stage 4: each keypoint by itself, or all at once.")] = None,
    refine_calibration: Annotated[
        bool, typer.Option("--refine-calibration", help="Adjust the cameras to the run's own settled points.")
    ] = False,
    timepoints: Annotated[str | None, typer.Option(metavar="A:B", help="From A to B, B left out.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one per core if not given.")] = None,
    model: options.Model = None,
    models: options.Models = None,
    temperature: options.Temperature = None,
    model_seed: options.Seed = None,
    max_answer_tokens: options.MaxAnswerTokens = None,
    max_pixels: options.MaxPixels = None,
    prompt: options.Prompt = None,
    attempts: options.Attempts = None,
    exemplar_lag: options.ExemplarLag = None,
    audit: options.Audit = None,
    prices: options.Prices = None,
    max_calls: options.MaxCalls = None,
    max_tokens: options.MaxTokens = None,
    max_cost: options.MaxCost = None,
    deadline: options.Deadline = None,
    when_spent: options.Spent = None,
    replay: options.Replay = None,
    keep_pictures: options.KeepPictures = True,
    as_json: Json = False,
) -> None:
    """Name the dots of SESSION and place them in 3D. The same command goes on where it was stopped."""
    bound = options.bound_models(
        model, models, temperature=temperature, seed=model_seed, max_tokens=max_answer_tokens, max_pixels=max_pixels
    )
    given = annotator.value if annotator else _usual_annotator(replay, asks=bool(bound))
    asked = {
        "annotator": given,
        "models": bound or None,
        "attempts": attempts,
        "exemplar_lag": exemplar_lag,
        "audit": audit and options.parse_share(audit),
        "when_spent": when_spent and when_spent.value,
        "stages": stages and parse_stages(stages),
        "refine": refine and refine.value,
        "refine_calibration": refine_calibration or None,
        "timepoints": timepoints and parse_timepoints(timepoints),
    }
    missing = given == "vlm" and when_spent is options.WhenSpent.MISSING
    rest = "The rest is missing" if missing else "Geometry did the rest"
    asking = options.as_asking(
        prompts=prompt, prices=prices, deadline=deadline, max_calls=max_calls, max_tokens=max_tokens,
        max_cost=max_cost, replay=replay, keep_pictures=keep_pictures,
        told=lambda why: say(spent_words(why, rest, run=run)),
    )  # fmt: skip
    kept = f"What was finished is kept in {run}; the same command goes on from there."
    with (
        stoppable(kept, as_json=as_json),
        _finished(session, run, asked=asked, asking=asking, workers=workers or available_cores()) as result,
    ):
        _show(result, as_json=as_json)


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _usual_annotator(replay: Path | None, *, asks: bool) -> str | None:
    """Return who answers if nobody is named: as in the run that is replayed, else ``auto`` where a model is given."""
    if replay is None:
        return "auto" if asks else None
    from behaviorvlm import api

    with api.open_run(replay) as before:
        return str(before.manifest.settings["annotator"])


def _finished(session: Path, run: Path, *, asked: Mapping[str, object], asking: Asking, workers: int) -> PoseRun:
    from behaviorvlm import api
    from behaviorvlm.api.checked_settings import checked_settings
    from behaviorvlm.pose.settings import PoseSettings

    settings = checked_settings(PoseSettings, asked, remedy="or say --annotator vlm, or --annotator geometric")
    opened = api.open_session(session)
    say(f"{opened.name}: {opened.n_timepoints} timepoints, {len(opened.cameras)} cameras; results go to {run}")
    _say_warnings(session)
    with shown_progress() as progress:
        return api.estimate_pose(opened, run=run, settings=settings, workers=workers, progress=progress, asking=asking)


def _say_warnings(session: Path) -> None:
    """Say what `check` would warn of: who did not run it should know before the hours, not after."""
    from behaviorvlm.evaluate.session_check import check_session

    warnings = [one for one in check_session(session).findings if one.level == "warning"]
    for one in warnings[:WARNINGS]:
        say(f"warning: {one.what}: {one.actual or one.where}")
    if warnings:
        more = f"{len(warnings) - WARNINGS} more, and " if len(warnings) > WARNINGS else ""
        say(f"  {more}what can be done: behaviorvlm check {session}")


def _show(run: PoseRun, *, as_json: bool) -> None:
    from behaviorvlm.cli.run_tables import print_summary
    from behaviorvlm.runs.summary import summarize

    summary = summarize(run)
    tables = sorted(str(path) for pattern in ("*.csv", "*.toml") for path in run.folder.glob(pattern))
    if as_json:
        print_json({**summary.model_dump(mode="json"), "files": tables})
    else:
        print_summary(summary)
        typer.echo("\n".join(["", "Results:", *(f"  {path}" for path in tables)]))
