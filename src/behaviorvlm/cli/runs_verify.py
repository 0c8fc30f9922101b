"""``behaviorvlm runs verify RUN``: is the run folder still what was written?"""

from __future__ import annotations

import typer

from behaviorvlm.cli.output import FAILED, Json, RunFolder, print_json


def verify(run: RunFolder, as_json: Json = False) -> None:
    """Take every hash of RUN again and make its tables again. Exit code 1 if anything is not as it was written."""
    from behaviorvlm import api
    from behaviorvlm.runs.verify import verify_run

    with api.open_any_run(run) as opened:
        report = verify_run(opened)
    if as_json:
        print_json(report)
    else:
        asked = f", {report.answers} answers of models, {report.pictures} pictures" if report.answers else ""
        counts = f"{report.inputs} inputs, {report.results} results{asked} and {report.tables} tables"
        typer.echo(f"Checked {counts} of {run}.")
        typer.echo("\n".join(report.problems) or "All is as it was written.")
    if report.problems:
        raise typer.Exit(FAILED)
