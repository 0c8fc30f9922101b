"""What ``behaviorvlm runs cost`` and ``runs show`` tell of the questions that were put to a model."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from behaviorvlm.chat.prices import PriceTable
from behaviorvlm.chat.record import AskedText, Attempt
from behaviorvlm.errors import SettingsError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.runs.answers import AnswerJournal
from behaviorvlm.runs.answers_rows import LedgerRow, LedgerTotals
from behaviorvlm.runs.run_folder import RunFolder
from behaviorvlm.runs.store import PoseRun

_FROZEN = ConfigDict(frozen=True)
SECONDS_PER_HOUR = 3600
NOTHING = LedgerTotals(
    questions=0, calls=0, refused=0, prompt_tokens=0, answer_tokens=0, seconds=0.0, cost=None, unpriced=0
)


class CostReport(BaseModel):
    """The ledger of a run.

    Attributes:
        run: The run folder.
        timepoints_done: Number of timepoints with final poses; None for a run of the behavior pipeline.
        calls_per_timepoint: Calls to a model for each of them; None while there is none.
        server_hours: The sum over calls, also of those that ran side by side.
        currency: Of the price table that was given now; "" = costs are those of the run's own table.
        ledger: A row for each stage, role and model.
        totals: The sums over them.
    """

    model_config = _FROZEN

    run: str
    timepoints_done: int | None
    calls_per_timepoint: float | None
    server_hours: float
    currency: str
    ledger: tuple[LedgerRow, ...]
    totals: LedgerTotals


class QuestionRow(BaseModel):
    """One question at a glance; tokens, seconds and cost are sums over its calls."""

    model_config = _FROZEN

    key: str
    stage: str
    role: str
    about: str
    model: str
    status: str
    calls: int
    prompt_tokens: int
    answer_tokens: int
    seconds: float
    cost: float | None


class QuestionList(BaseModel):
    """The first questions of those that were looked for, in the order they were answered, and how many there are."""

    model_config = _FROZEN

    run: str
    total: int
    questions: tuple[QuestionRow, ...]


class ShownPicture(BaseModel):
    """A picture that was part of a question; `path` is where it was written to, None if it was not."""

    model_config = _FROZEN

    content_hash: str
    kept: bool
    path: str | None = None


class QuestionReport(BaseModel):
    """One question whole: what was asked, every reply, and what was made of it."""

    model_config = _FROZEN

    run: str
    key: str
    stage: str
    role: str
    about: str
    url: str
    status: str
    asked: AskedText
    attempts: tuple[Attempt, ...]
    answer: Any
    pictures: tuple[ShownPicture, ...]


def report_cost(run: RunFolder[Any], *, prices: PriceTable | None = None) -> CostReport:
    """Return what was asked in `run` and what it took.

    Args:
        run: The run.
        prices: Prices to use now; None = what each call cost by the table the run was given.
    """
    ledger = [] if run.answers is None else run.answers.ledger()
    totals = NOTHING if run.answers is None else run.answers.totals()
    if prices is not None:
        ledger = [_priced(row, prices) for row in ledger]
        costs = [row.cost for row in ledger if row.cost is not None]
        unpriced = sum(row.unpriced for row in ledger)
        totals = totals.model_copy(update={"cost": sum(costs) if costs else None, "unpriced": unpriced})
    return CostReport(
        run=str(run.folder),
        timepoints_done=run.timepoints_done if isinstance(run, PoseRun) else None,
        calls_per_timepoint=run.model_calls_per_timepoint if isinstance(run, PoseRun) else None,
        server_hours=totals.seconds / SECONDS_PER_HOUR,
        currency="" if prices is None else prices.currency,
        ledger=tuple(ledger),
        totals=totals,
    )


def list_questions(
    run: RunFolder[Any], *, stage: str | None = None, role: str | None = None, about: Sequence[str] = (), limit: int
) -> QuestionList:
    """Return the first `limit` questions of `run` of this stage, to this role, about all of these."""
    rows = [] if run.answers is None else islice(run.answers.rows(stage=stage, role=role, about=about), limit)
    total = 0 if run.answers is None else run.answers.count(stage=stage, role=role, about=about)
    questions = tuple(QuestionRow.model_validate(row, from_attributes=True) for row in rows)
    return QuestionList(run=str(run.folder), total=total, questions=questions)


def report_question(run: RunFolder[Any], key_prefix: str, *, pictures: Path | None = None) -> QuestionReport:
    """Return one question whole.

    Args:
        run: The run.
        key_prefix: The beginning of its key.
        pictures: Folder to write its pictures to, numbered in the order they were shown; None = nowhere.

    Raises:
        SettingsError: If no question has a key that begins so, or several have.
        RunCorruptError: If it is not what was saved.
        RunStorageError: If the pictures cannot be written.
    """
    journal = run.answers
    if journal is None:
        raise SettingsError("no model was asked in this run", where=str(run.folder), actual=key_prefix)
    record = journal.record(key_prefix)
    hashes = dict.fromkeys(record.asked.picture_hashes)
    shown = [_show(journal, each, number=number, folder=pictures) for number, each in enumerate(hashes, start=1)]
    return QuestionReport(
        run=str(run.folder),
        key=record.asked.key,
        **record.model_dump(include={"stage", "role", "about", "url", "status", "answer"}),
        asked=record.asked,
        attempts=record.attempts,
        pictures=tuple(shown),
    )


def _priced(row: LedgerRow, prices: PriceTable) -> LedgerRow:
    cost = prices.cost(row.model, row.prompt_tokens, row.answer_tokens)
    return row.model_copy(update={"cost": cost, "unpriced": row.calls if cost is None else 0})


def _show(journal: AnswerJournal, content_hash: str, *, number: int, folder: Path | None) -> ShownPicture:
    if folder is None:
        return ShownPicture(content_hash=content_hash, kept=journal.has_picture(content_hash))
    picture = journal.picture(content_hash)
    if picture is None:
        return ShownPicture(content_hash=content_hash, kept=False)
    path = folder / f"{number:02d}_{content_hash[:12]}.{picture.media_type.rpartition('/')[2]}"
    with replacing(path) as temporary:
        temporary.write_bytes(picture.content)
    return ShownPicture(content_hash=content_hash, kept=True, path=str(path))
