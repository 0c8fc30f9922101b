"""A behavior run, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from behaviorvlm.cli.output import print_json, results_console

if TYPE_CHECKING:
    from behaviorvlm.runs.behavior_summary import BehaviorSummary

LONGEST_DEFINITION = 90


def show_behavior(run: Any, *, as_json: bool) -> None:  # noqa: ANN401  (any run folder; only behavior runs get here)
    """Print how a behavior run stands."""
    from behaviorvlm.runs.behavior_summary import summarize_behavior

    summary = summarize_behavior(run)
    print_json(summary) if as_json else print_behavior_summary(summary)


def print_behavior_summary(summary: BehaviorSummary) -> None:
    """Print what was found: a row for each behavior."""
    from rich.table import Table
    from rich.text import Text

    console = results_console()
    state = "finished" if summary.finished else "not finished: give the command that made it again"
    console.print(f"{summary.run}: {summary.recordings} recordings, {state}", highlight=False, soft_wrap=True)
    if summary.finished:
        undone = f", {summary.undone} merges undone" if summary.undone else ""
        line = f"{summary.segments:,} segments merged to {summary.merges:,} groups{undone}"
        console.print(line, highlight=False)
    if summary.behaviors:
        table = Table("behavior", title="Ethogram", title_justify="left")
        for title in ("bouts", "time", "share", "median"):
            table.add_column(title, justify="right")
        table.add_column("definition")
        for one in summary.behaviors:
            numbers = (f"{one.bouts:,}", f"{one.seconds:,.1f} s", f"{one.share:.1%}", f"{one.median_s:.2f} s")
            table.add_row(Text(one.behavior), *numbers, Text(_short(one.definition)))
        console.print(table)
    for reason, names in _by_reason(summary.impossible).items():
        console.print(f"Impossible to tell ({reason}): {', '.join(names)}", highlight=False, soft_wrap=True)
    for name, notes in summary.notes.items():
        for note in notes:
            console.print(f"Note on {name}: {note}", highlight=False, soft_wrap=True)
    if summary.model_calls:
        console.print(f"{summary.model_calls:,} calls to a model: see runs cost.", highlight=False)


def _by_reason(impossible: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, reason in impossible.items():
        found.setdefault(reason, []).append(name)
    return found


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_DEFINITION else text[: LONGEST_DEFINITION - 1].rstrip() + "…"
