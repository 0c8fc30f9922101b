"""DeepLabCut's CSV: hand labels (``CollectedData_*.csv``) and predictions, as three or four header rows and points.

Foreign words end here: bodyparts are keypoints, likelihood is confidence. Header rows are ``scorer``,
``individuals`` (several animals only), ``bodyparts``, ``coords``; the index is an image path, an image path in three
columns, or a frame number.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.number_table import Row, format_numbers, parse_numbers, read_rows, write_rows
from behaviorvlm.types import FloatArray, IntArray

IMAGE_NUMBER = re.compile(r"(\d+)(?:\.\w+)?$")
COORDS = ("x", "y", "likelihood")
BLOCK_ROWS = 4096
PX_DECIMALS = 3
CONFIDENCE_DECIMALS = 4
HEADER_KEYS = ("scorer", "individuals", "bodyparts", "coords")

Labels = tuple[IntArray, FloatArray, FloatArray]
"""(timepoint,) int64 frames, (timepoint, keypoint, 2) float64 px, (timepoint, keypoint) float64 confidence."""


@dataclass(frozen=True)
class _Header:
    """Header rows without the index columns: what each column is."""

    index_columns: int
    individuals: list[str]
    keypoints: list[str]
    coords: list[str]

    @property
    def animals(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.individuals))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.keypoints))


def is_deeplabcut(path: Path) -> bool:
    """Return whether a CSV file begins as DeepLabCut's do.

    Raises:
        FormatError: If it cannot be read as comma separated text.
    """
    _, cells = next(read_rows(path), (0, [""]))
    return cells[0] == HEADER_KEYS[0]


def read_keypoints(path: Path) -> KeypointTable:
    """Return the named points of a DeepLabCut CSV, rows in file order.

    Raises:
        FormatError: If the header is not DeepLabCut's, an index has no frame number, or a cell is no number.
    """
    rows = read_rows(path)
    header, first = _read_header(rows, path)
    blocks = [_parse_rows(first, header, path=path)]
    while block := list(islice(rows, BLOCK_ROWS)):
        blocks.append(_parse_rows(block, header, path=path))
    frames, cells, lines = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    points = np.where(np.isnan(cells[..., :2]).any(axis=-1, keepdims=True), np.nan, cells[..., :2])
    return KeypointTable(header.animals, header.names, frames, points, cells[..., 2], lines)


def write_labels(path: Path, frames: IntArray, points_px: FloatArray, *, keypoints: Sequence[str], video: str) -> None:
    """Write hand labels: ``labeled-data/<video>/img00012.png`` and x, y for every keypoint.

    Args:
        path: ``CollectedData_<camera>.csv``.
        frames: (timepoint,) int64 frame index in the video.
        points_px: (timepoint, keypoint, 2) float64 px, NaN = not seen (blank).
        keypoints: Names.
        video: Name of the video without its ending.

    Raises:
        RunStorageError: If the disk refuses.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_header_rows("human", keypoints, COORDS[:2]))
    for frame, points in zip(frames, points_px, strict=True):
        numbers = format_numbers(points.reshape(1, -1), [PX_DECIMALS] * points.size)
        text.write(f"labeled-data/{video}/img{int(frame):05d}.png,{numbers}")
    write_text(path, text.getvalue())


def write_predictions(
    path: Path, blocks: Iterable[Labels], *, keypoints: Sequence[str], scorer: str = "behaviorvlm"
) -> None:
    """Write predicted points as they come: frame number, then x, y, likelihood for every keypoint.

    Args:
        path: ``points2d_<camera>.csv``.
        blocks: Frames, points in px (NaN = missing) and confidences.
        keypoints: Names.
        scorer: Who predicted them.

    Raises:
        RunStorageError: If the disk refuses.
    """
    decimals = [0, *[PX_DECIMALS, PX_DECIMALS, CONFIDENCE_DECIMALS] * len(keypoints)]
    write_rows(path, _header_rows(scorer, keypoints, COORDS), map(_to_numbers, blocks), decimals=decimals)


def _header_rows(scorer: str, keypoints: Sequence[str], coords: Sequence[str]) -> list[list[str]]:
    count = len(keypoints)
    return [
        ["scorer", *[scorer] * (count * len(coords))],
        ["bodyparts", *[name for name in keypoints for _ in coords]],
        ["coords", *[*coords] * count],
    ]


def _to_numbers(block: Labels) -> FloatArray:
    frames, points_px, confidence = block
    table = np.concatenate([points_px, confidence[..., None]], axis=-1)
    return np.column_stack([frames, table.reshape(-1, table.shape[1] * len(COORDS))])


def _read_header(rows: Iterator[Row], path: Path) -> tuple[_Header, list[Row]]:
    """Return the header and the row that was read to tell three header rows from four."""
    top = list(islice(rows, 4))
    keys = [cells[0] for _, cells in top]
    tall = keys == [*HEADER_KEYS]
    if not tall and keys[:3] != [HEADER_KEYS[0], *HEADER_KEYS[2:]]:
        raise FormatError(
            "the header is not DeepLabCut's",
            where=str(path),
            expected="rows that begin with scorer, [individuals,] bodyparts, coords",
            actual=", ".join(keys) or "an empty file",
            remedy="export the labels from DeepLabCut as CSV, with commas",
        )
    height = 4 if tall else 3
    coords = top[height - 1][1]
    index_columns = 1 + next((i for i, cell in enumerate(coords[1:]) if cell), 0)
    header = [cells[index_columns:] for _, cells in top[1:height]]
    animals = header[0] if tall else [""] * len(header[-1])
    parsed = _Header(index_columns, animals, header[-2], header[-1])
    _refuse_odd_columns(parsed, path)
    return parsed, top[height:]


def _parse_rows(rows: Sequence[Row], header: _Header, *, path: Path) -> tuple[IntArray, FloatArray, IntArray]:
    """Return frames, (row, individual, keypoint, x y likelihood) cells and line numbers."""
    columns = range(header.index_columns, header.index_columns + len(header.coords))
    numbers = parse_numbers(rows, columns, path=path)
    cells = np.full((len(rows), len(header.animals), len(header.names), len(COORDS)), np.nan)
    for column, keys in enumerate(zip(header.individuals, header.keypoints, header.coords, strict=True)):
        cells[:, header.animals.index(keys[0]), header.names.index(keys[1]), COORDS.index(keys[2])] = numbers[:, column]
    frames = [_frame(row[: header.index_columns], f"{path}, line {line}") for line, row in rows]
    return np.array(frames, dtype=np.int64), cells, np.array([line for line, _ in rows], dtype=np.int64)


def _refuse_odd_columns(header: _Header, path: Path) -> None:
    columns = list(zip(header.individuals, header.keypoints, header.coords, strict=False))  # ragged is refused below
    odd = [keys for keys in columns if keys[2] not in COORDS]
    twice = [keys for keys in columns if columns.count(keys) > 1]
    ragged = len({len(header.individuals), len(header.keypoints), len(header.coords)}) > 1
    if not columns or odd or twice or ragged:
        fault = f"column {' '.join((odd or twice)[0])}" if odd or twice else "rows of different length, or no column"
        raise FormatError(
            "the header does not name each column once",
            where=str(path),
            expected="x, y and perhaps likelihood for every keypoint",
            actual=fault,
        )


def _frame(index: Sequence[str], where: str) -> int:
    name = index[-1].strip()
    match = IMAGE_NUMBER.search(name)
    if not match or name.startswith("-"):
        raise FormatError(
            "a row names no frame",
            where=where,
            expected="a frame number or an image such as img00012.png",
            actual="/".join(index),
        )
    return int(match.group(1))
