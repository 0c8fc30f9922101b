"""``behaviorvlm doctor``: what this machine and a model server can do, and what to start otherwise."""

from __future__ import annotations

from typing import Annotated

import typer

from behaviorvlm.cli.output import FAILED, Json, print_json, say


def doctor(
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="URL#NAME", help="A model, also ROLE=URL#NAME or a folder; may be given several times."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what can be used: versions, disk, and what a model can do, found by asking it some 30 short questions.

    Without --model it looks at BEHAVIORVLM_MODEL, else at the usual ports of this machine. Exit code 1 if a model that
    was named cannot be used.
    """
    import os

    from behaviorvlm.cli.doctor_report import examine
    from behaviorvlm.cli.doctor_tables import print_report

    report = examine(model or (), environment=os.environ, say=say)
    print_json(report) if as_json else print_report(report)
    if not report.usable:
        raise typer.Exit(FAILED)
