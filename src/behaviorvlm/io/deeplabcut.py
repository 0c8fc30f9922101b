"""DeepLabCut's CSV: hand labels (``CollectedData_*.csv``) and predictions, as three or four header rows and points.

Foreign words end here: bodyparts are keypoints, likelihood is confidence. Header rows are ``scorer``,
``individuals`` (several animals only), ``bodyparts``, ``coords``; the index is an image path, an image path in three
columns, or a frame number.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.deeplabcut_columns import COORDS, Columns, refuse_mixed
from behaviorvlm.io.image_number import frame_in_name
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.number_block import parse_block
from behaviorvlm.io.number_table import (
    UNREADABLE,
    Row,
    format_numbers,
    is_gzip,
    parse_numbers,
    read_rows,
    unreadable,
    write_rows,
)
from behaviorvlm.types import FloatArray, IntArray

BLOCK_ROWS = 4096
PIECE_BYTES = 1 << 21
"""Text that is read at a time."""
PX_DECIMALS = 3
CONFIDENCE_DECIMALS = 4
HEIGHT_TALL = 4
HEADER_KEYS = ("scorer", "individuals", "bodyparts", "coords")

Labels = tuple[IntArray, FloatArray, FloatArray]
"""(timepoint,) int64 frames, (timepoint, keypoint, 2) float64 px, (timepoint, keypoint) float64 confidence."""


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
    index_columns, header, first = _read_header(rows, path)
    table = _read_at_once(path, header, index_columns=index_columns, skip=HEIGHT_TALL - len(first))
    if table is not None:
        return table
    blocks = [_parse_rows(first, index_columns, columns=len(header.coords), path=path)]
    while block := list(islice(rows, BLOCK_ROWS)):
        blocks.append(_parse_rows(block, index_columns, columns=len(header.coords), path=path))
    frames, numbers, lines = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return header.table(frames, numbers, lines=lines)


def read_columns(path: Path) -> tuple[int, Columns]:
    """Return how many columns the index has, and what the others are; errors as of `read_keypoints`."""
    index_columns, header, _ = _read_header(read_rows(path), path)
    return index_columns, header


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
    text = io.StringIO(labels_header(keypoints))
    text.seek(0, io.SEEK_END)
    for frame, points in zip(frames, points_px, strict=True):
        numbers = format_numbers(points.reshape(1, -1), [PX_DECIMALS] * points.size)
        text.write(f"labeled-data/{video}/img{int(frame):05d}.png,{numbers}")
    write_text(path, text.getvalue())


def labels_header(keypoints: Sequence[str]) -> str:
    """Return the header of a file of hand labels."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_header_rows("human", keypoints, COORDS[:2]))
    return text.getvalue()


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


def _read_header(rows: Iterator[Row], path: Path) -> tuple[int, Columns, list[Row]]:
    """Return the number of index columns, what the others are, and the row that was read to tell three from four."""
    top = list(islice(rows, HEIGHT_TALL))
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
    header = [tuple(cells[index_columns:]) for _, cells in top[1:height]]
    columns = Columns(header[0] if tall else ("",) * len(header[-1]), header[-2], header[-1])
    columns.refuse_odd(path)
    refuse_mixed(top[0][1][index_columns:], path)
    return index_columns, columns, top[height:]


def _read_at_once(path: Path, header: Columns, *, index_columns: int, skip: int) -> KeypointTable | None:
    """Return the table of a file whose index is frame numbers; None where the rows have to be looked at one by one.

    Args:
        path: The file.
        header: What the columns behind the index are.
        index_columns: How many columns the index has.
        skip: Number of header rows, each on a line of its own.
    """
    pieces: list[tuple[IntArray, FloatArray, FloatArray]] = []
    try:
        with gzip.open(path) if is_gzip(path) else path.open("rb") as stream:
            above = [stream.readline() for _ in range(skip)]
            if index_columns != 1 or any(
                line.count(b'"') % 2 or not line.endswith(b"\n") or line == b"\n" for line in above
            ):
                return None
            while (text := b"".join(stream.readlines(PIECE_BYTES))) or not pieces:
                numbers = parse_block(text, 1 + len(header.coords))
                if numbers is None or (numbers[:, 0] < 0).any() or (numbers[:, 0] % 1 != 0).any():
                    return None
                pieces.append((numbers[:, 0].astype(np.int64), *header.points_of(numbers[:, 1:])))
    except UNREADABLE as error:
        raise unreadable(path, error) from error
    return header.joined(pieces, lines=np.arange(sum(len(frames) for frames, *_ in pieces)) + skip + 1)


def _parse_rows(
    rows: Sequence[Row], index_columns: int, *, columns: int, path: Path
) -> tuple[IntArray, FloatArray, IntArray]:
    """Return frames, (row, column) numbers behind the index, and line numbers."""
    numbers = parse_numbers(rows, range(index_columns, index_columns + columns), path=path)
    frames = [frame_in_name(row[index_columns - 1], where=f"{path}, line {line}") for line, row in rows]
    return np.array(frames, dtype=np.int64), numbers, np.array([line for line, _ in rows], dtype=np.int64)
