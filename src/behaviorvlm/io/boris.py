"""BORIS: its events read (START and STOP, aggregated, binary), and bouts written as it exports aggregated events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.boris_bouts import comment_of
from behaviorvlm.io.boris_events import pair_events
from behaviorvlm.io.boris_table import BorisTable, number, read_boris_table, said, target_of
from behaviorvlm.io.frame_clock import tidy_rate_hz
from behaviorvlm.io.frame_marks import runs_of
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval, LabelledPart
from behaviorvlm.io.text_cells import one_line, write_cells
from behaviorvlm.types import Behavior, Bout

AGGREGATED = (
    "Observation id", "Observation date", "Description", "Observation type", "Source", "Time offset (s)",
    "Coding duration", "Media duration (s)", "FPS (frame/s)", "Subject",
    "Observation duration by subject by observation", "Behavior", "Behavioral category", "Modifier #1",
    "Behavior type", "Start (s)", "Stop (s)", "Duration (s)", "Media file name", "Image index start",
    "Image index stop", "Image file path start", "Image file path stop", "Comment start", "Comment stop",
)  # fmt: skip
"""Columns of BORIS 8."""
LENGTHS = ("Media duration (s)", "Total length", "Observation duration", "Coding duration")
MARKS = frozenset(("0", "1", ""))
RATES = ("FPS (frame/s)", "FPS")


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of a table that BORIS exported.

    Subjects are individuals; an only modifier is the target. A state that was never stopped is closed at the end.

    Raises:
        FormatError: If it is no such table, or a cell is no number.
    """
    table = read_boris_table(path)
    if table.kind == "binary":
        return _from_binary(table, path)
    first = table.rows[0][1] if table.rows else {}
    whole, parts = _part(first), _parts(table)
    if table.kind == "aggregated":
        return LabelFile(tuple(_from_aggregated(table, path)), whole.n_frames, whole.frame_rate_hz, parts=parts)
    intervals, notes = pair_events(table, path, length=number(first, *LENGTHS))
    return LabelFile(intervals, whole.n_frames, whole.frame_rate_hz, notes=notes, parts=parts)


def write_boris_aggregated(
    path: Path,
    bouts: Iterable[Bout],
    *,
    frame_rates_hz: Mapping[str, float],
    durations_s: Mapping[str, float],
    media: Mapping[str, str] | None = None,
    points: frozenset[str] = frozenset(),
) -> None:
    """Write bouts as BORIS exports aggregated events, whole or not at all.

    A recording is an observation, an individual a subject, the target a modifier; confidence and segments stand in
    the comment. Frames are image indices.

    Args:
        path: The CSV file.
        bouts: The bouts, taken one at a time.
        frame_rates_hz: Recording to frames per second.
        durations_s: Recording to its length.
        media: Recording to its video.
        points: Behaviors that are over at once.

    Raises:
        RunStorageError: If the disk refuses.
    """
    write_cells(
        path,
        chain(
            [AGGREGATED],
            (
                _row(
                    bout,
                    rate=frame_rates_hz[bout.recording],
                    length=durations_s[bout.recording],
                    video=(media or {}).get(bout.recording, ""),
                    kind="POINT" if bout.behavior in points else "STATE",
                )
                for bout in bouts
            ),
        ),
    )


def _parts(table: BorisTable) -> tuple[LabelledPart, ...]:
    firsts = {said(row.get("Observation id")): row for _, row in reversed(table.rows)}
    return tuple(replace(_part(row), name=name) for name, row in reversed(firsts.items()) if name)


def _part(row: Mapping[str, str]) -> LabelledPart:
    rate, length = number(row, *RATES), number(row, *LENGTHS)
    video = said(row.get("Media file name") or row.get("Media file path"))
    return LabelledPart("", round(rate * length) if rate and length else None, rate or None, video=video)


def _row(bout: Bout, *, rate: float, length: float, video: str, kind: str) -> list[object]:
    total = f"{length:.3f}"
    return [
        one_line(bout.recording), "", "", "Media file(s)", video, "0.000", total, total, f"{rate:.6g}",
        one_line(bout.individual) or "No focal subject", total, one_line(bout.behavior), "", one_line(bout.target),
        kind,        f"{bout.start_s:.6f}", f"{bout.stop_s:.6f}", f"{bout.stop_s - bout.start_s:.6f}", video,
        bout.start_frame, bout.stop_frame, "", "", comment_of(bout), "",
    ]  # fmt: skip


def _from_aggregated(table: BorisTable, path: Path) -> Iterable[LabelInterval]:
    for line, row in table.rows:
        start, stop = number(row, "Start (s)"), number(row, "Stop (s)")
        if start is None:
            raise FormatError(
                "an event has no start", where=f"{path}, line {line}", expected="seconds in Start (s)",
                actual=row.get("Start (s)", ""),
            )  # fmt: skip
        yield LabelInterval(
            row["Behavior"],
            start,
            start if stop is None else stop,
            individual=said(row.get("Subject")),
            target=target_of(row),
            recording=said(row.get("Observation id")),
            line=line,
        )


def _from_binary(table: BorisTable, path: Path) -> LabelFile:
    """Return the runs of ones in each column; a row covers the time until the next."""
    times = _times(table)
    if times is None:  # of one row nobody knows how long it lasts
        raise FormatError(
            "the table has no times", where=str(path),
            expected="two or more rows with seconds in the first column, that rise",
            actual=f"{len(table.cells)} rows",
        )  # fmt: skip
    edges = [*times, times[-1] + times[1] - times[0]]
    rate = tidy_rate_hz((len(times) - 1) / (times[-1] - times[0]))
    behaviors = tuple(Behavior(name) for name in dict.fromkeys(table.header[1:]))
    return LabelFile(tuple(_marked(table, path, edges)), len(times), rate, behaviors=behaviors)


def _times(table: BorisTable) -> list[float] | None:
    try:
        times = [float(row[0]) for _, row in table.cells]
    except ValueError:
        return None
    return times if len(times) > 1 and times[0] < times[-1] else None


def _marked(table: BorisTable, path: Path, edges: Sequence[float]) -> Iterable[LabelInterval]:
    columns = zip_longest(*(row for _, row in table.cells), fillvalue="")
    for behavior, cells in zip(table.header, columns, strict=False):
        if behavior == table.header[0]:
            continue
        marks = cells if MARKS.issuperset(cells) else tuple(cell.strip() for cell in cells)
        if odd := set(marks) - MARKS:
            at = next(place for place, mark in enumerate(marks) if mark in odd)
            raise FormatError(
                "a cell is neither 0 nor 1", where=f"{path}, line {table.cells[at][0]}, {behavior}", actual=marks[at]
            )
        for start, stop in runs_of(np.array(marks) == "1"):
            yield LabelInterval(behavior, edges[start], edges[stop])
