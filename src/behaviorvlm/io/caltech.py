"""Caltech Behavior Annotator's text: streams S1, S2 ... of intervals, frames counted from 1, both ends included."""

from __future__ import annotations

import re
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval
from behaviorvlm.io.number_table import UNREADABLE, open_text

TITLE = "Caltech Behavior Annotator"
STREAM = re.compile(r"(S\d+):\s+start\s+end\s+type\s*$")
INTERVAL = re.compile(r"\s*(\d+)\s+(\d+)\s+(\S.*?)\s*$")
RULE = re.compile(r"\s*-*\s*$")


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of all streams; the stream is their individual.

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
    return LabelFile(tuple(intervals), n_frames=length or None)


def _interval(line: str, stream: str, *, where: str) -> LabelInterval:
    found = INTERVAL.match(line)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise FormatError("a line is no interval", where=where, expected="start, end and type", actual=line.strip())
    return LabelInterval(found[3], int(found[1]) - 1, int(found[2]), in_frames=True, individual=stream)
