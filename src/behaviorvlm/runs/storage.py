"""What a disk or SQLite refuses, as errors a user can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from behaviorvlm.errors import RunCorruptError, RunStorageError
from behaviorvlm.io.atomic import FULL

RESUME = "nothing finished is lost: the same command goes on from there"


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the disk or SQLite refuses at `path` into errors a user can act on.

    Raises:
        RunStorageError: If the place is full, read-only, missing or in use.
        RunCorruptError: If SQLite finds its file damaged.
    """
    try:
        yield
    except OSError as error:
        raise _storage_error(path, str(error), full=error.errno in FULL) from error
    except sqlite3.DatabaseError as error:
        if not hasattr(error, "sqlite_errorcode"):  # a mistake in the calling code, not the disk's doing
            raise
        raise _database_error(path, error) from error


def _database_error(path: Path, error: sqlite3.DatabaseError) -> RunStorageError | RunCorruptError:
    primary = error.sqlite_errorcode & 0xFF  # the rest of the code says more about the same
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return RunCorruptError(
            "the journal is damaged",
            where=str(path),
            actual=str(error),
            remedy="restore the run folder from a copy, or delete it and run again",
        )
    return _storage_error(path, str(error), full=primary == sqlite3.SQLITE_FULL)


def _storage_error(path: Path, actual: str, *, full: bool) -> RunStorageError:
    remedy = "free some space" if full else "make the folder writable, or name another with --run"
    return RunStorageError(
        "the disk is full" if full else "the run folder cannot be written",
        where=str(path),
        actual=actual,
        remedy=f"{remedy}; {RESUME}",
    )
