"""The journal of questions: every question put to a model, every reply, every picture, in one SQLite file.

It lies beside the journal of stage results. A record is one row, and each picture is kept once, under the hash of its
bytes, in the same transaction as the first record that names it. Nothing is held in memory: look-up is SQLite's.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from behaviorvlm.chat.message import Picture
from behaviorvlm.chat.record import AnswerRecord
from behaviorvlm.errors import RunCorruptError, RunMismatchError, RunStorageError, SettingsError
from behaviorvlm.runs.answers_commit import GroupCommit
from behaviorvlm.runs.answers_rows import LedgerRow, LedgerTotals, StoredAnswer
from behaviorvlm.runs.closing import Closing
from behaviorvlm.runs.sqlite_file import open_reader, open_writer
from behaviorvlm.runs.storage import storage_errors

ANSWERS_FILE = "answers.sqlite"
ANSWERS_VERSION = 1
SCHEMA = """
CREATE TABLE answer (
    key TEXT PRIMARY KEY, content_hash TEXT NOT NULL,
    stage TEXT NOT NULL, role TEXT NOT NULL, about TEXT NOT NULL, status TEXT NOT NULL, model TEXT NOT NULL,
    calls INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL, answer_tokens INTEGER NOT NULL, seconds REAL NOT NULL,
    cost REAL, unpriced INTEGER NOT NULL, pictures_kept INTEGER NOT NULL, packed BLOB NOT NULL);
CREATE TABLE picture (content_hash TEXT PRIMARY KEY, media_type TEXT NOT NULL, content BLOB NOT NULL)
"""
COLUMNS = ", ".join(field.name for field in fields(StoredAnswer))
PLACES = ", ".join("?" for _ in fields(StoredAnswer))
SUMS = {
    "questions": "COUNT(*)",
    "calls": "COALESCE(SUM(calls), 0)",
    "refused": "COALESCE(SUM(status = 'refused'), 0)",
    "prompt_tokens": "COALESCE(SUM(prompt_tokens), 0)",
    "answer_tokens": "COALESCE(SUM(answer_tokens), 0)",
    "seconds": "TOTAL(seconds)",
    "cost": "SUM(cost)",
    "unpriced": "COALESCE(SUM(unpriced), 0)",
}
PAGE = 64
"""Rows read at once. Between pages no transaction is open, so that a slow reader does not make the log grow."""
KEY_PREFIX = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True)
class _Item:
    """What one `AnswerJournal.save` leaves to be written."""

    row: StoredAnswer
    pictures: tuple[Picture, ...]


class AnswerJournal(Closing):
    """Questions, answers and pictures on disk; an `AnswerStore`. Any thread may call anything.

    Args:
        path: The SQLite file; made if it is missing and `writable`.
        writable: False opens it to look only, also while another process writes it or the folder is read-only.
        keep_pictures: False keeps the hashes of pictures and not the pictures.

    Raises:
        RunStorageError: If it cannot be opened.
        RunCorruptError: If it is damaged.
        RunMismatchError: If another version of the package wrote it.
    """

    def __init__(self, path: Path, *, writable: bool, keep_pictures: bool = True) -> None:
        self._path = path
        self._keep_pictures = keep_pictures
        self._writer: sqlite3.Connection | None = None
        self._group = GroupCommit(self._commit, where=str(path))
        self._looking = threading.Lock()
        with storage_errors(path):
            if writable:
                self._writer = open_writer(path, schema=SCHEMA, version=ANSWERS_VERSION, any_thread=True)
            try:
                self._reader = open_reader(path, version=ANSWERS_VERSION, any_thread=True)
            except BaseException:
                self._close_writer()
                raise

    def load(self, key: str) -> AnswerRecord | None:
        """Return the record with this key, or None.

        Raises:
            RunCorruptError: If it is not what was saved.
        """
        rows = self._select(f"SELECT {COLUMNS} FROM answer WHERE key = ?", key)
        return StoredAnswer(*rows[0]).record(where=str(self._path)) if rows else None

    def save(self, record: AnswerRecord, pictures: Sequence[Picture] = ()) -> None:
        """Keep a record and its pictures; when this returns they survive a kill. Saving it again changes nothing.

        Raises:
            RunStorageError: If they cannot be written, now or since an earlier fault; what was saved is untouched.
            RunMismatchError: If the question has another answer already: an answer, once given, stands.
        """
        if self._writer is None:
            raise RunStorageError("the journal of questions was opened to look only", where=str(self._path))
        kept = {picture.content_hash: picture for picture in pictures} if self._keep_pictures else {}
        row = StoredAnswer.of(record, pictures_kept=kept.keys() >= set(record.asked.picture_hashes))
        added = self._group.write(_Item(row, tuple(kept.values())))
        if not added:
            self._refuse_other_answer(record, key=row.key)

    def records(
        self, *, stage: str | None = None, role: str | None = None, about: Sequence[str] = ()
    ) -> Iterator[AnswerRecord]:
        """Yield records in the order they were saved, a few in memory at once.

        Args:
            stage: Only what this stage asked.
            role: Only what this role answered.
            about: Only what is about all of these, such as ``timepoint=12`` and ``camera=cam0``.

        Raises:
            RunCorruptError: If one is not what was saved.
        """
        for row in self.rows(stage=stage, role=role, about=about):
            yield row.record(where=str(self._path))

    def rows(
        self, *, stage: str | None = None, role: str | None = None, about: Sequence[str] = ()
    ) -> Iterator[StoredAnswer]:
        """Yield the rows of `records` as they are stored, unchecked."""
        condition, values = _condition(stage, role, about)
        for row in self._pages(f"{COLUMNS} FROM answer WHERE {condition}", *values):
            yield StoredAnswer(*row)

    def count(self, *, stage: str | None = None, role: str | None = None, about: Sequence[str] = ()) -> int:
        """Return how many records `records` would yield."""
        condition, values = _condition(stage, role, about)
        return int(self._select(f"SELECT COUNT(*) FROM answer WHERE {condition}", *values)[0][0])

    def record(self, key_prefix: str) -> AnswerRecord:
        """Return the one record whose key begins so.

        Raises:
            SettingsError: If none does, or several do.
            RunCorruptError: If it is not what was saved.
        """
        query = f"SELECT {COLUMNS} FROM answer WHERE key >= ? AND key < ? ORDER BY key LIMIT 3"
        known = KEY_PREFIX.fullmatch(key_prefix)
        rows = self._select(query, key_prefix, f"{key_prefix}g") if known else []  # g comes after every digit
        if len(rows) != 1:
            raise SettingsError(
                "several questions have a key that begins so" if rows else "no question has a key that begins so",
                where=str(self._path),
                expected=f"more digits, as of {', '.join(row[0][:16] for row in rows)}"
                if rows
                else "a key of this run",
                actual=key_prefix,
            )
        return StoredAnswer(*rows[0]).record(where=str(self._path))

    def holds(self, row: StoredAnswer) -> bool:
        """Return whether this very record is kept; an equal question may have been answered on its own."""
        query = "SELECT 1 FROM answer WHERE key = ? AND content_hash = ?"
        return bool(self._select(query, row.key, row.content_hash))

    def picture(self, content_hash: str) -> Picture | None:
        """Return the picture with this hash, or None where it was not kept.

        Raises:
            RunCorruptError: If it is not what was saved.
        """
        rows = self._select("SELECT content, media_type FROM picture WHERE content_hash = ?", content_hash)
        if not rows:
            return None
        picture = Picture(*rows[0])
        if picture.content_hash != content_hash:
            raise RunCorruptError(
                "a stored picture is not what was written",
                where=f"{self._path}, picture {content_hash[:12]}",
                expected=f"sha256 {content_hash}",
                actual=f"sha256 {picture.content_hash}",
                remedy="restore the run folder from a copy, or run again in a new one",
            )
        return picture

    def has_picture(self, content_hash: str) -> bool:
        """Return whether a picture is kept under this hash; it is not looked at."""
        return bool(self._select("SELECT 1 FROM picture WHERE content_hash = ?", content_hash))

    def picture_hashes(self) -> Iterator[str]:
        """Yield the hash of each picture that is kept, a few in memory at once."""
        return (content_hash for (content_hash,) in self._pages("content_hash FROM picture WHERE TRUE"))

    def ledger(self) -> list[LedgerRow]:
        """Return the sums for each stage, role and model, in that order."""
        names = ("stage", "role", "model")
        by = ", ".join(names)
        rows = self._select(f"SELECT {by}, {', '.join(SUMS.values())} FROM answer GROUP BY {by} ORDER BY {by}")
        return [LedgerRow(**dict(zip((*names, *SUMS), row, strict=True))) for row in rows]

    def totals(self) -> LedgerTotals:
        """Return the sums over all questions."""
        (row,) = self._select(f"SELECT {', '.join(SUMS.values())} FROM answer")
        return LedgerTotals(**dict(zip(SUMS, row, strict=True)))

    def close(self) -> None:
        """Let what is being written be finished, and close the file."""
        self._group.close()
        with storage_errors(self._path), self._looking:
            self._reader.close()
            self._close_writer()

    def _commit(self, items: Sequence[_Item]) -> list[bool]:
        """Write all items in one transaction; return which were new."""
        if self._writer is None:
            return []
        with storage_errors(self._path), self._writer as connection:
            connection.execute("BEGIN IMMEDIATE")
            return [_insert(connection, item) for item in items]

    def _refuse_other_answer(self, record: AnswerRecord, *, key: str) -> None:
        held = self.load(key)
        if held is not None and (held.status, held.answer) != (record.status, record.answer):
            raise RunMismatchError(
                "a question was answered otherwise than before",
                where=f"{self._path}, question {key[:12]}",
                expected=f"{held.status} {held.answer} (in the run)",
                actual=f"{record.status} {record.answer}",
                remedy="run again: the answer in the run stands, and equal questions are answered from it",
            )

    def _select(self, query: str, *values: str | int) -> list[tuple[Any, ...]]:
        with storage_errors(self._path), self._looking:
            return self._reader.execute(query, values).fetchall()

    def _pages(self, query: str, *values: str) -> Iterator[list[Any]]:
        """Yield the rows of ``SELECT query`` in the order they were written, a page at a time."""
        last = 0
        while page := self._select(f"SELECT rowid, {query} AND rowid > ? ORDER BY rowid LIMIT {PAGE}", *values, last):
            yield from (row for _, *row in page)
            last = page[-1][0]

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _insert(connection: sqlite3.Connection, item: _Item) -> bool:
    pictures = ((picture.content_hash, picture.media_type, picture.content) for picture in item.pictures)
    connection.executemany("INSERT INTO picture VALUES (?, ?, ?) ON CONFLICT DO NOTHING", pictures)
    query = f"INSERT INTO answer ({COLUMNS}) VALUES ({PLACES}) ON CONFLICT DO NOTHING"
    return connection.execute(query, astuple(item.row)).rowcount > 0


def _condition(stage: str | None, role: str | None, about: Sequence[str]) -> tuple[str, list[str]]:
    """Return an SQL condition and its values; what a question is about is words with spaces between."""
    named = {"stage = ?": stage, "role = ?": role}
    conditions = {condition: value for condition, value in named.items() if value is not None}
    words = ["instr(' ' || about || ' ', ?) > 0" for _ in about]
    return " AND ".join(["TRUE", *conditions, *words]), [*conditions.values(), *(f" {word} " for word in about)]
