"""``behaviorvlm runs show RUN``: how a run stands as a whole, or one view of it stage by stage."""

from __future__ import annotations

from typing import Annotated

import typer

from behaviorvlm.cli.output import Json, RunFolder, print_json


def show(
    *,
    run: RunFolder,
    timepoint: Annotated[int | None, typer.Option(min=0, help="Show one timepoint; needs --view.")] = None,
    view: Annotated[str | None, typer.Option(metavar="CAMERA", help="Show one view; needs --timepoint.")] = None,
    as_json: Json = False,
) -> None:
    """Show what RUN was asked, how far it is and how well it went, also while it goes on; or one of its views."""
    if (timepoint is None) != (view is None):
        raise typer.BadParameter("--timepoint and --view go together")
    from behaviorvlm import api
    from behaviorvlm.cli.run_tables import print_summary, print_view
    from behaviorvlm.runs.summary import summarize
    from behaviorvlm.runs.view_report import report_view

    with api.open_run(run) as opened:
        if timepoint is None or view is None:
            summary = summarize(opened)
            print_json(summary) if as_json else print_summary(summary)
        else:
            report = report_view(opened, timepoint=timepoint, camera=view)
            print_json(report) if as_json else print_view(report)
