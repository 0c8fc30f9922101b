"""BORIS's other tables of bouts: tabular events, a row for each START, STOP or POINT, of all observations together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from behaviorvlm.io.boris import read_intervals, write_boris_aggregated
from behaviorvlm.io.boris_bouts import comment_of, joined
from behaviorvlm.io.boris_events import POINT, START, STOP
from behaviorvlm.io.boris_table import kind_of
from behaviorvlm.io.label_table import read_each, table_of_labels
from behaviorvlm.io.recording_files import is_each
from behaviorvlm.io.text_cells import one_line, write_cells
from behaviorvlm.types import Bout
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

TABULAR = (
    "Observation id", "Observation date", "Description", "Observation duration", "Observation type", "Source",
    "Time offset (s)", "Media duration (s)", "FPS", "Subject", "Behavior", "Behavioral category", "Modifier #1",
    "Behavior type", "Time", "Media file name", "Image index", "Image file path", "Comment",
)  # fmt: skip
"""Columns of BORIS 8."""
Row = list[object]
ENDING = ".csv"


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of a table that BORIS exported, of whichever kind, or of all those in a folder.

    Raises:
        FormatError: If it is no such table, or a cell is no number.
        SettingsError: If the table states no frame rate, and none is given.
    """
    return table_of_labels(read_each(path, ENDING, read_intervals), path, frame_rate_hz=frame_rate_hz)


def is_aggregated(path: Path) -> bool:
    """Return whether a file, or every table of a folder, is of aggregated events."""
    return is_each(path, ENDING, lambda one: kind_of(one) == "aggregated")


def is_tabular(path: Path) -> bool:
    """Return whether a file, or every table of a folder, is of START, STOP and POINT."""
    return is_each(path, ENDING, lambda one: kind_of(one) == "events")


def write_aggregated(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write the bouts of all recordings as aggregated events; returns the path.

    Raises:
        RunStorageError: If the disk refuses.
    """
    write_boris_aggregated(
        path,
        table.bouts,
        frame_rates_hz={one.name: one.frame_rate_hz for one in table.recordings},
        durations_s={one.name: one.duration_s for one in table.recordings},
        media={one.name: one.video for one in table.recordings},
        points=frozenset(one.name for one in table.ethogram.behaviors if one.kind == "point"),
    )
    return (path,)


def write_tabular(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write the bouts of all recordings as tabular events; returns the path.

    Raises:
        RunStorageError: If the disk refuses.
    """
    points = {one.name for one in table.ethogram.behaviors if one.kind == "point"}
    rows = (event_rows(one, joined(one.bouts), points=points, media=one.video) for one in table.recordings)
    write_cells(path, chain([TABULAR], chain.from_iterable(rows)))
    return (path,)


def event_rows(
    recording: LabelledRecording, bouts: list[Bout], *, points: set[str], media: str, last_frame: bool = False
) -> Iterator[Row]:
    """Return rows of `TABULAR`, in order of time.

    Args:
        recording: Whose bouts they are.
        bouts: None of which overlaps another of its kind.
        points: Behaviors that are over at once.
        media: Path of the video.
        last_frame: Whether the image index of a STOP is the last frame of the bout, not the one behind it.
    """
    length = f"{recording.duration_s:.3f}"
    before = [one_line(recording.name), "", "", length, "Media file(s)", media, "0.000", length]
    timed: list[tuple[float, int, Row]] = []
    for bout in bouts:
        who = [one_line(bout.individual) or "No focal subject", one_line(bout.behavior), "", one_line(bout.target)]
        head, tail = [*before, f"{recording.frame_rate_hz:.10g}", *who], [media]
        is_point = bout.behavior in points
        start = [POINT if is_point else START, f"{bout.start_s:.6f}", *tail, bout.start_frame, "", comment_of(bout)]
        timed.append((bout.start_s, 1, [*head, *start]))
        if not is_point:
            index = bout.stop_frame - 1 if last_frame else bout.stop_frame
            timed.append((bout.stop_s, 0, [*head, STOP, f"{bout.stop_s:.6f}", *tail, index, "", ""]))
    return (row for _, _, row in sorted(timed, key=lambda one: one[:2]))
