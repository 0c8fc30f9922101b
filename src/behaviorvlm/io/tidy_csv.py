"""Poses as a tidy CSV; see `tidy_rows` for its columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice, product
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.number_table import Row, format_numbers, parse_numbers, read_rows
from behaviorvlm.io.tidy_rows import (
    KEYS,
    TidyHeader,
    TidyRows,
    blocks_of,
    cameras_of,
    is_header,
    number_columns,
    numbers_of,
    places_of,
    require_header,
)
from behaviorvlm.types import Skeleton
from behaviorvlm.types.pose_table import PoseBlock, PoseTable

BLOCK_ROWS = 32_768
WRITE_TIMEPOINTS = 128
VIEWS, DECIMALS = "views", 4
"""The only column of whole numbers, and the decimals of the others: 0.1 micrometre, 0.0001 px."""


def write_pose(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write poses as a tidy CSV, block by block.

    Args:
        path: The file; replaced whole at the end.
        poses: What to write.
        options: Not used.

    Returns:
        The file.

    Raises:
        RunStorageError: If the disk refuses.
    """
    names = _names(poses)
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        stream.write(_line((*KEYS, *number_columns(poses.cameras))) + "\n")
        for block in poses.blocks():
            stream.writelines(_text(block, names))
    return (path,)


def read_pose(path: Path) -> PoseTable:
    """Return a tidy CSV as named points over time, read again block by block whenever it is asked for blocks.

    Only ``timepoint``, ``individual``, ``keypoint`` and positions or views must be there; a row may be left out where
    nothing is known. Columns of other names are ignored.

    Raises:
        FormatError: If columns are missing or stand twice, a cell is no number, timepoints do not rise, or a point
            stands twice.
    """
    columns = _columns(path)
    individuals: dict[str, int] = {}
    keypoints: dict[str, int] = {}
    last = -1
    for _, cells in _body(path):
        individuals.setdefault(_cell(cells, columns.index(KEYS[1])), len(individuals))
        keypoints.setdefault(_cell(cells, columns.index(KEYS[2])), len(keypoints))
        last = max(last, _timepoint(_cell(cells, columns.index(KEYS[0]))))
    if not keypoints:
        raise FormatError("the table has no rows", where=str(path), expected="one row a keypoint", actual="none")
    header = TidyHeader(tuple(individuals), tuple(keypoints), cameras_of(columns))
    return PoseTable(
        path.stem,
        Skeleton(header.keypoints),
        header.individuals,
        header.cameras,
        last + 1,
        lambda: blocks_of(_pieces(path, columns, header), header, where=str(path)),
    )


def is_tidy(path: Path) -> bool:
    """Return whether a file is such a table."""
    try:
        return path.is_file() and is_header(next(read_rows(path), (0, []))[1])
    except FormatError:
        return False


def _names(poses: PoseTable) -> list[str]:
    """Return the names in the rows of one timepoint, as they stand between the commas."""
    return [_line(pair) for pair in product(poses.individuals, poses.keypoints)]


def _line(cells: Sequence[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(cells)
    return stream.getvalue()


def _text(block: PoseBlock, names: list[str]) -> Iterator[str]:
    """Yield the rows of a block as text, some timepoints at a time."""
    columns = number_columns([""] * block.points_px.shape[1])
    decimals = [0 if name == VIEWS else DECIMALS for name in columns]
    for start in range(0, len(block.timepoint), WRITE_TIMEPOINTS):
        part = slice(start, start + WRITE_TIMEPOINTS)
        numbers = format_numbers(numbers_of(block, part).reshape(-1, len(columns)), decimals).splitlines(keepends=True)
        keys = product(block.timepoint[part].tolist(), names)
        yield "".join(f"{when},{name},{cells}" for (when, name), cells in zip(keys, numbers, strict=True))


def _columns(path: Path) -> list[str]:
    columns = next(read_rows(path), (0, []))[1]
    require_header(columns, where=str(path))
    return columns


def _body(path: Path) -> Iterator[Row]:
    return islice(read_rows(path), 1, None)


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _timepoint(cell: str) -> int:
    try:
        return int(float(cell))
    except (ValueError, OverflowError):
        return -1  # told by name when the rows are read


def _pieces(path: Path, columns: Sequence[str], header: TidyHeader) -> Iterator[TidyRows]:
    individuals = {name: place for place, name in enumerate(header.individuals)}
    keypoints = {name: place for place, name in enumerate(header.keypoints)}
    there = [name for name in header.numbers if name in columns]
    wanted = [columns.index(name) for name in (KEYS[0], *there)]
    into = [header.numbers.index(name) for name in there]
    rows = _body(path)
    while block := list(islice(rows, BLOCK_ROWS)):
        parsed = parse_numbers(block, wanted, path=path)
        table = np.full((len(block), len(header.numbers)), np.nan)
        table[:, into] = parsed[:, 1:]
        place = [
            places_of([_cell(cells, columns.index(key)) for _, cells in block], known)
            for key, known in ((KEYS[1], individuals), (KEYS[2], keypoints))
        ]
        lines = np.array([line for line, _ in block])
        yield TidyRows(_whole(parsed[:, 0], lines, path), np.stack(place, axis=1), table, lines)


def _whole(timepoints: np.ndarray, lines: np.ndarray, path: Path) -> np.ndarray:
    bad = np.flatnonzero(~(timepoints == np.round(timepoints)))
    if len(bad):
        raise FormatError(
            "a timepoint is no whole number",
            where=f"{path}, line {lines[bad[0]]}",
            expected="0, 1, 2 ...",
            actual=str(timepoints[bad[0]]),
        )
    return timepoints.astype(np.int64)
