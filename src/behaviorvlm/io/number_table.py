"""Comma separated numbers with header rows: what every CSV format here is made of. A blank cell is NaN."""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.number_text import lines_of
from behaviorvlm.types import FloatArray

Row = tuple[int, list[str]]
"""Line number in the file, from 1, and the cells."""
GZIP_MAGIC = b"\x1f\x8b"
UNREADABLE = (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error)
"""What may go wrong while reading text, gzip-compressed or not."""


def is_gzip(path: Path) -> bool:
    """Return whether a file is compressed by gzip, from its first bytes."""
    with path.open("rb") as stream:
        return stream.read(2) == GZIP_MAGIC


def open_text(path: Path) -> TextIO:
    """Open a text file, gzip-compressed or not, without a byte order mark (Excel begins its files with one)."""
    if is_gzip(path):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def unreadable(path: Path, error: BaseException) -> FormatError:
    """Return the error for a table that cannot be read as text."""
    return FormatError("the table cannot be read", where=str(path), expected="comma separated text", actual=str(error))


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a CSV file, gzip-compressed or not, that are not blank, with their line numbers.

    Raises:
        FormatError: If the file cannot be read as comma separated text.
    """
    try:
        with open_text(path) as stream:
            reader = csv.reader(stream)
            for cells in reader:
                if any(cells):
                    yield reader.line_num, cells
    except UNREADABLE as error:
        raise unreadable(path, error) from error


def parse_numbers(rows: Sequence[Row], columns: Sequence[int], *, path: Path) -> FloatArray:
    """Return some columns of some rows as (row, column) float64, NaN where a cell is blank.

    Raises:
        FormatError: On a cell that is no finite number; the message names line and column.
    """
    try:
        parsed = [[float(cells[column] or "nan") for column in columns] for _, cells in rows]
    except (ValueError, IndexError):
        raise _first_fault(rows, columns, path) from None
    numbers = np.array(parsed, dtype=np.float64).reshape(len(rows), len(columns))
    if np.isinf(numbers).any():
        raise _first_fault(rows, columns, path)
    return numbers


def write_rows(
    path: Path, header: Iterable[Sequence[str]], blocks: Iterable[FloatArray], *, decimals: Sequence[int]
) -> None:
    """Write header rows, then blocks of numbers as they come, each column with its fixed number of decimals.

    Args:
        path: The file; it is replaced whole at the end.
        header: Rows of names.
        blocks: (row, column) float64 each; NaN becomes a blank cell.
        decimals: Digits after the point of each column.

    Raises:
        RunStorageError: If the disk refuses.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(header)
        for block in blocks:
            stream.write(format_numbers(block, decimals))


def format_numbers(numbers: FloatArray, decimals: Sequence[int], *, missing: str = "") -> str:
    """Return (row, column) numbers as lines of text; `missing` (ASCII) stands for NaN, and zero has no sign."""
    if not len(numbers):
        return ""
    text, careful = lines_of(numbers, decimals, missing=missing)
    if not careful.any():
        return text
    quick = iter(text.splitlines(keepends=True))
    slow = iter(_format_carefully(numbers[careful], decimals, missing=missing))
    return "".join(next(slow if one else quick) for one in careful.tolist())


def _format_carefully(numbers: FloatArray, decimals: Sequence[int], *, missing: str) -> list[str]:
    rows = ([_cell(*one, missing=missing) for one in zip(row, decimals, strict=True)] for row in numbers.tolist())
    return [",".join(row) + "\n" for row in rows]


def _cell(number: float, digits: int, *, missing: str) -> str:
    text = missing if math.isnan(number) else f"{number:.{digits}f}"
    return text if text.strip("-0.") else text.lstrip("-")  # zero has no sign


def _first_fault(rows: Sequence[Row], columns: Sequence[int], path: Path) -> FormatError:
    for line, cells in rows:
        for column in columns:
            cell = cells[column] if column < len(cells) else None
            if cell is None or not _is_number(cell):
                return FormatError(
                    "a cell is no number",
                    where=f"{path}, line {line}, column {column + 1}",
                    expected="a finite number, or nothing where the point is missing",
                    actual="the line is too short" if cell is None else repr(cell),
                )
    return FormatError("the table cannot be read", where=str(path))


def _is_number(cell: str) -> bool:
    try:
        return not np.isinf(float(cell or "nan"))
    except ValueError:
        return False
