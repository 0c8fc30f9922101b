"""V-TRACE (and TRACE): ``labelId,timestamp,endTimestamp`` in seconds, a file for each video.

V-TRACE takes every frame that begins from ``timestamp`` to ``endTimestamp``, both included. Bouts are therefore written
a quarter of a frame early: both ends lie between frames, and no rounding changes what frames are taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.calms21_labels import HEADER
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval
from behaviorvlm.io.label_table import read_each, table_of_labels
from behaviorvlm.io.number_table import Row, read_rows
from behaviorvlm.io.recording_files import is_each, placing_files
from behaviorvlm.io.text_cells import one_line, unguarded, write_cells
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

ENDING = ".csv"
REJECTED = "rejected"
EARLY_FRAMES = 0.25


def is_label_table(path: Path) -> bool:
    """Return whether a file, or every table of a folder, is V-TRACE's."""
    return is_each(path, ENDING, _is_table)


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of a file; rows that a reviewer rejected are left out.

    Raises:
        FormatError: If it is no such table, or a cell is no number.
    """
    rows = _rows(path)
    header = next(rows, (0, []))[1]
    if not set(HEADER) <= set(header):
        raise FormatError(
            "the table is not V-TRACE's", where=str(path), expected=",".join(HEADER),
            actual=",".join(header[:6]) or "an empty file",
        )  # fmt: skip
    found = [_interval(row, header, path) for row in rows]
    kept = tuple(one for one in found if one is not None)
    dropped = len(found) - len(kept)
    return LabelFile(kept, notes=(f"{dropped} rejected labels were left out",) if dropped else ())


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of a file, or of all those in a folder.

    Raises:
        FormatError: If it is no such table, or a cell is no number.
        SettingsError: If no frame rate is given: the table does not state it.
    """
    return table_of_labels(read_each(path, ENDING, read_intervals), path, frame_rate_hz=frame_rate_hz)


def write(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write a file for each recording, what all animals do in one; returns the files.

    Raises:
        SettingsError: If one file is to hold several, or the folder is in use.
        RunStorageError: If the disk refuses.
    """
    with placing_files(path, [one.name for one in table.recordings], ending=ENDING, format="vtrace") as place:
        for file, one in zip(place.files, table.recordings, strict=True):
            write_cells(file, _cells(one))
    return place.final(place.files)


def _cells(one: LabelledRecording) -> Iterator[list[str]]:
    yield HEADER
    for bout in one.bouts:
        yield [
            one_line(bout.behavior),
            *(f"{_early_s(one, frame):.6f}" for frame in (bout.start_frame, bout.stop_frame)),
        ]


def _early_s(one: LabelledRecording, frame: int) -> float:
    """Return a quarter of the frame before it earlier than a frame begins."""
    before_s, begins_s = one.edges_s[max(frame - 1, 0)], one.edges_s[frame]
    return max(float(begins_s - EARLY_FRAMES * (begins_s - before_s)), 0.0)


def _rows(path: Path) -> Iterator[Row]:
    return ((line, [cell.strip() for cell in cells]) for line, cells in read_rows(path) if not cells[0].startswith("#"))


def _is_table(path: Path) -> bool:
    try:
        return set(HEADER) <= set(next(_rows(path), (0, []))[1])
    except (FormatError, OSError):
        return False


def _interval(row: Row, header: list[str], path: Path) -> LabelInterval | None:
    line, cells = row
    said = dict(zip(header, cells, strict=False))
    if said.get("review", "").lower() == REJECTED:
        return None
    try:
        behavior, start, stop = unguarded(said[HEADER[0]]), float(said[HEADER[1]]), float(said[HEADER[2]])
    except (KeyError, ValueError) as error:
        raise FormatError(
            "a row is no label", where=f"{path}, line {line}", expected=",".join(HEADER), actual=",".join(cells)
        ) from error
    return LabelInterval(behavior, start, stop, line=line)
