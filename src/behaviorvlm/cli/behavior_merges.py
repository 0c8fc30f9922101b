"""``behaviorvlm behavior merges RUN``: which segments were merged, why; and taken apart again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli.author import author
from behaviorvlm.cli.output import Json, RunFolder, print_json, results_console, say

if TYPE_CHECKING:
    from behaviorvlm.runs.behavior_reader import Values

LIMIT = 50


def parse_merge(text: str) -> tuple[str, int]:
    """Return recording and number of a text such as ``session1:12``.

    Raises:
        typer.BadParameter: If it is no such text.
    """
    recording, colon, number = text.rpartition(":")
    if not (recording and colon and number.isdecimal()):
        raise typer.BadParameter(f"{text!r} is no RECORDING:NUMBER as in merges.csv")
    return recording, int(number)


def merges(
    run: RunFolder,
    *,
    undo: Annotated[
        list[str] | None, typer.Option(metavar="RECORDING:N", help="Take this merge apart; may be repeated.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    behavior: Annotated[str | None, typer.Option(help="Show merges of this behavior only.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = LIMIT,
    as_json: Json = False,
) -> None:
    """List how the segments of RUN were merged, with reasons; or undo merges, and make bouts and tables anew."""
    from behaviorvlm.api import behavior as pipeline
    from behaviorvlm.runs.behavior_reader import BehaviorReader
    from behaviorvlm.runs.behavior_store import BehaviorRun

    if undo:
        chosen = [parse_merge(one) for one in undo]
        pipeline.undo_merges(run, chosen, author=author(), reason=reason).close()
        say(f"Undone: {', '.join(undo)}. Bouts and tables in {run} are made anew; draw pictures with behavior run.")
    with BehaviorRun.open(run) as opened:
        rows = [one for one in BehaviorReader(opened).joined() if behavior in (None, one["behavior"])]
    if as_json:
        print_json({"run": str(run), "total": len(rows), "merges": rows[:limit]})
    else:
        _print(rows, limit)


def _print(rows: list[Values], limit: int) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("merge", "individual", "behavior", "target", "segments", "undone", "by", "reason")
    for one in rows[:limit]:
        first, last = one["segments"][0], one["segments"][-1]
        words = (one["merge"], one["individual"], one["behavior"], one["target"], f"{first} to {last}")
        table.add_row(*map(Text, words), "yes" if one["undone"] else "", one["source"], Text(one["reason"]))
    console = results_console()
    if rows:
        console.print(table)
    console.print(f"{min(limit, len(rows))} of {len(rows)} merges of two segments or more.", highlight=False)
