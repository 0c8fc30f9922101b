"""One writer per run folder.

The lock is SQLite's own on an empty file of its own: the system lets go of it however the process ends, worker
processes do not inherit it, and readers of the journal never wait for it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from behaviorvlm.errors import RunStorageError
from behaviorvlm.runs.storage import storage_errors

LOCK_FILE = "run.lock"


class WriterLock:
    """The right to write a run folder, held until `release` or the end of the process.

    Args:
        folder: The run folder.

    Raises:
        RunStorageError: If another process (or another open run in this one) writes it, or it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / LOCK_FILE
        with storage_errors(path):
            self._connection = sqlite3.connect(path, timeout=0, isolation_level=None)
            try:
                self._connection.execute("PRAGMA journal_mode = MEMORY")  # nothing is written, so nothing to undo
                self._connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                self._connection.close()
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                raise RunStorageError(
                    "another process is writing this run",
                    where=str(folder),
                    remedy="wait until it ends or stop it, or name another folder with --run",
                ) from error

    def release(self) -> None:
        """Let the next writer in."""
        self._connection.close()
