"""``behaviorvlm behavior run INPUT... --run RUN``: from tracks and video to a named, described ethogram."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli import model_options as options
from behaviorvlm.cli.output import Json, print_json, say, stoppable
from behaviorvlm.cli.progress import shown_progress
from behaviorvlm.cli.spent_budget import spent_words
from behaviorvlm.extras import require_figures

if TYPE_CHECKING:
    from behaviorvlm.api.asking import Asking
    from behaviorvlm.api.behavior import BehaviorFiles
    from behaviorvlm.io.recordings import RecordingFile
    from behaviorvlm.runs.behavior_store import BehaviorRun

FEATURES = ("keypoints", "visual")


class Annotator(StrEnum):
    """Who describes clips and merges segments."""

    KINEMATIC = "kinematic"
    VLM = "vlm"


class Centroids(StrEnum):
    """Whose clusters are whose."""

    SHARED = "shared"
    PER_ANIMAL = "per_animal"


class WhenSpent(StrEnum):
    """What becomes of the rest once the budget is spent."""

    KINEMATIC = "kinematic"
    MISSING = "missing"


def parse_features(text: str) -> tuple[str, ...]:
    """Return the blocks of a text such as ``keypoints,visual``.

    Raises:
        typer.BadParameter: If it names anything else, or nothing.
    """
    blocks = tuple(dict.fromkeys(text.split(",")))
    if not set(blocks) <= set(FEATURES):
        raise typer.BadParameter(f"{text!r} is no list of {', '.join(FEATURES)}")
    return blocks


def run(
    *,
    inputs: Annotated[
        list[Path],
        typer.Argument(metavar="INPUT...", help="Files of tracks, videos, or a project TOML that lists them."),
    ],
    run: Annotated[Path, typer.Option("--run", metavar="RUN", help="Run folder; a run in it is taken up again.")],
    video: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Video of the tracks, in their order; may be repeated.")
    ] = None,
    fps: Annotated[
        float | None, typer.Option(min=0.01, help="Frames per second; needed where there is no video.")
    ] = None,
    px_per_mm: Annotated[float | None, typer.Option(min=1e-6, help="Scale of the picture.")] = None,
    roles: Annotated[
        Path | None, typer.Option(metavar="TOML", help="What each keypoint is for; guessed by name if not given.")
    ] = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Points of less are missing; as usual for the kind of file if not given."),
    ] = None,
    features: Annotated[
        str | None, typer.Option(metavar="keypoints,visual", help="What is measured; keypoints where there are tracks.")
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of visual features: plain, efficientnet-lite0 or a model folder."),
    ] = None,
    clusters: Annotated[int | None, typer.Option(min=2, max=200, help="For each animal; 10 if not given.")] = None,
    centroids: Annotated[Centroids | None, typer.Option(help="Whether animals share their clusters.")] = None,
    min_bout: Annotated[float | None, typer.Option(metavar="S", help="Shortest segment; 1 s if not given.")] = None,
    max_bout: Annotated[float | None, typer.Option(metavar="S", help="Longest segment; 5 s if not given.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything random.")] = None,
    fitted: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Take scales and clusters of this run, so that numbers agree.")
    ] = None,
    vocabulary: Annotated[
        Path | None, typer.Option(metavar="TOML", help="Your behaviors and their definitions.")
    ] = None,
    exemplars: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Bouts you named, some three for each behavior.")
    ] = None,
    thresholds: Annotated[
        Path | None, typer.Option(metavar="TOML", help="Thresholds of the kinematic annotator.")
    ] = None,
    annotator: Annotated[
        Annotator | None, typer.Option(help="Who describes clips; vlm if a model is given, else kinematic.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads of clustering where there are many rows; 1 if not given.")
    ] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Draw the ethogram, clusters, contact sheets, the video.")
    ] = True,
    model: options.Model = None,
    models: options.Models = None,
    temperature: options.Temperature = None,
    model_seed: options.Seed = None,
    max_answer_tokens: options.MaxAnswerTokens = None,
    max_pixels: options.MaxPixels = None,
    prompt: options.Prompt = None,
    attempts: options.Attempts = None,
    prices: options.Prices = None,
    max_calls: options.MaxCalls = None,
    max_tokens: options.MaxTokens = None,
    max_cost: options.MaxCost = None,
    deadline: options.Deadline = None,
    when_spent: Annotated[WhenSpent | None, typer.Option(help="What becomes of the rest then.")] = None,
    replay: options.Replay = None,
    keep_pictures: options.KeepPictures = True,
    as_json: Json = False,
) -> None:
    """Name what the animals of INPUT do, and when. The same command goes on where it was stopped."""
    if pictures:
        require_figures(where="behavior run", instead="draw none: --no-pictures")
    bound = options.bound_models(
        model, models, temperature=temperature, seed=model_seed, max_tokens=max_answer_tokens, max_pixels=max_pixels
    )
    given = annotator.value if annotator else ("vlm" if bound or replay else None)
    asked = {
        "annotator": given,
        "models": bound or None,
        "attempts": attempts,
        "when_spent": when_spent and when_spent.value,
        "features": features and parse_features(features),
        "encoder": encoder,
        "clusters": clusters,
        "centroids": centroids and centroids.value,
        "min_bout_s": min_bout,
        "max_bout_s": max_bout,
        "seed": seed,
    }
    rest = "The rest is missing" if when_spent is WhenSpent.MISSING else "Measured facts describe the rest"
    asking = options.as_asking(
        prompts=prompt, prices=prices, deadline=deadline, max_calls=max_calls, max_tokens=max_tokens,
        max_cost=max_cost, replay=replay, keep_pictures=keep_pictures,
        told=lambda why: say(spent_words(why, rest, run=run)),
    )  # fmt: skip
    from behaviorvlm.api.behavior import BehaviorFiles

    files = BehaviorFiles(
        inputs=tuple(inputs), videos=tuple(video or ()), frame_rate_hz=fps, px_per_mm=px_per_mm, roles=roles,
        min_confidence=min_confidence, vocabulary=vocabulary, exemplars=exemplars, thresholds=thresholds, fitted=fitted,
    )  # fmt: skip
    kept = f"What was finished is kept in {run}; the same command goes on from there."
    with stoppable(kept, as_json=as_json):
        found = _found(files, run)
        with _finished(found, files, run=run, asked=asked, asking=asking, workers=workers or 1) as result:
            drawn = _drawn(result, found) if pictures else []
            _show(result, drawn, as_json=as_json)


def _found(files: BehaviorFiles, run: Path) -> list[RecordingFile]:
    from behaviorvlm.api import behavior

    found = behavior.find_recordings(files)
    say(f"{len(found)} recording{'s' * (len(found) > 1)}; results go to {run}")
    return found


def _finished(
    found: list[RecordingFile],
    files: BehaviorFiles,
    *,
    run: Path,
    asked: Mapping[str, object],
    asking: Asking,
    workers: int,
) -> BehaviorRun:
    from behaviorvlm.api import behavior
    from behaviorvlm.api.checked_settings import checked_settings
    from behaviorvlm.behavior.settings import BehaviorSettings

    settings = checked_settings(BehaviorSettings, asked)
    with shown_progress() as progress:
        return behavior.segment_behavior(
            found, run=run, settings=settings, files=files, workers=workers, progress=progress, asking=asking
        )


def _drawn(run: BehaviorRun, found: list[RecordingFile]) -> list[Path]:
    from behaviorvlm.report.behavior_pictures import draw_behavior

    opened = {one.name: one.open for one in found}
    with shown_progress() as progress:
        return draw_behavior(run, lambda name: opened[name](), progress=progress)


def _show(run: BehaviorRun, drawn: list[Path], *, as_json: bool) -> None:
    from behaviorvlm.cli.behavior_tables import print_behavior_summary
    from behaviorvlm.runs.behavior_summary import summarize_behavior

    summary = summarize_behavior(run)
    tables = sorted(str(path) for pattern in ("*.csv", "*.toml") for path in run.folder.glob(pattern))
    files = [*tables, *map(str, drawn)]
    if as_json:
        print_json({**summary.model_dump(mode="json"), "files": files})
    else:
        print_behavior_summary(summary)
        typer.echo("\n".join(["", "Results:", *(f"  {path}" for path in files)]))
