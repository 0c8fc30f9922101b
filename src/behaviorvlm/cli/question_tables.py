"""The questions of a run, and what they took, for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from behaviorvlm.cli.output import results_console
from behaviorvlm.report.ledger_words import LEDGER_TITLES, NO_MODEL, ledger_cells, ledger_remarks
from behaviorvlm.report.written_numbers import duration, money

if TYPE_CHECKING:
    from behaviorvlm.chat.record import Attempt
    from behaviorvlm.runs.answers_report import CostReport, QuestionList, QuestionReport

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
    table = Table("stage", "role", "model", title="What was asked of models", title_justify="left")
    for title in (*LEDGER_TITLES, f"cost {report.currency}".strip()):
        table.add_column(title, justify="right")
    for row in report.ledger:
        table.add_row(Text(row.stage), Text(row.role), Text(row.model), *ledger_cells(row))
    table.add_section()
    table.add_row("all", "", "", *ledger_cells(report.totals), style="bold")
    console.print(table)
    for line in ledger_remarks(report):
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
