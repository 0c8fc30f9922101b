"""The ledger of what was asked of models, in words: the same on a terminal and on a page."""

from __future__ import annotations

from behaviorvlm.report.written_numbers import duration, money
from behaviorvlm.runs.answers_report import CostReport
from behaviorvlm.runs.answers_rows import LedgerTotals

NO_MODEL = "No model was asked in this run."
LEDGER_TITLES = ("questions", "calls", "refused", "prompt tokens", "answer tokens", "server time")
"""Of `ledger_cells`, but for the last, the cost."""


def ledger_cells(row: LedgerTotals) -> tuple[str, ...]:
    """Return the numbers of a row of the ledger."""
    counts = (row.questions, row.calls, row.refused, row.prompt_tokens, row.answer_tokens)
    return (*(f"{count:,}" for count in counts), duration(row.seconds), money(row.cost))


def ledger_remarks(report: CostReport) -> list[str]:
    """Return what a reader of the ledger should know."""
    each = report.calls_per_timepoint
    remarks = [f"Server time is the sum over calls, also of those side by side: {report.server_hours:.2f} hours."]
    if each is not None and report.timepoints_done is not None:
        remarks.append(f"{each:.2f} calls for each of {report.timepoints_done:,} timepoints done.")
    if report.totals.unpriced:
        remarks.append(f"{report.totals.unpriced:,} calls have no price and no part in the cost: see --prices.")
    elif not report.currency:
        remarks.append("Cost is in the currency of the price table that the run was given.")
    return remarks
