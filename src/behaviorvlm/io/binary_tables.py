"""Binary tables: ``time`` and a column of 0 and 1 for each behavior, as BORIS exports them and A-SOiD reads them.

A file for each recording and individual. BORIS counts a state from its start to before its stop.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from behaviorvlm.io import boris
from behaviorvlm.io.boris_table import kind_of
from behaviorvlm.io.frame_marks import marks_of, second_texts, write_marks
from behaviorvlm.io.label_table import read_each, table_of_labels
from behaviorvlm.io.recording_files import actors_of, is_each, placing_files
from behaviorvlm.types import FloatArray
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

ENDING = ".csv"
MICROSECOND = 1e-6


def is_binary(path: Path) -> bool:
    """Return whether a file, or every table of a folder, is binary."""
    return is_each(path, ENDING, lambda one: kind_of(one) == "binary")


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of a binary table, or of all those in a folder.

    Args:
        path: The file or the folder.
        frame_rate_hz: Frames per second; None = a row is a frame.

    Raises:
        FormatError: If it is no such table.
    """
    return table_of_labels(read_each(path, ENDING, boris.read_intervals), path, frame_rate_hz=frame_rate_hz)


def write_boris(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write a row for each frame at the time it begins; returns the files.

    Raises:
        SettingsError: If one file is to hold several, or the folder is in use.
        RunStorageError: If the disk refuses.
    """
    return _write(path, table, lambda one: one.edges_s[:-1], format="boris-binary")


def write_asoid(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write a row for each frame, its time counted by the frame rate; returns the files.

    A-SOiD compares the step from the first row to the second with the frame rate, and refuses a step that is shorter:
    times are rounded up.

    Raises:
        SettingsError: If one file is to hold several, or the folder is in use.
        RunStorageError: If the disk refuses.
    """
    return _write(path, table, _counted_s, format="asoid")


def _counted_s(one: LabelledRecording) -> FloatArray:
    return np.asarray(np.ceil(np.arange(one.n_frames) / one.frame_rate_hz / MICROSECOND) * MICROSECOND)


def _write(
    path: Path, table: BoutTable, times_s: Callable[[LabelledRecording], FloatArray], *, format: str
) -> tuple[Path, ...]:
    behaviors = [one.name for one in table.ethogram.behaviors]
    parts = [(one, who, len(actors_of(one)) > 1) for one in table.recordings for who in actors_of(one)]
    names = [f"{one.name}_{who}" if who and several else one.name for one, who, several in parts]
    before, times = "", list[bytes]()
    with placing_files(path, names, ending=ENDING, format=format) as place:
        for file, (one, who, _) in zip(place.files, parts, strict=True):
            if one.name != before:
                before, times = one.name, second_texts(times_s(one))
            own = [bout for bout in one.bouts if bout.individual == who]
            write_marks(file, times, marks_of(own, behaviors, n_frames=one.n_frames), behaviors=behaviors)
    return place.final(place.files)
