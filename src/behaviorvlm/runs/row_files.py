"""Large tables of numbers beside the journal: one ``.npy`` file each, mapped into memory, its hash in the journal.

A file under work has another name. It gets its own, and its hash is journalled, when it is finished; so what can be
found was written whole, whatever killed the process.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from behaviorvlm.errors import RunCorruptError, RunStorageError
from behaviorvlm.runs.journal import Journal
from behaviorvlm.runs.storage import storage_errors
from behaviorvlm.types import AnyArray, Float32Array

ROWS_STAGE = "rows"
_BLOCK_BYTES = 1 << 24


class RowFiles:
    """The tables of one run. Implements `types.RowStore`.

    Args:
        folder: The run folder.
        journal: Where their hashes go.
    """

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._folder, self._journal = folder, journal

    def begin(self, stage: str, name: str, shape: tuple[int, ...]) -> Float32Array:
        """Return a table of zeros, float32 of any shape, to be written to and then finished.

        Raises:
            RunStorageError: If the disk refuses, for example for lack of space.
        """
        path = self._partial(stage, name)
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if 0 in shape:  # nothing can be mapped
                with path.open("wb") as stream:
                    np.save(stream, np.zeros(shape, np.float32))
                return np.zeros(shape, np.float32)
            rows: Float32Array = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
            _reserve(path)  # a full disk is met here, as an error, and not later, as a bus error
        return rows

    def finish(self, stage: str, name: str) -> None:
        """Keep a table that was written to; when this returns it survives a kill.

        Raises:
            RunStorageError: If the disk refuses.
            RunMismatchError: If it was finished before, with other content.
        """
        partial, path = self._partial(stage, name), self.path(stage, name)
        with storage_errors(path):
            descriptor = os.open(partial, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            record = {"sha256": np.frombuffer(_digest(partial), np.uint8)}
            kept = self._journal.load(ROWS_STAGE, f"{stage}/{name}")
            if kept is None or kept["sha256"].tobytes() == record["sha256"].tobytes():
                partial.replace(path)  # otherwise the journal refuses, and the file of before stays
        self._journal.save(ROWS_STAGE, f"{stage}/{name}", record)

    def load(self, stage: str, name: str) -> Float32Array | None:
        """Return a finished table to read, float32 of the shape it was begun with; None if there is none.

        Raises:
            RunCorruptError: If it is gone, or cannot be read.
        """
        if self._journal.content_hash(ROWS_STAGE, f"{stage}/{name}") is None:
            return None
        path = self.path(stage, name)
        try:
            rows: Float32Array = np.load(path, mmap_mode=None if path.stat().st_size < _BLOCK_BYTES else "r")
        except (OSError, ValueError) as error:
            raise RunCorruptError(
                "a table of the run cannot be read",
                where=str(path),
                expected="the file as it was written",
                actual=str(error),
                remedy="restore the run folder from a copy, or delete it and run again",
            ) from error
        return rows

    def path(self, stage: str, name: str) -> Path:
        """Return where a finished table lies."""
        return self._folder / stage / f"{_file_name(name)}.npy"

    def check(self) -> Iterator[str]:
        """Take every hash again and yield what is not as it was written, a sentence each."""
        for key in self._journal.keys(ROWS_STAGE):
            stage, _, name = key.partition("/")
            kept: Mapping[str, AnyArray] = self._journal.load(ROWS_STAGE, key) or {}
            path = self.path(stage, name)
            if not path.is_file():
                yield f"{path} is missing"
            elif _digest(path) != kept["sha256"].tobytes():
                yield f"{path} is not what was written"

    def _partial(self, stage: str, name: str) -> Path:
        return self._folder / stage / f"{_file_name(name)}.npy.partial"


def _file_name(name: str) -> str:
    if not name or name in (".", "..") or set(name) & {"/", "\\", "\0"}:
        raise RunStorageError("a recording's name cannot be a file name", where=name, expected="no slashes in it")
    return name


def _digest(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _reserve(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
