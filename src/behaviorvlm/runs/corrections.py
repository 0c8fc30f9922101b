"""The corrections of a run: what a person changed, one record after the other, in an SQLite file of their own.

A file of its own, so that a person can correct while the pipeline still writes its journal; only the tables wait. A
record, once written, stays: to undo is a further record. What holds is what no record undoes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from behaviorvlm.errors import RunCorruptError, SettingsError
from behaviorvlm.runs.blobs import pack, unpack
from behaviorvlm.runs.closing import Closing
from behaviorvlm.runs.correction_kinds import AnyChange, Correction, Undo
from behaviorvlm.runs.sqlite_file import open_reader, open_writer
from behaviorvlm.runs.storage import storage_errors
from behaviorvlm.types import AnyArray, Camera, CameraGroup

CORRECTIONS_FILE = "corrections.sqlite"
CORRECTIONS_VERSION = 1
SCHEMA = """
CREATE TABLE correction (number INTEGER PRIMARY KEY, content_hash TEXT NOT NULL, content TEXT NOT NULL);
CREATE TABLE rig (place INTEGER PRIMARY KEY CHECK (place = 1), content_hash TEXT NOT NULL, packed BLOB NOT NULL)
"""
RIG_FIELDS = ("matrix", "distortion", "rvec", "tvec")


class CorrectionJournal(Closing):
    """The corrections of one run, and the cameras with which corrected views are triangulated.

    Args:
        path: The SQLite file; made if it is missing and `writable`.
        writable: False opens it to look only.

    Raises:
        RunStorageError: If it cannot be opened.
        RunCorruptError: If it is damaged.
        RunMismatchError: If another version of the package wrote it.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self._path = path
        self._known: tuple[Correction, ...] = ()
        with storage_errors(path):
            self._connection = (
                open_writer(path, schema=SCHEMA, version=CORRECTIONS_VERSION)
                if writable
                else open_reader(path, version=CORRECTIONS_VERSION)
            )

    def add(self, change: AnyChange, *, author: str, reason: str = "") -> Correction:
        """Keep a change; when this returns it survives a kill.

        Raises:
            SettingsError: If it undoes a correction that is not there, or does not hold.
            RunStorageError: If it cannot be written.
        """
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with storage_errors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")  # one number each, whoever else corrects
            try:
                records = self.records()
                if isinstance(change, Undo):
                    _refuse_undo(change, records)
                made = Correction(number=len(records) + 1, author=author, at=at, reason=reason, change=change)
                content = made.model_dump_json()
                row = (made.number, _hash(content), content)
                self._connection.execute("INSERT INTO correction VALUES (?, ?, ?)", row)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        return made

    def records(self) -> tuple[Correction, ...]:
        """Return all records in the order they were made.

        Raises:
            RunCorruptError: If one is not what was written.
        """
        query = "SELECT number, content_hash, content FROM correction WHERE number > ? ORDER BY number"
        with storage_errors(self._path):
            rows = self._connection.execute(query, (len(self._known),)).fetchall()
        self._known += tuple(self._parsed(*row) for row in rows)
        return self._known

    def keep_rig(self, cameras: CameraGroup) -> None:
        """Keep the cameras, unless some are kept: a rig does not change within a run."""
        arrays = {field: np.stack([getattr(camera, field) for camera in cameras]) for field in RIG_FIELDS}
        blob = pack(arrays)
        with storage_errors(self._path):
            self._connection.execute("INSERT OR IGNORE INTO rig VALUES (1, ?, ?)", (blob.content_hash, blob.packed))

    def rig(self, sizes: dict[str, tuple[int, int]]) -> CameraGroup | None:
        """Return the cameras that were kept, None if none were.

        Args:
            sizes: Camera name to (width, height), in camera-axis order.

        Raises:
            RunCorruptError: If they are not what was written.
        """
        arrays = self.rig_arrays()
        if arrays is None:
            return None
        named = enumerate(sizes.items())
        return CameraGroup(
            tuple(Camera(name, size, *(arrays[field][place] for field in RIG_FIELDS)) for place, (name, size) in named)
        )

    def rig_arrays(self) -> dict[str, AnyArray] | None:
        """Return the numbers of the cameras by field, (camera, ...) each; None if none were kept.

        Raises:
            RunCorruptError: If they are not what was written.
        """
        with storage_errors(self._path):
            row = self._connection.execute("SELECT packed, content_hash FROM rig").fetchone()
        return None if row is None else unpack(*row, where=f"{self._path}, rig")

    def close(self) -> None:
        """Close the file."""
        with storage_errors(self._path):
            self._connection.close()

    def _parsed(self, number: int, content_hash: str, content: str) -> Correction:
        where = f"{self._path}, correction {number}"
        if _hash(content) != content_hash:
            raise _corrupt(where, f"sha256 {content_hash}", f"sha256 {_hash(content)}")
        try:
            return Correction.model_validate_json(content)
        except ValidationError as error:
            raise _corrupt(where, "a correction", str(error)) from error


def undone_numbers(records: Iterable[Correction]) -> frozenset[int]:
    """Return the numbers of the records that do not hold any more."""
    undone: set[int] = set()
    for one in sorted(records, key=lambda one: one.number, reverse=True):
        if isinstance(one.change, Undo) and one.number not in undone:
            undone.add(one.change.number)
    return frozenset(undone)


def holding(records: Iterable[Correction]) -> tuple[Correction, ...]:
    """Return the changes that no record undoes, in order; records that undo are not among them."""
    records = tuple(records)
    undone = undone_numbers(records)
    return tuple(one for one in records if one.number not in undone and not isinstance(one.change, Undo))


def check_corrections(folder: Path) -> Iterator[str]:
    """Take the hash of every correction again and yield what is not as it was written, a sentence each."""
    path = folder / CORRECTIONS_FILE
    if not path.exists():
        return
    try:
        with CorrectionJournal(path, writable=False) as journal:
            numbers = [one.number for one in journal.records()]
            journal.rig_arrays()
    except RunCorruptError as error:
        yield f"{error.where}: {error.message} ({error.actual})"
        return
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"{path}: a correction is missing"


def _refuse_undo(change: Undo, records: tuple[Correction, ...]) -> None:
    if not 1 <= change.number <= len(records) or change.number in undone_numbers(records):
        raise SettingsError(
            f"correction {change.number} cannot be undone",
            expected="the number of a correction that holds",
            actual="it was undone before" if 1 <= change.number <= len(records) else f"there are {len(records)}",
        )


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def _corrupt(where: str, expected: str, actual: str) -> RunCorruptError:
    return RunCorruptError(
        "a correction is not what was written",
        where=where,
        expected=expected,
        actual=actual,
        remedy="restore the file from a copy; without it the run is as the pipeline left it",
    )
