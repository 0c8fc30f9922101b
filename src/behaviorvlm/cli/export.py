"""``behaviorvlm export RUN --to FORMAT --out PATH``: a run as other tools read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from behaviorvlm.cli.output import Json, RunFolder, print_json, say
from behaviorvlm.io.file_format import ExportOptions

if TYPE_CHECKING:
    from behaviorvlm.api.export import Exported

USUAL = ExportOptions()
Channel = Annotated[str, typer.Option(help="The videos that pictures are taken from; visible if there is one.")]
MaxFrames = Annotated[
    int, typer.Option(min=1, help="Formats with pictures: at most so many timepoints, spread over the recording.")
]
Scorer = Annotated[str, typer.Option(help="Who labelled, as the file says it.")]


def export(
    run: RunFolder,
    *,
    to: Annotated[str, typer.Option(metavar="FORMAT", help="`behaviorvlm formats` lists them.")],
    out: Annotated[Path, typer.Option(metavar="PATH", help="The file or folder to write.")],
    max_error_px: Annotated[float | None, typer.Option(min=0, help="Points: reprojection error at most.")] = None,
    min_views: Annotated[int | None, typer.Option(min=1, help="Points: views at least.")] = None,
    min_margin: Annotated[float | None, typer.Option(min=0, help="Points: margin at least, nats.")] = None,
    min_confidence: Annotated[float | None, typer.Option(min=0, max=1, help="Points or bouts.")] = None,
    only: Annotated[Literal["corrected"] | None, typer.Option(help="Points: what a person corrected.")] = None,
    min_duration: Annotated[float | None, typer.Option(min=0, metavar="S", help="Bouts: seconds at least.")] = None,
    channel: Channel = USUAL.channel,
    max_frames: MaxFrames = USUAL.max_frames,
    scorer: Scorer = USUAL.scorer,
    as_json: Json = False,
) -> None:
    """Write RUN, corrections included, as another tool reads it; what does not pass the thresholds is missing there."""
    from behaviorvlm.api.export import export_run
    from behaviorvlm.runs.bout_filter import BoutFilter
    from behaviorvlm.runs.manifest import BEHAVIOR, pipeline_of
    from behaviorvlm.runs.quality_filter import QualityFilter

    of_points = max_error_px is not None or min_views is not None or min_margin is not None or only is not None
    is_behavior = pipeline_of(run) == BEHAVIOR
    _refuse(is_behavior and of_points, "--max-error-px, --min-views, --min-margin and --only are for pose runs")
    _refuse(not is_behavior and min_duration is not None, "--min-duration is for behavior runs")
    written = export_run(
        run,
        out,
        to=to,
        points=QualityFilter(max_error_px, min_views, min_margin, min_confidence, only == "corrected"),
        bouts=BoutFilter(min_confidence, min_duration),
        options=ExportOptions(channel, max_frames, scorer),
    )
    show(written, as_json=as_json)


def show(written: Exported, *, as_json: bool) -> None:
    """Say what was written where, and what the format could not hold."""
    if as_json:
        print_json({name: getattr(written, name) for name in ("paths", "format", "content", "loses", "notes")})
        return
    for path in written.paths[:20]:
        typer.echo(path)
    if len(written.paths) > 20:
        typer.echo(f"... {len(written.paths) - 20} more")
    for note in written.notes:
        say(note)
    if written.loses not in ("", "nothing"):
        say(f"{written.format} does not hold: {written.loses}.")


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise typer.BadParameter(why)
