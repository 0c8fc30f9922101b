"""JARVIS-MoCap's tables of predictions: names in the first row, ``x y z confidence`` (2D: ``x y confidence``) below.

A row is a frame, counted from ``frame_start`` of the ``info.yaml`` beside the table. Missing points are ``NaN``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import replacing, write_text
from behaviorvlm.io.number_table import format_numbers, parse_numbers, read_rows
from behaviorvlm.types import FloatArray

SPACE, PLANE = ("x", "y", "z"), ("x", "y")
CONFIDENCE = "confidence"
MISSING, DECIMALS = "NaN", 4
INFO = "info.yaml"
BLOCK_ROWS = 4096
WRITE_ROWS = 512
EIGHT_BITS = 255.0
"""Old versions write a heat map's maximum in the place of a confidence."""


@dataclass(frozen=True)
class JarvisTable:
    """What a table holds.

    Attributes:
        path: The file.
        keypoints: Names, the keypoint axis.
        fields: ``x y z``, or ``x y``, and ``confidence`` where it is stated.
        head_rows: Rows before the first frame.
        first_frame: Frame of the first row.
        n_frames: Number of rows.
        full_confidence: What stands for a confidence of 1.
    """

    path: Path
    keypoints: tuple[str, ...]
    fields: tuple[str, ...]
    head_rows: int
    first_frame: int
    n_frames: int
    full_confidence: float

    @property
    def is_3d(self) -> bool:
        """Whether it holds positions."""
        return SPACE[2] in self.fields


def find_table(path: Path) -> JarvisTable:
    """Return what a table holds; it is read once from end to end.

    Raises:
        FormatError: If it is no such table, or a cell is no number.
    """
    keypoints, fields, head_rows = _header(path)
    bare = JarvisTable(path, keypoints, fields, head_rows, _first_frame(path), 0, 1.0)
    count, highest = 0, 0.0
    for _, confidence in read_frames(bare):
        count += len(confidence)
        highest = max(highest, float(np.nanmax(confidence, initial=0.0)))
    full = max(EIGHT_BITS, highest) if highest > 1 else 1.0
    return JarvisTable(path, keypoints, fields, head_rows, bare.first_frame, count, full)


def read_frames(table: JarvisTable) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield the frames of a table in blocks.

    Yields:
        (frame, keypoint, 2 or 3) float64 points and (frame, keypoint) float64 confidence; NaN = missing, not stated.

    Raises:
        FormatError: If a cell is no number.
    """
    rows = islice(read_rows(table.path), table.head_rows, None)
    width = len(table.fields)
    columns = range(len(table.keypoints) * width)
    axes = width - (CONFIDENCE in table.fields)
    while block := list(islice(rows, BLOCK_ROWS)):
        numbers = parse_numbers(block, columns, path=table.path).reshape(len(block), -1, width)
        confidence = numbers[..., axes] if axes < width else np.full(numbers.shape[:2], np.nan)
        yield numbers[..., :axes], confidence / table.full_confidence


def is_table(path: Path) -> bool:
    """Return whether a file is such a table."""
    try:
        return path.is_file() and path.suffix.lower() == ".csv" and bool(_header(path))
    except FormatError:
        return False


@contextmanager
def table_writer(
    path: Path, keypoints: Sequence[str], *, axes: int
) -> Iterator[Callable[[FloatArray, FloatArray], None]]:
    """Open a table to be written; it is there whole at the end of the block.

    Args:
        path: The file.
        keypoints: Names.
        axes: 2 or 3.

    Yields:
        A function that adds (frame, keypoint, axes) float64 points with (frame, keypoint) float64 confidence.

    Raises:
        RunStorageError: If the disk refuses.
    """
    fields = (*SPACE[:axes], CONFIDENCE)
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        header = ([name for name in keypoints for _ in fields], fields * len(keypoints))
        csv.writer(stream, lineterminator="\n").writerows(header)
        yield lambda points, confidence: stream.writelines(_lines(points, confidence))


def write_first_frame(table: Path, *, first_frame: int, n_frames: int, recording: str) -> Path:
    """Write the ``info.yaml`` beside a table, and return its path.

    Raises:
        RunStorageError: If the disk refuses.
    """
    lines = [f"recording_path: {_quoted(recording)}", f"dataset_name: {_quoted(recording)}"]
    lines += [f"frame_start: {first_frame}", f"number_frames: {n_frames}"]
    path = table.with_name(INFO)
    write_text(path, "\n".join(lines) + "\n")
    return path


def _lines(points: FloatArray, confidence: FloatArray) -> Iterator[str]:
    rows = np.concatenate([points, confidence[..., None]], axis=-1).reshape(len(points), -1)
    for start in range(0, len(rows), WRITE_ROWS):
        part = rows[start : start + WRITE_ROWS]
        yield format_numbers(part, [DECIMALS] * part.shape[1], missing=MISSING)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _header(path: Path) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Return keypoints, fields, and how many rows the header has."""
    rows = [cells for _, cells in islice(read_rows(path), 2)]
    place = next((number for number, cells in enumerate(rows) if cells[:2] == list(PLANE)), None)
    if place is None:
        raise FormatError(
            "no predictions of JARVIS",
            where=str(path),
            expected="names in row 1; x, y, z, confidence (or x, y, confidence) in row 2",
            actual=", ".join(rows[-1][:6]) if rows else "an empty file",
        )
    coordinates = rows[place]
    width = next((number for number in range(2, len(coordinates)) if coordinates[number] == "x"), len(coordinates))
    fields = tuple(coordinates[:width])
    count = len(coordinates) // width
    known = fields in {(*axes, *extra) for axes in (SPACE, PLANE) for extra in ((CONFIDENCE,), ())}
    if not known or coordinates != list(fields) * count:
        raise FormatError(
            "columns are missing",
            where=f"{path}, row {place + 1}",
            expected="x, y, z, confidence (or x, y, confidence) of every keypoint",
            actual=", ".join(coordinates[:8]),
        )
    names = rows[0][::width] if place else [f"keypoint_{number + 1}" for number in range(count)]
    if rows[0] != [name for name in names for _ in fields] and place:
        raise FormatError("names and columns differ", where=f"{path}, row 1", expected=f"each name {width} times",
                          actual=", ".join(rows[0][:8]))  # fmt: skip
    if len(set(names)) != count:
        raise FormatError("keypoints have the same name", where=f"{path}, row 1", expected="each name once",
                          actual=", ".join(names))  # fmt: skip
    return tuple(names), fields, place + 1


def _first_frame(path: Path) -> int:
    try:
        found = re.search(r"^frame_start:\s*(\d+)\s*$", path.with_name(INFO).read_text(encoding="utf-8"), re.MULTILINE)
    except (OSError, UnicodeDecodeError):
        return 0
    return int(found[1]) if found else 0
