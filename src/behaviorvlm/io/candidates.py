"""Candidates from files: unnamed points of one camera, for rigs without quantum dots.

The package's own format is a CSV with ``frame, x, y`` and perhaps ``brightness`` and ``size``. DeepLabCut CSV and SLEAP
``analysis.h5`` are read as points without names, sorted by place, so that their order gives no name away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io import deeplabcut, sleap
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.number_table import parse_numbers, read_rows, write_rows
from behaviorvlm.types import CandidateSet, FloatArray

COLUMNS = ("frame", "x", "y", "brightness", "size")
REQUIRED = COLUMNS[:3]
DECIMALS = (0, 4, 4, 3, 4)
BLOCK_ROWS = 65536
MIN_CONFIDENCE = 0.6
"""DeepLabCut's own cutoff: its predictions put every keypoint somewhere, and only the likelihood says it is hidden."""


def read_candidates(
    path: Path, *, camera: str, n_timepoints: int | None = None, frame_offset: int = 0
) -> list[CandidateSet]:
    """Return the unnamed points of one camera, one set per timepoint from 0.

    Numbers follow the order of the rows in a candidate CSV, and left to right, top to bottom, in the other formats.

    Args:
        path: Candidate CSV, DeepLabCut CSV or SLEAP ``analysis.h5``.
        camera: Camera name.
        n_timepoints: Number of sets; None = as many as the file reaches to.
        frame_offset: Frame index that shows timepoint 0.

    Raises:
        FormatError: If the file is none of these, or a cell is no number.
    """
    rows = _read_rows(path)
    timepoints = rows[:, 0].astype(np.int64) - frame_offset
    count = n_timepoints if n_timepoints is not None else int(timepoints.max(initial=-1)) + 1
    order = np.argsort(timepoints, kind="stable")
    starts = np.searchsorted(timepoints[order], np.arange(count + 1))
    return [
        _candidate_set(rows[order[starts[timepoint] : starts[timepoint + 1]]], timepoint, camera)
        for timepoint in range(count)
    ]


def count_frames(path: Path) -> int:
    """Return the number of frames a file of candidates reaches to.

    Raises:
        FormatError: As `read_candidates`.
    """
    return int(_read_rows(path)[:, 0].max(initial=-1)) + 1


def write_candidates(path: Path, sets: Iterable[CandidateSet], *, frame_offset: int = 0) -> None:
    """Write candidates as CSV, in the order of their numbers.

    Args:
        path: The file; replaced whole at the end.
        sets: One set per timepoint, as they come.
        frame_offset: Frame index that shows timepoint 0.

    Raises:
        RunStorageError: If the disk refuses.
    """
    blocks = (_to_numbers(candidates, frame_offset) for candidates in sets)
    write_rows(path, [COLUMNS], blocks, decimals=DECIMALS)


def _read_rows(path: Path) -> FloatArray:
    """Return (candidate, 5) rows of `COLUMNS` with finite frame, x and y."""
    if not path.is_file():
        raise FormatError("no such file of candidates", where=str(path), expected="a CSV or .h5 file", actual="nothing")
    if path.suffix == ".h5":
        return _unnamed(sleap.read_keypoints(path), min_confidence=-np.inf)
    if deeplabcut.is_deeplabcut(path):
        return _unnamed(deeplabcut.read_keypoints(path), min_confidence=MIN_CONFIDENCE)
    return np.concatenate(list(_read_csv(path)))


def _read_csv(path: Path) -> Iterator[FloatArray]:
    rows = read_rows(path)
    _, header = next(rows, (0, []))
    if not set(REQUIRED) <= set(header):
        raise FormatError(
            "the header is not that of a file of candidates",
            where=str(path),
            expected=f"{','.join(COLUMNS)} (the last two may be missing), or a DeepLabCut header",
            actual=",".join(header) or "an empty file",
        )
    yield np.empty((0, len(COLUMNS)))
    present = [name in header for name in COLUMNS]
    columns = [header.index(name) for name in COLUMNS if name in header]
    while block := list(islice(rows, BLOCK_ROWS)):
        table = np.full((len(block), len(COLUMNS)), np.nan)
        table[:, present] = parse_numbers(block, columns, path=path)
        bad = np.isnan(table[:, :3]).any(axis=1) | (table[:, 0] != np.floor(table[:, 0])) | (table[:, 0] < 0)
        if bad.any():
            line, cells = block[int(bad.argmax())]
            raise FormatError(
                "a candidate has no frame or no place",
                where=f"{path}, line {line}",
                expected="frame (0, 1, 2 ...), x and y",
                actual=",".join(cells),
            )
        yield table


def _unnamed(table: KeypointTable, *, min_confidence: float) -> FloatArray:
    count = len(table.frames)
    points = table.points_px.reshape(count, -1, 2)
    confidence = np.where(np.isnan(table.confidence), np.inf, table.confidence).reshape(count, -1)
    kept = np.isfinite(points).all(axis=-1) & (confidence >= min_confidence)
    frames = np.broadcast_to(table.frames[:, None], kept.shape)[kept]
    rows = np.column_stack([frames, points[kept], np.full((kept.sum(), 2), np.nan)])
    return rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]


def _candidate_set(rows: FloatArray, timepoint: int, camera: str) -> CandidateSet:
    flags = np.zeros(len(rows), dtype=np.int64)
    return CandidateSet(timepoint, camera, rows[:, 1:3], rows[:, 3], rows[:, 4], flags)


def _to_numbers(candidates: CandidateSet, frame_offset: int) -> FloatArray:
    frames = np.full(len(candidates), candidates.timepoint + frame_offset, dtype=np.float64)
    return np.column_stack([frames, candidates.points_px, candidates.brightness, candidates.size_px])
