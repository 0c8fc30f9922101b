"""What any report says of its run: what was asked, of which files, by which versions, of which models, at what cost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from behaviorvlm.markup import Markup, element, facts, folded, joined, table
from behaviorvlm.report.ledger_words import LEDGER_TITLES, NO_MODEL, ledger_cells, ledger_remarks
from behaviorvlm.report.page import Section, paragraphs
from behaviorvlm.report.written_numbers import duration, money
from behaviorvlm.runs.answers_report import CostReport, report_cost
from behaviorvlm.runs.manifest import Manifest
from behaviorvlm.runs.run_folder import RunFolder

MOST_FILES = 8
"""More are folded away."""
KEPT_APART = ("models", "prompts", "thresholds")
"""Settings that are tables of their own."""


def run_section(run: RunFolder[Any]) -> Section:
    """Return what was run: the last part of every report."""
    manifest = run.manifest
    settings = {name: value for name, value in manifest.settings.items() if name not in KEPT_APART}
    versions = [(f"{name} (hash)" if name == "code" else name, value) for name, value in manifest.versions.items()]
    rest = [name for name in KEPT_APART if manifest.settings.get(name)]
    return Section(
        "run",
        "What was run",
        (
            facts([("run folder", _code(str(run.folder.absolute()))), ("begun", manifest.created_at)]),
            element("h3", "Settings"),
            facts([(name, _code(_written(value))) for name, value in settings.items()], many=True),
            *(folded(name, facts(list(_leaves(manifest.settings[name])), many=True)) for name in rest),
            element("h3", "What was asked of models"),
            _ledger(report_cost(run)),
            element("h3", "Files it rests on"),
            _files(manifest),
            element("h3", "Versions"),
            facts([(name, _code(value)) for name, value in versions], many=True),
            paragraphs(joined("Whether the folder is still what was written: ", _code("behaviorvlm runs verify RUN"))),
        ),
    )


def _files(manifest: Manifest) -> Markup:
    rows = [
        (role, _code(file.path), f"{file.size_bytes:,}", _code(file.sha256)) for role, file in manifest.inputs.items()
    ]
    nothing = "No files: the run was given what it worked on in memory."
    titles = ("what", "file", "bytes", "SHA-256 when the run began")
    filled = table(titles, rows, words=(0, 1, 3), nothing=nothing)
    return folded(f"all {len(rows)} files", filled) if len(rows) > MOST_FILES else filled


def models_in_words(run: RunFolder[Any]) -> str:
    """Return which models were asked, or who answered instead."""
    names = dict.fromkeys(str(one["name"]) for one in run.manifest.settings.get("models", {}).values())
    return ", ".join(names) or f"no model: {run.manifest.settings.get('annotator', 'unknown')} annotator"


def cost_in_words(run: RunFolder[Any]) -> tuple[str, str]:
    """Return what models cost, and of how many calls, as a figure and its words."""
    totals = report_cost(run).totals
    if not totals.calls:
        return "0", "calls to a model"
    calls = f"{totals.calls:,} calls to a model, {duration(totals.seconds)} of server time"
    return (money(totals.cost), f"cost of {calls}") if totals.cost is not None else (f"{totals.calls:,}", calls)


def _ledger(report: CostReport) -> Markup:
    rows = [(row.stage, row.role, row.model, *ledger_cells(row)) for row in report.ledger]
    total = [("all", "", "", *ledger_cells(report.totals))] if len(rows) > 1 else []
    titles = ("stage", "role", "model", *LEDGER_TITLES, "cost")
    remarks = paragraphs(*ledger_remarks(report)) if rows else None
    return joined(table(titles, [*rows, *total], words=(0, 1, 2), nothing=NO_MODEL), remarks)


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Markup]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _code(_written(value))


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _code(text: str) -> Markup:
    return element("code", text)
