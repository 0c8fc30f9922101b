"""``behaviorvlm runs show RUN``: how a run stands, one view stage by stage, or the questions put to a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from behaviorvlm.cli.output import Json, RunFolder, print_json

if TYPE_CHECKING:
    from behaviorvlm.runs.run_folder import RunFolder as AnyRun

LIMIT = 50


def show(
    *,
    run: RunFolder,
    timepoint: Annotated[int | None, typer.Option(min=0, help="Show one timepoint; with --view.")] = None,
    view: Annotated[str | None, typer.Option(metavar="CAMERA", help="Show one view; with --timepoint.")] = None,
    questions: Annotated[
        bool, typer.Option("--questions", help="List questions to a model; of a --timepoint, a --view, or all.")
    ] = False,
    stage: Annotated[str | None, typer.Option(help="With --questions: of this stage.")] = None,
    role: Annotated[str | None, typer.Option(help="With --questions: to this role.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"With --questions: at most so many; {LIMIT} if not given.")
    ] = None,
    question: Annotated[
        str | None, typer.Option(metavar="KEY", help="Show one question whole; the first digits of its key will do.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="With --question: write its pictures there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what RUN was asked, how far it is and how well it went, also while it goes on.

    Or one of its views, or the questions that were put to a model.
    """
    listing, whole = (stage, role, limit), question is not None
    _refuse(not questions and any(each is not None for each in listing), "--stage, --role and --limit need --questions")
    _refuse(not whole and pictures is not None, "--pictures needs --question")
    _refuse(whole and (questions or timepoint is not None or view is not None), "--question goes alone")
    _refuse(not questions and (timepoint is None) != (view is None), "--timepoint and --view go together")
    from behaviorvlm import api

    with api.open_any_run(run) as opened:
        if question is not None:
            _show_question(opened, question, pictures=pictures, as_json=as_json)
        elif questions:
            words = {"timepoint": timepoint, "camera": view}
            about = [f"{name}={value}" for name, value in words.items() if value is not None]
            _show_questions(opened, stage=stage, role=role, about=about, limit=limit or LIMIT, as_json=as_json)
        elif timepoint is None or view is None:
            _show_summary(opened, as_json=as_json)
        else:
            _show_view(opened, timepoint, view, as_json=as_json)


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise typer.BadParameter(why)


def _show_summary(run: AnyRun[Any], *, as_json: bool) -> None:
    from behaviorvlm.runs.store import PoseRun

    if isinstance(run, PoseRun):
        from behaviorvlm.cli.run_tables import print_summary
        from behaviorvlm.runs.summary import summarize

        summary = summarize(run)
        print_json(summary) if as_json else print_summary(summary)
    else:
        from behaviorvlm.cli.behavior_tables import show_behavior

        show_behavior(run, as_json=as_json)


def _show_view(run: AnyRun[Any], timepoint: int, camera: str, *, as_json: bool) -> None:
    from behaviorvlm.cli.run_tables import print_view
    from behaviorvlm.runs.store import PoseRun
    from behaviorvlm.runs.view_report import report_view

    if not isinstance(run, PoseRun):
        raise typer.BadParameter("--timepoint and --view are for pose runs; a behavior run has its segments.csv")
    report = report_view(run, timepoint=timepoint, camera=camera)
    print_json(report) if as_json else print_view(report)


def _show_questions(
    run: AnyRun[Any], *, stage: str | None, role: str | None, about: list[str], limit: int, as_json: bool
) -> None:
    from behaviorvlm.cli.question_tables import print_questions
    from behaviorvlm.report.ledger_words import NO_MODEL
    from behaviorvlm.runs.answers_report import list_questions

    listed = list_questions(run, stage=stage, role=role, about=about, limit=limit)
    if as_json:
        print_json(listed)
    elif run.answers is None:
        typer.echo(NO_MODEL)
    else:
        print_questions(listed)


def _show_question(run: AnyRun[Any], key: str, *, pictures: Path | None, as_json: bool) -> None:
    from behaviorvlm.cli.question_tables import question_text
    from behaviorvlm.runs.answers_report import report_question

    report = report_question(run, key, pictures=pictures)
    # as values first: a raw reply may hold what has no place in UTF-8
    print_json(report.model_dump(mode="json")) if as_json else typer.echo(question_text(report))
