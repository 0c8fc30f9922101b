"""The questions of a run, and what they took, for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from behaviorvlm.cli.output import results_console

if TYPE_CHECKING:
    from behaviorvlm.chat.record import Attempt
    from behaviorvlm.runs.answers_report import CostReport, QuestionList, QuestionReport
    from behaviorvlm.runs.answers_rows import LedgerTotals

NO_MODEL = "No model was asked in this run."
KEY_DIGITS = 12
"""Of a key, as tables show it: enough for a billion questions."""


def print_cost(report: CostReport) -> None:
    """Print the ledger: a row for each stage, role and model, and one for all."""
    from rich.table import Table
    from rich.text import Text

    console = results_console()
    if not report.ledger:
        console.print(NO_MODEL)
        return
    titles = ("questions", "calls", "refused", "prompt tokens", "answer tokens", "server time")
    table = Table("stage", "role", "model", title="What was asked of models", title_justify="left")
    for title in (*titles, f"cost {report.currency}".strip()):
        table.add_column(title, justify="right")
    for row in report.ledger:
        table.add_row(Text(row.stage), Text(row.role), Text(row.model), *_sums(row))
    table.add_section()
    table.add_row("all", "", "", *_sums(report.totals), style="bold")
    console.print(table)
    for line in _remarks(report):
        console.print(line, highlight=False, soft_wrap=True)


def print_questions(listed: QuestionList) -> None:
    """Print a row for each question."""
    from rich.table import Table
    from rich.text import Text

    console = results_console()
    table = Table("key", "stage", "role", "about", "model", "status", "calls", "tokens", "server time")
    for row in listed.questions:
        names = (row.key[:KEY_DIGITS], row.stage, row.role, row.about, row.model, row.status)
        tokens = f"{row.prompt_tokens:,} + {row.answer_tokens:,}"
        table.add_row(*map(Text, names), str(row.calls), tokens, duration(row.seconds))
    if listed.questions:
        console.print(table)
    console.print(f"{len(listed.questions)} of {listed.total:,} questions.", highlight=False)
    if len(listed.questions) < listed.total:
        hint = "See more with --limit, fewer with --stage, --role, --timepoint and --view; one with --question KEY."
        console.print(hint, highlight=False, soft_wrap=True)


def question_text(report: QuestionReport) -> str:
    """Return one question whole, as a conversation to read; letters that a terminal would obey are spelt out."""
    heads = {
        "question": report.key,
        "asked by": f"{report.stage}, of {report.role}",
        "about": report.about,
        "model": f"{report.asked.model} at {report.url or 'this process'}",
        "sampling": f"temperature {report.asked.temperature:g}, seed {report.asked.seed}, "
        f"at most {report.asked.max_tokens} tokens",
        "status": report.status,
    }
    lines = [f"{title:<9} {text}" for title, text in heads.items()]
    places = {picture.content_hash: picture for picture in report.pictures}
    for message in report.asked.messages:
        lines += ["", f"--- {message['role']}"]
        for part in message["parts"]:
            lines.append(part["text"] if "text" in part else _picture_line(part, places))
    lines += ["", "--- schema of the answer", json.dumps(report.asked.answer_schema, indent=2, ensure_ascii=False)]
    for number, attempt in enumerate(report.attempts, start=1):
        lines += ["", *_attempt_lines(attempt, number, len(report.attempts))]
    lines += ["", "--- understood as", json.dumps(report.answer, indent=2, ensure_ascii=False)]
    return _readable("\n".join(lines))


def duration(seconds: float) -> str:
    """Return a time in the unit that suits its length."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"


def money(amount: float | None) -> str:
    """Return an amount with cents, or with four figures if it is less than one; ``-`` if it is not known."""
    if amount is None:
        return "-"
    return f"{amount:,.2f}" if amount >= 1 or amount == 0 else f"{amount:.4g}"


def _sums(row: LedgerTotals) -> tuple[str, ...]:
    counts = (row.questions, row.calls, row.refused, row.prompt_tokens, row.answer_tokens)
    return (*(f"{count:,}" for count in counts), duration(row.seconds), money(row.cost))


def _remarks(report: CostReport) -> list[str]:
    each = report.calls_per_timepoint
    remarks = [f"Server time is the sum over calls, also of those side by side: {report.server_hours:.2f} hours."]
    if each is not None and report.timepoints_done is not None:
        remarks.append(f"{each:.2f} calls for each of {report.timepoints_done:,} timepoints done.")
    if report.totals.unpriced:
        remarks.append(f"{report.totals.unpriced:,} calls have no price and no part in the cost: see --prices.")
    elif not report.currency:
        remarks.append("Cost is in the currency of the price table that the run was given.")
    return remarks


def _picture_line(part: dict[str, Any], places: dict[str, Any]) -> str:
    picture = places[part["picture"]]
    kept = picture.path or ("kept, see --pictures" if picture.kept else "not kept")
    return f"[{part['media_type']} {part['picture'][:KEY_DIGITS]}: {kept}]"


def _attempt_lines(attempt: Attempt, number: int, count: int) -> list[str]:
    tokens = f"{attempt.prompt_tokens:,} + {attempt.answer_tokens:,} tokens"
    facts = [tokens, f"{attempt.seconds:.2f} s", f"ended by {attempt.finish_reason}"]
    facts += [f"served by {attempt.served_model}"] if attempt.served_model else []
    facts += [f"cost {money(attempt.cost)}"] if attempt.cost is not None else []
    lines = [f"--- reply {number} of {count}: {', '.join(facts)}"]
    lines += [f"(thought aloud) {attempt.thinking}"] if attempt.thinking else []
    lines.append(attempt.reply)
    return [*lines, f"refused: {attempt.complaint}"] if attempt.complaint else lines


def _readable(text: str) -> str:
    """A reply can hold anything, also what would move the cursor or cannot be written as UTF-8."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else letter.encode("unicode_escape").decode()
        for letter in text
    )
