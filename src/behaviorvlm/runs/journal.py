"""The journal: every stage result of a run, in one SQLite file.

Each result is one row, written in one transaction in WAL mode with ``synchronous=FULL``: when `Journal.save` returns,
the result survives the end of the process and of the power. A commit costs one flush of the disk, and there are only a
handful per block of timepoints, so nothing is gained by anything weaker.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from behaviorvlm.errors import RunMismatchError
from behaviorvlm.runs.blobs import pack, unpack
from behaviorvlm.runs.closing import Closing
from behaviorvlm.runs.sqlite_file import open_reader, open_writer
from behaviorvlm.runs.storage import storage_errors
from behaviorvlm.types import AnyArray

JOURNAL_FILE = "journal.sqlite"
JOURNAL_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS result (
    stage TEXT NOT NULL, key TEXT NOT NULL, content_hash TEXT NOT NULL, shapes TEXT NOT NULL, packed BLOB NOT NULL,
    PRIMARY KEY (stage, key))
"""
FIRST = "CAST(key AS INTEGER)"
LAST = "CAST(substr(key, instr(key, '-') + 1) AS INTEGER)"
IN_ORDER = f"ORDER BY {FIRST}, key"
"""Keys hold timepoints; they are compared as numbers, because as text a seventh digit would sort before the sixth."""


class Journal(Closing):
    """Stage results on disk; a `ResultSink`.

    Args:
        path: The SQLite file; made if it is missing and `writable`.
        writable: False opens it to look only, also while another process writes it or the folder is read-only.

    Raises:
        RunStorageError: If it cannot be opened.
        RunCorruptError: If it is damaged.
        RunMismatchError: If another version of the package wrote it.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self._path = path
        with storage_errors(path):
            self._connection = (
                open_writer(path, schema=SCHEMA, version=JOURNAL_VERSION)
                if writable
                else open_reader(path, version=JOURNAL_VERSION)
            )

    def load(self, stage: str, key: str) -> dict[str, AnyArray] | None:
        """Return the read-only arrays saved under `stage` and `key`, or None.

        Raises:
            RunCorruptError: If they are not what was saved.
        """
        query = "SELECT packed, content_hash FROM result WHERE stage = ? AND key = ?"
        with storage_errors(self._path):
            row = self._connection.execute(query, (stage, key)).fetchone()
        return None if row is None else unpack(*row, where=f"{self._path}, {stage} {key}")

    def save(self, stage: str, key: str, arrays: Mapping[str, AnyArray]) -> None:
        """Keep `arrays`; when this returns they survive a kill. Saving the same again changes nothing.

        Raises:
            RunStorageError: If they cannot be written; what was saved before is untouched.
            RunMismatchError: If another result is already kept there: an answer, once given, stands.
        """
        blob = pack(arrays)
        row = (stage, key, blob.content_hash, blob.shapes, blob.packed)
        with storage_errors(self._path):
            added = self._connection.execute("INSERT OR IGNORE INTO result VALUES (?, ?, ?, ?, ?)", row).rowcount
            kept = None if added else self.content_hash(stage, key)
        if kept not in (None, blob.content_hash):
            raise RunMismatchError(
                "a stage answered otherwise than before",
                where=f"{self._path}, {stage} {key}",
                expected=f"sha256 {kept} (in the run)",
                actual=f"sha256 {blob.content_hash}",
                remedy="run again in a new folder, and report this: the same inputs must give the same answer",
            )

    def keys(self, stage: str) -> list[str]:
        """Return the keys saved under `stage`, in order of time."""
        return [key for (key,) in self._select(f"SELECT key FROM result WHERE stage = ? {IN_ORDER}", stage)]

    def keys_between(self, stage: str, start: int, stop: int) -> list[str]:
        """Return the keys of the blocks of `stage` that hold any timepoint from `start` to `stop` (excluded)."""
        query = f"SELECT key FROM result WHERE stage = ? AND {FIRST} < ? AND {LAST} > ? {IN_ORDER}"
        return [key for (key,) in self._select(query, stage, stop, start)]

    def stages(self) -> list[str]:
        """Return the names of the stages that saved anything, in alphabetical order."""
        return [stage for (stage,) in self._select("SELECT DISTINCT stage FROM result ORDER BY stage")]

    def content_hash(self, stage: str, key: str) -> str | None:
        """Return the SHA-256 of what is saved under `stage` and `key`, or None."""
        rows = self._select("SELECT content_hash FROM result WHERE stage = ? AND key = ?", stage, key)
        return str(rows[0][0]) if rows else None

    def close(self) -> None:
        """Close the file; what is in the write-ahead log moves into it."""
        with storage_errors(self._path):
            self._connection.close()

    def _select(self, query: str, *values: str | int) -> list[tuple[str, ...]]:
        with storage_errors(self._path):
            return list(self._connection.execute(query, values))
