"""SimBA: bouts as its BORIS importer takes them, and the labels in the tables of its project.

SimBA labels whole videos, not animals: what any animal does is one column. Its importer marks the frames from START to
STOP, both included, and goes by the image index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PureWindowsPath

from behaviorvlm.errors import FormatError
from behaviorvlm.io import boris
from behaviorvlm.io.boris_bouts import joined
from behaviorvlm.io.boris_table import kind_of
from behaviorvlm.io.boris_tables import TABULAR, event_rows
from behaviorvlm.io.file_names import file_names
from behaviorvlm.io.frame_marks import intervals_of_columns
from behaviorvlm.io.label_intervals import LabelFile
from behaviorvlm.io.label_table import read_each, table_of_labels
from behaviorvlm.io.number_table import read_rows
from behaviorvlm.io.recording_files import is_each, placing_files
from behaviorvlm.io.text_cells import write_cells
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

ENDING = ".csv"
PROBABILITY = "Probability_"
FEATURES = "Low_prob_detections"
"""Features that SimBA computes last; they may be 0 or 1 throughout, too."""
POINT_COLUMNS = ("_x", "_y", "_p")


def is_project_table(path: Path) -> bool:
    """Return whether a file, or every table of a folder, has SimBA's points and features."""
    return is_each(path, ENDING, lambda one: _has_points(_header(one)))


def read_intervals(path: Path) -> LabelFile:
    """Return the labels in a table of ``targets_inserted`` or ``machine_results``, or in one that its importer takes.

    A classifier is a column that has a probability beside it; without any, the columns at the end of the table that
    hold nothing but 0 and 1.

    Raises:
        FormatError: If it is no such table, or no column is a classifier.
    """
    rows = list(read_rows(path))
    header = rows[0][1] if rows else []
    if not _has_points(header) and kind_of(path):
        return boris.read_intervals(path)
    if not _has_points(header):
        raise FormatError(
            "the table is not of a project of SimBA", where=str(path), expected="columns <keypoint>_x, _y and _p",
            actual=", ".join(header[:6]) or "an empty file",
        )  # fmt: skip
    cells = [row for _, row in rows[1:]]
    short = next((line for line, row in rows if len(row) != len(header)), None)
    if short is not None:
        raise FormatError(
            "a line is too short or too long", where=f"{path}, line {short}", expected=f"{len(header)} cells"
        )
    columns = [header.index(name) for name in _classifiers(header, cells)]
    if not columns:
        raise FormatError(
            "no column is a classifier", where=str(path), expected="columns of 0 and 1 at the end", actual=header[-1],
            remedy="the table is in csv/targets_inserted or csv/machine_results of the project",
        )  # fmt: skip
    named = [(header[column], [row[column] for row in cells]) for column in columns]
    notes = (f"read as classifiers: {', '.join(name for name, _ in named)}",)
    return LabelFile(tuple(intervals_of_columns(named, where=str(path))), n_frames=len(cells), notes=notes)


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the labels of a table of a project, or of all those in a folder.

    Raises:
        FormatError: If it is no such table.
        SettingsError: If no frame rate is given: the tables do not state it.
    """
    return table_of_labels(read_each(path, ENDING, read_intervals), path, frame_rate_hz=frame_rate_hz)


def write(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write a file for each recording, named as its video, for SimBA's *Append BORIS annotations*; returns the files.

    Raises:
        SettingsError: If one file is to hold several, or the folder is in use.
        RunStorageError: If the disk refuses.
    """
    videos = [_video(one) for one in table.recordings]
    with placing_files(path, [Path(video).stem for video in videos], ending=ENDING, format="simba") as place:
        for file, one, video in zip(place.files, table.recordings, videos, strict=True):
            bouts = joined(replace(bout, individual="", target="") for bout in one.bouts)
            write_cells(file, [TABULAR, *event_rows(one, bouts, points=set(), media=video, last_frame=True)])
    return place.final(place.files)


def _video(one: LabelledRecording) -> str:
    return PureWindowsPath(one.video).name if one.video else f"{file_names([one.name])[0]}.mp4"


def _header(path: Path) -> list[str]:
    try:
        return next(read_rows(path), (0, []))[1]
    except (FormatError, OSError):
        return []


def _has_points(header: Sequence[str]) -> bool:
    names = {name.lower() for name in header}
    return any(name.endswith("_p") and {name[:-2] + end for end in POINT_COLUMNS} <= names for name in names)


def _classifiers(header: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    scored = [name for name in header if PROBABILITY + name in header]
    if scored:
        return scored
    found: list[str] = []
    for column in range(len(header) - 1, -1, -1):
        if header[column].startswith(FEATURES) or any(row[column] not in ("0", "1", "0.0", "1.0") for row in cells):
            break
        found.insert(0, header[column])
    return found
