"""Subtitles, ``.srt``: what every animal does, to be seen over the video. A file for each recording."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.file_names import file_names
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval
from behaviorvlm.io.label_table import read_each, table_of_labels
from behaviorvlm.io.number_table import UNREADABLE, open_text
from behaviorvlm.io.recording_files import actors_of, is_each, placing_files
from behaviorvlm.io.text_cells import one_line
from behaviorvlm.types import Bout
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

ENDING = ".srt"
TIME = r"(\d+):(\d\d):(\d\d)[,.](\d{1,3})"
SPAN = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}")
TAG = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
"""Styles that players know."""
TO = " → "
WHO = ": "
PLAIN = str.maketrans("<>{}", "\u2039\u203a()")
"""What a player might take for a style, and what is written instead."""


def is_subtitles(path: Path) -> bool:
    """Return whether a file, or every one of a folder, is of subtitles."""
    return is_each(path, ENDING, _is_subtitles)


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of a file, a line of a subtitle each.

    ``mouse1: chase → mouse2`` says who does it and to whom; any other text is a behavior.

    Raises:
        FormatError: If there are no subtitles in it, or one ends before it begins.
    """
    lines = _lines(path)
    spans = [(at, found) for at, line in enumerate(lines) if (found := SPAN.match(line))]
    if not spans:
        raise FormatError(
            "the file holds no subtitles", where=str(path), expected="00:00:01,000 --> 00:00:02,500",
            actual=lines[0] if lines else "an empty file",
        )  # fmt: skip
    intervals: list[LabelInterval] = []
    for at, span in spans:
        start, stop = _seconds(span.groups()[:4]), _seconds(span.groups()[4:])
        if stop < start:
            raise FormatError("a subtitle ends before it begins", where=f"{path}, line {at + 1}", actual=lines[at])
        intervals += [_interval(text, start, stop, line=at + 1) for text in _texts(lines[at + 1 :])]
    return LabelFile(tuple(intervals))


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of a file, or of all those in a folder.

    Raises:
        FormatError: If there are no subtitles in it.
        SettingsError: If no frame rate is given: subtitles do not state it.
    """
    return table_of_labels(read_each(path, ENDING, read_intervals), path, frame_rate_hz=frame_rate_hz)


def write(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write a file for each recording; in a folder, also one for each animal, under ``individuals``.

    Returns:
        The files.

    Raises:
        SettingsError: If one file is to hold several, or the folder is in use.
        RunStorageError: If the disk refuses.
    """
    with placing_files(path, [one.name for one in table.recordings], ending=ENDING, format="srt") as place:
        texts = {file: _subtitles(one.bouts) for file, one in zip(place.files, table.recordings, strict=True)}
        if place.folder:
            texts |= _of_each(place.folder / "individuals", zip(place.files, table.recordings, strict=True))
        for file, text in texts.items():
            write_text(file, text)
    return place.final(texts)


def _of_each(folder: Path, files: Iterable[tuple[Path, LabelledRecording]]) -> dict[Path, str]:
    parts = [(file.stem, one, who) for file, one in files if len(actors_of(one)) > 1 for who in actors_of(one)]
    names = file_names(f"{stem}_{who}" for stem, _, who in parts)
    return {
        folder / f"{name}{ENDING}": _subtitles(bout for bout in one.bouts if bout.individual == who)
        for name, (_, one, who) in zip(names, parts, strict=True)
    }


def _subtitles(bouts: Iterable[Bout]) -> str:
    return "".join(
        f"{number}\n{_clock(bout.start_s)} --> {_clock(max(bout.stop_s, bout.start_s + 0.001))}\n{_text(bout)}\n\n"
        for number, bout in enumerate(sorted(bouts, key=lambda one: (one.start_s, one.stop_s)), start=1)
    )


def _text(bout: Bout) -> str:
    who, behavior, whom = (
        one_line(name).translate(PLAIN).replace(WHO, ":").replace(TO, "→").strip()
        for name in (bout.individual, bout.behavior, bout.target)
    )
    return f"{f'{who}{WHO}' if who else ''}{behavior}{f'{TO}{whom}' if whom else ''}"


def _clock(second: float) -> str:
    milliseconds = round(second * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02},{rest % 1000:03}"


def _seconds(parts: Sequence[str]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _texts(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if not line.strip():
            return
        text = TAG.sub("", line).strip()
        if text:
            yield text


def _interval(text: str, start: float, stop: float, *, line: int) -> LabelInterval:
    who, colon, rest = text.partition(WHO)
    behavior, _, whom = (rest if colon else text).partition(TO)
    individual = who.strip() if colon else ""
    return LabelInterval(behavior.strip(), start, stop, individual=individual, target=whom.strip(), line=line)


def _lines(path: Path) -> list[str]:
    try:
        with open_text(path) as stream:
            return [line.rstrip("\r\n") for line in stream]
    except UNREADABLE as error:
        raise FormatError(
            "the file cannot be read", where=str(path), expected="subtitles", actual=str(error)
        ) from error


def _is_subtitles(path: Path) -> bool:
    try:
        return any(SPAN.match(line) for line in _lines(path)[:10])
    except FormatError:
        return False
