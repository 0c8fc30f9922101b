"""Caltech Behavior Annotator's text: streams S1, S2 ... of intervals, frames counted from 1, both ends included."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval, LabelledPart
from behaviorvlm.io.label_table import read_each, table_of_labels
from behaviorvlm.io.name_list import NameList
from behaviorvlm.io.number_table import UNREADABLE, open_text
from behaviorvlm.io.recording_files import actors_of, is_each, placing_files
from behaviorvlm.io.text_cells import legal_names
from behaviorvlm.types import Bout
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

TITLE = "Caltech Behavior Annotator"
ENDING = ".txt"
BACKGROUND = "other"
KEYS = string.ascii_lowercase + string.digits
STREAM = re.compile(r"(S\d+):\s+start\s+end\s+type\s*$")
INTERVAL = re.compile(r"\s*(\d+)\s+(\d+)\s+(\S.*?)\s*$")
RULE = re.compile(r"\s*-*\s*$")


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of all streams; the stream is their individual. ``other`` is what nobody named.

    Raises:
        FormatError: If it is no such file, or a line is no interval.
    """
    try:
        with open_text(path) as stream:
            lines = stream.read().splitlines()
    except UNREADABLE as error:
        raise FormatError("the file cannot be read", where=str(path), expected=TITLE, actual=str(error)) from error
    if not lines or not lines[0].startswith(TITLE):
        raise FormatError(
            "the file is not the Caltech annotator's", where=str(path), expected=TITLE, actual=lines[0] if lines else ""
        )
    intervals: list[LabelInterval] = []
    current = ""
    for number, line in enumerate(lines, start=1):
        heading = STREAM.match(line)
        if heading:
            current = heading[1]
        elif current and not RULE.match(line):
            intervals.append(_interval(line, current, where=f"{path}, line {number}"))
    length = max((int(one.stop) for one in intervals), default=0)
    named = tuple(one for one in intervals if one.behavior != BACKGROUND)
    streams = tuple(dict.fromkeys(one.individual for one in intervals))
    parts = (LabelledPart("", length or None, individuals=streams),)
    return LabelFile(named, n_frames=length or None, parts=parts)


def is_annotation(path: Path) -> bool:
    """Return whether a file, or every one of a folder, is the Caltech annotator's."""
    return is_each(path, ENDING, _is_annotation)


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of a file, or of all those in a folder.

    Raises:
        FormatError: If it is no such file, or a line is no interval.
        SettingsError: If no frame rate is given: the format does not state it.
    """
    return table_of_labels(read_each(path, ENDING, read_intervals), path, frame_rate_hz=frame_rate_hz)


def write(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write a file for each recording; returns the files, and the list of streams and names that were changed.

    Every frame of a stream has a behavior, ``other`` where there is none. An individual has a stream, and another one
    for what it does at the same time.

    Raises:
        SettingsError: If one file is to hold several, or the folder is in use.
        RunStorageError: If the disk refuses.
    """
    behaviors = legal_names([one.name for one in table.ethogram.behaviors], _legal)
    names = NameList()
    names.add_all("", "behavior", behaviors)
    streams = [[(who, level) for who in actors_of(one) for level in _levels(one, who)] for one in table.recordings]
    for own, one in zip(streams, table.recordings, strict=True):
        names.add_streams(one.name, [who for who, _ in own])
    with placing_files(path, [one.name for one in table.recordings], ending=ENDING, format="caltech") as place:
        for file, own, one in zip(place.files, streams, table.recordings, strict=True):
            write_text(file, "".join(_lines(own, behaviors, n_frames=one.n_frames)))
        beside = names.write_beside(place.folder / "streams" if place.folder else path)
    return place.final([*place.files, *beside])


def _lines(
    streams: Sequence[tuple[str, Sequence[Bout]]], behaviors: Mapping[str, str], *, n_frames: int
) -> Iterator[str]:
    listed = dict.fromkeys([BACKGROUND, *behaviors.values()])
    yield f"{TITLE} - Annotation File\n\nConfiguration file:\n"
    yield from (f"{name}\t{KEYS[at % len(KEYS)]}\n" for at, name in enumerate(listed))
    for number, (_, bouts) in enumerate(streams, start=1):
        yield f"\nS{number}:\tstart\tend\ttype\n{'-' * 29}\n"
        end = 0
        for bout in bouts:
            if bout.start_frame > end:
                yield f"   \t{end + 1}\t{bout.start_frame}\t{BACKGROUND}\n"
            end = bout.stop_frame
            yield f"   \t{bout.start_frame + 1}\t{end}\t{behaviors[bout.behavior]}\n"
        if end < n_frames:
            yield f"   \t{end + 1}\t{n_frames}\t{BACKGROUND}\n"


def _levels(one: LabelledRecording, individual: str) -> list[list[Bout]]:
    """Return the bouts of an individual, spread so that none of a list overlaps another."""
    levels: list[list[Bout]] = [[]]
    for bout in sorted(one.bouts, key=lambda bout: bout.start_frame):
        if bout.individual == individual:
            free = next((level for level in levels if not level or level[-1].stop_frame <= bout.start_frame), None)
            if free is None:
                levels.append([bout])
            else:
                free.append(bout)
    return levels


def _legal(name: str) -> str:
    legal = "_".join(name.split()) or "_"
    return f"{legal}_" if legal == BACKGROUND else legal


def _is_annotation(path: Path) -> bool:
    try:
        with open_text(path) as stream:
            return stream.readline().startswith(TITLE)
    except UNREADABLE:
        return False


def _interval(line: str, stream: str, *, where: str) -> LabelInterval:
    found = INTERVAL.match(line)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise FormatError("a line is no interval", where=where, expected="start, end and type", actual=line.strip())
    return LabelInterval(found[3], int(found[1]) - 1, int(found[2]), in_frames=True, individual=stream)
