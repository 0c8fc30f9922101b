"""``behaviorvlm report RUN``: a run as one page that needs no network, and its figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli import label_options as options
from behaviorvlm.cli.output import Json, RunFolder, print_json
from behaviorvlm.extras import require_figures

if TYPE_CHECKING:
    from behaviorvlm.evaluate.labelled_recording import LabelChoice
    from behaviorvlm.report.run_report import Report
    from behaviorvlm.runs.behavior_store import BehaviorRun
    from behaviorvlm.runs.store import PoseRun

WHICH = "--format, --stream, --individual, --map, --ignore and --background"


def report(
    run: RunFolder,
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The page; RUN/report.html if not given. Figures go beside it.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Of a pose run: the truth, laid out as simulate writes it.")
    ] = None,
    labels: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help=f"Of a behavior run. {options.LABELS}")
    ] = None,
    kind: options.Kind = None,
    stream: options.Stream = None,
    individual: options.Individual = None,
    map_file: options.MapFile = None,
    ignore: options.Ignore = None,
    background: options.Background = None,
    as_json: Json = False,
) -> None:
    """Write RUN as one HTML page that needs no network, and its figures as PNG and SVG.

    With the truth, or with a person's labels, also how far the run is from them.
    """
    chosen = (kind, stream, individual, map_file, ignore, background)
    _refuse(not labels and any(one is not None for one in chosen), f"{WHICH} need --labels")
    choice = options.label_choice(
        kind=kind, stream=stream, individual=individual, map_file=map_file, ignore=ignore, background=background
    )
    require_figures(where="report")
    from behaviorvlm import api
    from behaviorvlm.runs.behavior_store import BehaviorRun

    with api.open_any_run(run) as opened:
        if isinstance(opened, BehaviorRun):
            _refuse(truth is not None, "--truth is for pose runs; a behavior run takes --labels")
            written = _of_behavior(opened, out, labels=labels or [], choice=choice)
        else:
            _refuse(bool(labels), "--labels is for behavior runs; a pose run takes --truth")
            written = _of_poses(opened, out, truth)
    print_json(written) if as_json else _show(written)


def _of_behavior(run: BehaviorRun, out: Path | None, *, labels: list[Path], choice: LabelChoice) -> Report:
    from behaviorvlm.evaluate.behavior_run import evaluate_behavior
    from behaviorvlm.report.run_report import report_behavior

    scores = evaluate_behavior(run.folder, labels, choice=choice) if labels else None
    return report_behavior(run, out=out, scores=scores)


def _of_poses(run: PoseRun, out: Path | None, truth: Path | None) -> Report:
    from behaviorvlm.evaluate.keypoint_error import evaluate_pose
    from behaviorvlm.report.run_report import report_pose

    scores = None if truth is None else evaluate_pose(run.folder, truth)
    return report_pose(run, out=out, scores=scores)


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise typer.BadParameter(why)


def _show(written: Report) -> None:
    from behaviorvlm.report.run_report import figures_folder

    typer.echo(f"{written.page.path}  ({written.page.size_bytes / 1e6:.1f} MB)")
    if written.figures:
        megabytes = sum(one.size_bytes for one in written.figures) / 1e6
        folder = figures_folder(Path(written.page.path))
        typer.echo(f"{folder}  ({len(written.figures)} figures, {megabytes:.1f} MB)")
