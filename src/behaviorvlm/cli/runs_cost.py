"""``behaviorvlm runs cost RUN``: what was asked of models, and what it took."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from behaviorvlm.cli.output import Json, RunFolder, print_json


def cost(
    run: RunFolder,
    prices: Annotated[
        Path | None, typer.Option(metavar="TOML", help="Price table to use; else the one the run was given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show questions, calls, tokens, server time and cost of RUN, for each stage, role and model."""
    from behaviorvlm import api
    from behaviorvlm.cli.question_tables import print_cost
    from behaviorvlm.io.prices import read_prices
    from behaviorvlm.runs.answers_report import report_cost

    with api.open_any_run(run) as opened:
        report = report_cost(opened, prices=None if prices is None else read_prices(prices))
    print_json(report) if as_json else print_cost(report)
