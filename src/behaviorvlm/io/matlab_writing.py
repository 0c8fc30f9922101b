"""MATLAB's ``.mat`` files of version 5, written: small variables by scipy, matrices longer than memory by rows.

scipy writes a matrix as a whole, and DANNCE reads no other version. The file holds column after column: every long
matrix first gets its place, zeros, then rows are put into all columns. The layout is that of "MAT-File Format", The
MathWorks.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.types import FloatArray

LARGEST = 2**31
"""Bytes of a variable, from which MATLAB takes it no more."""
INT8, INT32, UINT32, DOUBLE, MATRIX = 1, 5, 6, 9, 14
"""Kinds of elements."""
CELL, STRUCT, NUMBERS = 1, 2, 6
"""Kinds of matrices."""


class LongMatrix:
    """A matrix of float64 in a file that is being written; zeros until rows are filled in.

    Args:
        shape: MATLAB's, the first axis is the long one.
    """

    def __init__(self, *shape: int) -> None:
        self.shape = shape
        self._stream: BinaryIO | None = None
        self._place = 0

    @property
    def size_bytes(self) -> int:
        """What its numbers take."""
        return 8 * prod(self.shape)

    def fill(self, start: int, rows: FloatArray) -> None:
        """Write `rows`, (row, ...), at `start` of the first axis; only while the file is open."""
        if self._stream is None:
            raise ValueError("the matrix has no place in a file")
        columns = np.ascontiguousarray(rows.reshape(len(rows), -1, order="F").T, dtype=np.float64)
        for number, column in enumerate(columns):
            self._stream.seek(self._place + 8 * (number * self.shape[0] + start))
            self._stream.write(column)

    def put(self, stream: BinaryIO) -> None:
        """Take the place where the stream stands; the stream then stands behind it."""
        self._stream, self._place = stream, stream.tell()
        stream.seek(self.size_bytes, os.SEEK_CUR)


Value: TypeAlias = LongMatrix | Mapping[str, "Value"] | Sequence["Value"]
"""Of a variable with long matrices in it: a matrix, a struct, or a column of cells."""


def save_mat(path: Path, variables: Mapping[str, object]) -> None:
    """Write variables as a whole.

    Raises:
        RunStorageError: If the disk refuses.
    """
    with filling_mat(path, variables, {}):
        pass


@contextmanager
def filling_mat(path: Path, variables: Mapping[str, object], long: Mapping[str, Value]) -> Iterator[None]:
    """Write a file; within the block the matrices of `long` are filled in.

    Args:
        path: Where it goes, whole or not at all.
        variables: What scipy writes as a whole.
        long: Variables with long matrices in them.

    Raises:
        SettingsError: If a variable is larger than MATLAB takes.
        RunStorageError: If the disk refuses.
    """
    from scipy.io import savemat

    parts = [part for name, value in long.items() for part in _variable(path, name, value)]
    with replacing(path) as temporary, temporary.open("w+b") as stream:
        savemat(stream, dict(variables))
        for part in parts:
            if isinstance(part, LongMatrix):
                part.put(stream)
            else:
                stream.write(part)
        stream.truncate(stream.tell())  # zeros up to here
        yield


def _variable(path: Path, name: str, value: Value) -> list[bytes | LongMatrix]:
    parts = _matrix(value, name)
    size = sum(map(_size, parts))
    if size >= LARGEST:
        raise SettingsError(
            "there are too many timepoints for a MATLAB file",
            where=f"{path}, {name}",
            expected=f"less than {LARGEST / 1e9:.1f} GB in a variable",
            actual=f"{size / 1e9:.1f} GB",
            remedy="write fewer: --min-views, --max-error-px, --min-margin or --only corrected",
        )
    return parts


def _matrix(value: Value, name: str = "") -> list[bytes | LongMatrix]:
    """Return what stands in the file, in order."""
    parts: list[bytes | LongMatrix]
    if isinstance(value, LongMatrix):
        parts = [_head(NUMBERS, value.shape, name), struct.pack("=II", DOUBLE, value.size_bytes), value]
    elif isinstance(value, Mapping):
        length = max(map(len, value)) + 1  # of a name of a field with its end
        names = b"".join(one.encode("ascii").ljust(length, b"\0") for one in value)
        fields = _element(INT32, struct.pack("=i", length)) + _element(INT8, names)
        inner = [part for one in value.values() for part in _matrix(one)]
        parts = [_head(STRUCT, (1, 1), name), fields, *inner]
    else:
        parts = [_head(CELL, (len(value), 1), name), *(part for one in value for part in _matrix(one))]
    return [struct.pack("=II", MATRIX, sum(map(_size, parts))), *parts]


def _head(kind: int, shape: Sequence[int], name: str) -> bytes:
    flags = _element(UINT32, struct.pack("=II", kind, 0))
    return flags + _element(INT32, struct.pack(f"={len(shape)}i", *shape)) + _element(INT8, name.encode("ascii"))


def _element(kind: int, content: bytes) -> bytes:
    if len(content) <= 4:
        return struct.pack("=I4s", len(content) << 16 | kind, content)
    return struct.pack("=II", kind, len(content)) + content + bytes(-len(content) % 8)


def _size(part: bytes | LongMatrix) -> int:
    return len(part) if isinstance(part, bytes) else part.size_bytes
