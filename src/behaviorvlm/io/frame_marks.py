"""Bouts as a 0 or 1 for each frame and behavior, in a table that is written a recording at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.label_intervals import LabelInterval
from behaviorvlm.io.text_cells import guarded, legal_names, one_line
from behaviorvlm.types import BoolArray, Bout, FloatArray, IntArray


def marks_of(bouts: Iterable[Bout], behaviors: Sequence[str], *, n_frames: int) -> BoolArray:
    """Return which behaviors each frame shows, (frame, behavior) bool."""
    marks = np.zeros((n_frames, len(behaviors)), dtype=np.bool_)
    columns = {name: column for column, name in enumerate(behaviors)}
    for bout in bouts:
        marks[bout.start_frame : bout.stop_frame, columns[bout.behavior]] = True
    return marks


def runs_of(marks: BoolArray) -> list[tuple[int, int]]:
    """Return the stretches of (frame,) marks that are true, half-open."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marks, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def labels_of(bouts: Iterable[Bout], behaviors: Sequence[str], *, n_frames: int, background: int) -> IntArray:
    """Return the number of the behavior that each frame shows, (frame,) int64; of several, the one that began last."""
    labels = np.full(n_frames, background, dtype=np.int64)
    numbers = {name: number for number, name in enumerate(behaviors)}
    for bout in sorted(bouts, key=lambda one: one.start_frame):
        labels[bout.start_frame : bout.stop_frame] = numbers[bout.behavior]
    return labels


def stretches_of(labels: IntArray) -> Iterator[tuple[int, int, int]]:
    """Yield start, stop and number of each stretch of equal (frame,) labels, half-open."""
    if len(labels):
        edges = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
        for start, stop in pairwise(edges):
            yield start, stop, int(labels[start])


def second_texts(times_s: FloatArray) -> list[bytes]:
    """Return (frame,) seconds as texts, to microseconds."""
    return [b"%.6f" % time for time in times_s.tolist()]


def write_marks(path: Path, times: Sequence[bytes], marks: BoolArray, *, behaviors: Sequence[str]) -> None:
    """Write ``time`` and a column for each behavior, a row for each frame, whole or not at all.

    Args:
        path: The file.
        times: Seconds of each frame, from `second_texts`.
        marks: (frame, behavior) bool.
        behaviors: Names of the columns.

    Raises:
        RunStorageError: If the disk refuses.
    """
    header = io.StringIO()
    names = legal_names(behaviors, one_line)
    csv.writer(header, lineterminator="\n").writerow(["time", *(guarded(names[name]) for name in behaviors)])
    cells = np.full((len(marks), 2 * len(behaviors) + 1), ord(","), dtype=np.uint8)
    cells[:, 1::2] = marks + np.uint8(ord("0"))
    cells[:, -1] = ord("\n")
    rows: list[bytes] = cells.view(f"S{cells.shape[1]}").ravel().tolist()
    with replacing(path) as temporary, temporary.open("wb") as stream:
        stream.write(header.getvalue().encode("utf-8"))
        stream.write(b"".join(map(bytes.__add__, times, rows)))


def intervals_of_columns(columns: Iterable[tuple[str, Sequence[str]]], *, where: str) -> Iterator[LabelInterval]:
    """Yield the stretches of ones of each column, in frames.

    Args:
        columns: Name, and a cell for each frame.
        where: The file, for the error.

    Raises:
        FormatError: If a cell is neither 0 nor 1.
    """
    for behavior, cells in columns:
        odd = next((at for at, cell in enumerate(cells) if cell not in ("0", "1", "0.0", "1.0", "")), None)
        if odd is not None:
            raise FormatError(
                "a cell is neither 0 nor 1", where=f"{where}, frame {odd}, {behavior}", expected="0 or 1",
                actual=cells[odd],
            )  # fmt: skip
        marks = np.array([cell.startswith("1") for cell in cells], dtype=np.bool_)
        for start, stop in runs_of(marks):
            yield LabelInterval(behavior, start, stop, in_frames=True)
