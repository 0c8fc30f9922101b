"""A run's summary and views as tables for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from behaviorvlm.cli.output import results_console
from behaviorvlm.report.written_numbers import number, percent

if TYPE_CHECKING:
    from rich.table import Table

    from behaviorvlm.runs.decisions import DecisionCounts
    from behaviorvlm.runs.summary import RunSummary
    from behaviorvlm.runs.view_report import KeypointRow, ViewReport

DOUBTS = {"side": "doubts of side", "dot": "doubts of a dot", "audit": "audit questions"}
"""Kinds of decisions as a reader knows them."""


def print_summary(summary: RunSummary) -> None:
    """Print what was asked of a run, how far it is and how well it went."""
    from rich.text import Text

    console = results_console()
    plain = {name: value for name, value in summary.settings.items() if name not in ("models", "prompts")}
    settings = ", ".join(f"{name} {json.dumps(value)}" for name, value in plain.items())
    done = f"{summary.timepoints_done} of {summary.timepoints_asked} timepoints, {len(summary.cameras)} cameras"
    lines = {
        "run": summary.run,
        "session": summary.session,
        "made by": f"behaviorvlm {summary.behaviorvlm}, begun {summary.created_at}",
        "asked": settings,
        "done": done,
        "keypoints placed": percent(summary.share_named),
        "with a flag": percent(summary.share_flagged),
        "mean error": number(summary.mean_error_px, "px"),
        "median margin": number(summary.median_margin, "nats"),
    }
    lines |= _models(summary.settings.get("models", {}))
    if summary.model_calls:
        each = number(summary.model_calls_per_timepoint, "calls to a model for each timepoint")
        lines["asked of models"] = f"{each}; see runs cost"
    lines |= _asked_of_models(summary)
    for camera, (before, after) in summary.calibration_residuals_px.items():
        lines[f"refined {camera}"] = f"{before:.3f} px before, {after:.3f} px after"
    for title, text in lines.items():
        console.print(Text.assemble((f"{title:<18}", "bold"), text), soft_wrap=True)
    if summary.worst:
        console.print(_worst(summary))


def print_view(report: ViewReport) -> None:
    """Print one view: its candidates, its boxes, and each keypoint through the stages."""
    from rich.table import Table
    from rich.text import Text

    console = results_console()
    candidates = Table("number", "x px", "y px", "brightness DN", "size px", "flags", title="Candidates")
    for row in report.candidates:
        cells = (str(row.number), number(row.x_px), number(row.y_px), number(row.brightness), number(row.size_px))
        candidates.add_row(*cells, row.flags)
    boxes = Table("region", "x px", "y px", title="Body regions (stage 1)")
    for box in report.boxes:
        sides = f"{box.x_min_px:.0f} to {box.x_max_px:.0f}", f"{box.y_min_px:.0f} to {box.y_max_px:.0f}"
        boxes.add_row(Text(box.region), *sides)
    titles = ("keypoint", "stage 2", "stage 3", "final", "x y z mm", "error px", "views", "margin", "runner-up mm")
    keypoints = Table(*titles, "flags, reason", title="Keypoints: candidate number after each stage, and the position")
    for keypoint in report.keypoints:
        keypoints.add_row(*map(Text, _keypoint_cells(keypoint)))
    console.print(Text(f"timepoint {report.timepoint}, {report.camera}", style="bold"))
    for table in (candidates, boxes, keypoints):
        console.print(table)


def _models(bindings: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """Return the models and their roles, by title: the roles are left out where one model plays all."""
    roles: dict[str, list[str]] = {}
    for role, binding in bindings.items():
        roles.setdefault(f"{binding['url']}#{binding['name']}", []).append(role)
    every = len(roles) == 1
    told = "; ".join(model if every else f"{', '.join(names)}: {model}" for model, names in roles.items())
    return {"models": told} if told else {}


def _asked_of_models(summary: RunSummary) -> dict[str, str]:
    """Return what ``auto`` asked and an audit found, and what the budget left out, by title."""
    lines = {DOUBTS[kind]: _counted(counts) for kind, counts in summary.decisions.items()}
    if summary.audit is not None:
        audit = summary.audit
        lines["audit"] = (
            f"model and geometry disagree in {audit.disagreed} of {audit.answered} settled dots: "
            f"{percent(audit.share)}, 95 % confidence interval {percent(audit.lowest)} to {percent(audit.highest)}"
        )
    if summary.timepoints_unasked:
        instead = "left missing" if summary.settings["when_spent"] == "missing" else "answered by geometry"
        lines["budget spent"] = f"{summary.timepoints_unasked} timepoints not asked about, {instead}"
    return lines


def _counted(counts: DecisionCounts) -> str:
    return (
        f"{counts.asked} questions: {counts.agreed} as geometry, {counts.other} the other reading, "
        f"{counts.neither} neither, {counts.unanswered} without an answer"
    )


def _worst(summary: RunSummary) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("timepoint", "placed", "mean error px", "lowest margin", "flags", title="Look here first")
    for quality in summary.worst:
        flags = ", ".join(f"{name}: {raised}" for name, raised in quality.doubtful.items())
        placed = f"{quality.named} of {len(summary.keypoints)}"
        figures = (number(quality.mean_error_px), number(quality.lowest_margin))
        table.add_row(str(quality.timepoint), placed, *figures, Text(flags))
    return table


def _keypoint_cells(row: KeypointRow) -> tuple[str, ...]:
    numbers = ("-" if value is None else str(value) for value in (row.assigned, row.reconciled, row.final))
    return (
        row.keypoint,
        *numbers,
        _place(row.point_mm),
        number(row.error_px),
        str(row.views_used),
        number(row.margin),
        _place(row.runner_up_mm),
        "; ".join(text for text in (row.flags, row.reason) if text),
    )


def _place(point: tuple[float, float, float] | None) -> str:
    return "-" if point is None else " ".join(f"{value:.1f}" for value in point)
