"""``bouts.csv``: one bout a row. Written whole, and read whole or with the columns that a person cared to fill in."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.number_table import read_rows
from behaviorvlm.io.text_cells import unguarded, write_cells
from behaviorvlm.io.toml_file import did_you_mean
from behaviorvlm.types import Bout

COLUMNS = (
    "recording", "individual", "target", "behavior", "start_s", "stop_s", "start_frame", "stop_frame", "confidence",
    "segments",
)  # fmt: skip
NAMES = COLUMNS[:4]


@dataclass(frozen=True)
class BoutRow:
    """A row as it stands: of seconds and frames, one pair is there at least.

    Attributes:
        line: In the file.
        recording, individual, target, behavior: As in `Bout`; "" = not stated.
        seconds: (start, stop), None = not stated.
        frames: (start, stop), None = not stated.
        confidence: NaN = not stated.
        segments: Numbers.
    """

    line: int
    recording: str
    individual: str
    target: str
    behavior: str
    seconds: tuple[float, float] | None
    frames: tuple[int, int] | None
    confidence: float
    segments: tuple[int, ...]


def write_bouts(path: Path, bouts: Iterable[Bout]) -> None:
    """Write bouts as they come, whole or not at all; microseconds, and four digits of confidence.

    Raises:
        RunStorageError: If the disk refuses.
    """
    write_cells(path, chain([COLUMNS], map(_cells, bouts)))


def read_bouts(path: Path) -> list[Bout]:
    """Return the bouts of a file with all columns, as `write_bouts` makes it.

    Raises:
        FormatError: If it is no such file, or a row lacks seconds or frames.
    """
    bouts = []
    for row in read_bout_rows(path):
        if row.seconds is None or row.frames is None:
            raise FormatError(
                "a bout lacks seconds or frames",
                where=f"{path}, line {row.line}",
                expected="start_s, stop_s, start_frame and stop_frame",
                actual="a blank cell",
            )
        who = row.recording, row.individual, row.target, row.behavior
        bouts.append(Bout(*who, *row.frames, *row.seconds, row.confidence, row.segments))
    return bouts


def is_bout_table(path: Path) -> bool:
    """Return whether a file begins as a table of bouts.

    Raises:
        FormatError: If it cannot be read as comma separated text.
    """
    _, header = next(read_rows(path), (0, [""]))
    return "behavior" in header and ("start_s" in header or "start_frame" in header)


def read_bout_rows(path: Path) -> list[BoutRow]:
    """Return the rows of a table of bouts, in which a person may have left out columns but ``behavior`` and times.

    Raises:
        FormatError: If columns are unknown or lacking, or a cell is no number; the message names the line.
    """
    rows = read_rows(path)
    _, header = next(rows, (0, []))
    _refuse_header(header, path)
    return [_parse(dict(zip(header, cells, strict=False)), f"{path}, line {line}", line=line) for line, cells in rows]


def _cells(bout: Bout) -> list[object]:
    return [
        bout.recording, bout.individual, bout.target, bout.behavior,
        f"{bout.start_s:.6f}", f"{bout.stop_s:.6f}", bout.start_frame, bout.stop_frame,
        "" if math.isnan(bout.confidence) else f"{bout.confidence:.4f}",
        " ".join(map(str, bout.segments)),
    ]  # fmt: skip


def _refuse_header(header: list[str], path: Path) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    timed = {"start_s", "stop_s"} <= set(header) or {"start_frame", "stop_frame"} <= set(header)
    if unknown or "behavior" not in header or not timed or len(set(header)) < len(header):
        raise FormatError(
            "the table holds no bouts",
            where=str(path),
            expected="behavior, start_s and stop_s or start_frame and stop_frame, and perhaps "
            f"{', '.join(name for name in COLUMNS if name.startswith(('rec', 'ind', 'tar', 'con', 'seg')))}",
            actual=", ".join(header) or "an empty file",
            remedy=did_you_mean(unknown[0], list(COLUMNS)) if unknown else "",
        )


def _parse(cells: dict[str, str], where: str, *, line: int) -> BoutRow:
    try:
        seconds = _pair(cells, "start_s", "stop_s")
        frames = _pair(cells, "start_frame", "stop_frame")
        confidence = float(cells.get("confidence") or "nan")
        segments = tuple(map(int, (cells.get("segments") or "").split()))
    except ValueError as error:
        raise FormatError("a cell is no number", where=where, expected="a number", actual=str(error)) from error
    said = {name: unguarded(cells.get(name, "").strip()) for name in NAMES}
    ordered = all(pair is None or 0 <= pair[0] < pair[1] for pair in (seconds, frames))
    if not said["behavior"] or (seconds is None and frames is None) or not ordered:
        raise FormatError(
            "a row is no bout", where=where, expected="a behavior, and a start before its stop", actual=str(cells)
        )
    whole = None if frames is None else (int(frames[0]), int(frames[1]))
    recording, individual, target, behavior = said.values()
    return BoutRow(line, recording, individual, target, behavior, seconds, whole, confidence, segments)


def _pair(cells: dict[str, str], start: str, stop: str) -> tuple[float, float] | None:
    texts = cells.get(start, ""), cells.get(stop, "")
    return (float(texts[0]), float(texts[1])) if all(texts) else None
