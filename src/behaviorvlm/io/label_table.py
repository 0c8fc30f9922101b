"""Labels of a file as a table of bouts, one recording after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.frame_clock import FrameClock
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval, LabelledPart, place_intervals
from behaviorvlm.io.recording_files import files_in
from behaviorvlm.io.recording_names import recording_name
from behaviorvlm.types import Ethogram
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording


def table_of_labels(file: LabelFile, path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of all recordings of a file, their frames counted by a constant rate.

    A recording is as long as the file says, or until its last bout ends. What names no recording is of the one that
    the file is named after.

    Args:
        file: The labels.
        path: Where they come from.
        frame_rate_hz: Frames per second, goes before what the file says.

    Raises:
        SettingsError: If nothing says how many frames there are in a second.
    """
    unnamed = file.parts[0].name if len(file.parts) == 1 and file.parts[0].name else recording_name(path)
    grouped: dict[str, list[LabelInterval]] = {part.name or unnamed: [] for part in file.parts}
    for one in file.intervals:
        grouped.setdefault(one.recording or unnamed, []).append(one)
    recordings = tuple(
        _recording(replace(file.part(name), name=name), intervals, path, frame_rate_hz=frame_rate_hz)
        for name, intervals in grouped.items()
    )
    return BoutTable(recordings, Ethogram(file.behaviors), notes=file.notes)


def read_each(path: Path, ending: str, read_one: Callable[[Path], LabelFile]) -> LabelFile:
    """Return the labels of a file, or of all files of a folder; a recording that has no name is called as its file.

    Args:
        path: The file or the folder.
        ending: Of the files in a folder.
        read_one: Reads one.

    Raises:
        FormatError: If a file cannot be read, or the folder holds none.
    """
    if not path.is_dir():
        return read_one(path)
    files = {one: read_one(one) for one in files_in(path, ending)}
    if not files:
        raise FormatError("the folder holds no labels", where=str(path), expected=f"files *{ending}", actual="none")
    each = [_named(file, recording_name(one)) for one, file in files.items()]
    return LabelFile(
        tuple(one for file in each for one in file.intervals),
        notes=tuple(note for file in each for note in file.notes),
        parts=tuple(part for file in each for part in file.parts),
        behaviors=tuple({one.name: one for file in each for one in file.behaviors}.values()),
    )


def _named(file: LabelFile, name: str) -> LabelFile:
    """Return labels with the name of their recording; `name` where they do not say."""
    only = file.parts[0].name if len(file.parts) == 1 else ""
    name = only or name
    parts = tuple(replace(part, name=part.name or name) for part in file.parts or (file.part(name),))
    intervals = tuple(replace(one, recording=one.recording or name) for one in file.intervals)
    return replace(file, intervals=intervals, parts=parts, notes=tuple(f"{name}: {note}" for note in file.notes))


def _recording(
    part: LabelledPart, intervals: list[LabelInterval], path: Path, *, frame_rate_hz: float | None
) -> LabelledRecording:
    clock = FrameClock.of(None, frame_rate_hz or part.frame_rate_hz, where=f"{path}, {part.name}")
    bouts, _ = place_intervals(intervals, clock, recording=part.name, where=str(path))
    last = max((bout.stop_frame for bout in bouts), default=0)
    stated = part.n_frames or 0
    individuals = dict.fromkeys([*part.individuals, *(one.individual for one in intervals)])
    edges_s = np.arange(max(stated, last) + 1) / clock.frame_rate_hz
    return LabelledRecording(
        part.name, tuple(individuals), edges_s, clock.frame_rate_hz, bouts, part.video, groups=part.groups
    )
