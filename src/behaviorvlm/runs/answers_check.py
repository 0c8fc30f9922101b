"""Is the journal of questions still what was written? Every hash in it is taken again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from behaviorvlm.errors import RunCorruptError, RunMismatchError
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.answers_rows import StoredAnswer


@dataclass
class AnswersCheck:
    """What was checked of a journal of questions.

    Attributes:
        answers: Number of records whose hash and key were taken again.
        pictures: Number of pictures whose hash was.
        problems: One sentence each; empty if all is well.
    """

    answers: int = 0
    pictures: int = 0
    problems: list[str] = field(default_factory=list)


def check_answers(folder: Path) -> AnswersCheck:
    """Take every hash of the journal of questions in a run folder again; without such a journal all is well.

    Checked are each record, its key, the columns the ledger is made of, each picture, and that no picture is missing.

    Raises:
        RunStorageError: If it cannot be read.
    """
    check = AnswersCheck()
    path = folder / ANSWERS_FILE
    if not path.exists():
        return check
    try:
        with AnswerJournal(path, writable=False) as journal:
            for row in journal.rows():
                check.answers += 1
                check.problems += _row_problems(row, journal)
            for content_hash in journal.picture_hashes():
                check.pictures += 1
                check.problems += _picture_problems(content_hash, journal)
    except (RunCorruptError, RunMismatchError) as error:  # of the file as a whole
        check.problems.append(f"{ANSWERS_FILE}: {error.message} ({error.actual})")
    return check


def _row_problems(row: StoredAnswer, journal: AnswerJournal) -> Iterator[str]:
    name = f"question {row.key[:12]}"
    try:
        record = row.record(where=name)
    except RunCorruptError as error:
        yield f"{name}: {error.message} ({error.actual})"
        return
    if record.asked.key != row.key:
        yield f"{name}: it is kept under the key of another question"
    elif StoredAnswer.of(record, pictures_kept=bool(row.pictures_kept)) != row:
        yield f"{name}: the ledger's columns are not those of the record"
    if row.pictures_kept:
        for content_hash in dict.fromkeys(record.asked.picture_hashes):
            if not journal.has_picture(content_hash):
                yield f"{name}: picture {content_hash[:12]} is missing"


def _picture_problems(content_hash: str, journal: AnswerJournal) -> Iterator[str]:
    try:
        journal.picture(content_hash)
    except RunCorruptError as error:
        yield f"picture {content_hash[:12]}: {error.message} ({error.actual})"
