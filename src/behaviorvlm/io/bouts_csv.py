"""``bouts.csv`` as a table of recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.bouts import BoutRow, is_bout_table, read_bout_rows, write_bouts
from behaviorvlm.io.frame_clock import tidy_rate_hz
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval, LabelledPart
from behaviorvlm.io.label_table import table_of_labels
from behaviorvlm.types.bout_table import BoutTable


def is_bouts(path: Path) -> bool:
    """Return whether a file is a table of bouts."""
    try:
        return path.is_file() and is_bout_table(path)
    except FormatError:
        return False


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of a table.

    Raises:
        FormatError: If it is no such table, or a row is no bout.
        SettingsError: If it gives seconds or frames only, and no frame rate is given.
    """
    return table_of_labels(read_intervals(path), path, frame_rate_hz=frame_rate_hz)


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of a table; the frame rate is known where seconds and frames stand side by side.

    Raises:
        FormatError: If it is no such table, or a row is no bout.
    """
    rows = read_bout_rows(path)
    grouped: dict[str, list[BoutRow]] = {}
    for row in rows:
        grouped.setdefault(row.recording, []).append(row)
    parts = tuple(LabelledPart(name, frame_rate_hz=_rate_hz(own)) for name, own in grouped.items())
    rates = {part.frame_rate_hz for part in parts}
    return LabelFile(tuple(map(_interval, rows)), frame_rate_hz=rates.pop() if len(rates) == 1 else None, parts=parts)


def write(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write the bouts of all recordings; returns the path.

    Raises:
        RunStorageError: If the disk refuses.
    """
    write_bouts(path, table.bouts)
    return (path,)


def _interval(row: BoutRow) -> LabelInterval:
    start, stop = row.frames or row.seconds or (0, 0)
    return LabelInterval(
        row.behavior, start, stop, in_frames=row.frames is not None, individual=row.individual, target=row.target,
        recording=row.recording, confidence=row.confidence, segments=row.segments, line=row.line,
    )  # fmt: skip


def _rate_hz(rows: Sequence[BoutRow]) -> float | None:
    """Return frames per second over all bouts, which times that are rounded hardly touch."""
    both = [(row.frames, row.seconds) for row in rows if row.frames and row.seconds]
    if not both:
        return None
    frames = sum(stop - start for (start, stop), _ in both)
    return tidy_rate_hz(frames / sum(stop - start for _, (start, stop) in both))
