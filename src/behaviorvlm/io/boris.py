"""BORIS: its events read (START and STOP, aggregated, binary), and bouts written as it exports aggregated events."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.boris_events import pair_events
from behaviorvlm.io.boris_table import BorisTable, number, read_boris_table, said, target_of
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval
from behaviorvlm.types import Bout

AGGREGATED = (
    "Observation id", "Observation date", "Description", "Observation type", "Source", "Time offset (s)",
    "Coding duration", "Media duration (s)", "FPS (frame/s)", "Subject",
    "Observation duration by subject by observation", "Behavior", "Behavioral category", "Modifier #1",
    "Behavior type", "Start (s)", "Stop (s)", "Duration (s)", "Media file name", "Image index start",
    "Image index stop", "Image file path start", "Image file path stop", "Comment start", "Comment stop",
)  # fmt: skip
"""Columns of BORIS 8."""
LENGTHS = ("Media duration (s)", "Total length", "Observation duration", "Coding duration")
RATES = ("FPS (frame/s)", "FPS")


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of a table that BORIS exported.

    Subjects are individuals; an only modifier is the target. A state that was never stopped is closed at the end.

    Raises:
        FormatError: If it is no such table, or a cell is no number.
    """
    table = read_boris_table(path)
    if table.kind == "binary":
        return LabelFile(tuple(_from_binary(table, path)))
    first = table.rows[0][1] if table.rows else {}
    rate, length = number(first, *RATES), number(first, *LENGTHS)
    n_frames = round(rate * length) if rate and length else None
    if table.kind == "aggregated":
        return LabelFile(tuple(_from_aggregated(table, path)), n_frames=n_frames, frame_rate_hz=rate or None)
    intervals, notes = pair_events(table, path, length=length)
    return LabelFile(intervals, n_frames=n_frames, frame_rate_hz=rate or None, notes=notes)


def write_boris_aggregated(
    path: Path,
    bouts: Iterable[Bout],
    *,
    frame_rates_hz: Mapping[str, float],
    durations_s: Mapping[str, float],
    media: Mapping[str, str] | None = None,
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

    Raises:
        RunStorageError: If the disk refuses.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(AGGREGATED)
        for bout in bouts:
            name, length = bout.recording, f"{durations_s[bout.recording]:.3f}"
            video = (media or {}).get(name, "")
            writer.writerow(
                [
                    name, "", "", "Media file(s)", video, "0.000", length, length, f"{frame_rates_hz[name]:.6g}",
                    bout.individual or "No focal subject", length, bout.behavior, "", bout.target, "STATE",
                    f"{bout.start_s:.6f}", f"{bout.stop_s:.6f}", f"{bout.stop_s - bout.start_s:.6f}", video,
                    bout.start_frame, bout.stop_frame, "", "", _comment(bout), "",
                ]
            )  # fmt: skip


def _comment(bout: Bout) -> str:
    confidence = [] if math.isnan(bout.confidence) else [f"confidence {bout.confidence:.4f}"]
    segments = [f"segments {' '.join(map(str, bout.segments))}"] if bout.segments else []
    return "; ".join(confidence + segments)


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


def _from_binary(table: BorisTable, path: Path) -> Iterable[LabelInterval]:
    """Yield the runs of ones in each column; a row covers the time until the next."""
    times = [number(row, table.header[0]) for _, row in table.rows]
    if len(times) < 2 or None in times:  # of one row nobody knows how long it lasts
        raise FormatError(
            "the table has no times", where=str(path), expected="two or more rows with seconds in the first column",
            actual=f"{len(times)} rows",
        )  # fmt: skip
    known = [time for time in times if time is not None]
    edges = [*known, known[-1] + known[1] - known[0]]
    for behavior in table.header[1:]:
        marks = [row.get(behavior, "") for _, row in table.rows]
        odd = next((at for at, mark in enumerate(marks) if mark not in ("0", "1", "")), None)
        if odd is not None:
            raise FormatError(
                "a cell is neither 0 nor 1", where=f"{path}, line {table.rows[odd][0]}, {behavior}", actual=marks[odd]
            )
        for start, stop in _runs(marks):
            yield LabelInterval(behavior, edges[start], edges[stop])


def _runs(marks: Sequence[str]) -> Iterable[tuple[int, int]]:
    start = None
    for at, mark in enumerate([*marks, "0"]):
        if mark == "1" and start is None:
            start = at
        elif mark != "1" and start is not None:
            yield start, at
            start = None
