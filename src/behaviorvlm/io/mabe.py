"""The MABe challenge of 2025: a row for each bout of an agent, directed at a target or at itself.

Frames count from 0. The challenge describes ``stop_frame`` as the last one, and scores the frames before it: half-open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval
from behaviorvlm.io.label_table import table_of_labels
from behaviorvlm.io.name_list import NameList
from behaviorvlm.io.number_table import Row, read_rows
from behaviorvlm.io.recording_files import actors_of
from behaviorvlm.io.text_cells import one_line, unguarded, write_cells
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

COLUMNS = ("row_id", "video_id", "agent_id", "target_id", "action", "start_frame", "stop_frame")
REQUIRED = frozenset(COLUMNS[2:])
SELF = "self"
MOUSE = re.compile(r"mouse\d+$")


def is_bout_table(path: Path) -> bool:
    """Return whether a file begins as a table of the challenge."""
    try:
        return path.is_file() and set(next(read_rows(path), (0, []))[1]) >= REQUIRED
    except FormatError:
        return False


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of a table.

    Raises:
        FormatError: If it is no such table, or a row is no bout.
    """
    rows = read_rows(path)
    header = next(rows, (0, []))[1]
    if not set(header) >= REQUIRED:
        raise FormatError(
            "the table is not of the MABe challenge", where=str(path), expected=", ".join(COLUMNS[1:]),
            actual=", ".join(header[:8]) or "an empty file",
        )  # fmt: skip
    return LabelFile(tuple(_interval(row, header, path) for row in rows))


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of all videos.

    Raises:
        FormatError: If it is no such table, or a row is no bout.
        SettingsError: If no frame rate is given: the table does not state it.
    """
    return table_of_labels(read_intervals(path), path, frame_rate_hz=frame_rate_hz)


def write(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write the bouts of all recordings, animals named mouse1, mouse2 ...; returns the table and the list of names.

    Raises:
        RunStorageError: If the disk refuses.
    """
    names = NameList()
    write_cells(path, _rows(table.recordings, names))
    return (path, *names.write_beside(path))


def _rows(recordings: Iterable[LabelledRecording], names: NameList) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    number = 0
    for one in recordings:
        known = dict.fromkeys([*actors_of(one), *(bout.target for bout in one.bouts)])
        animals = [name for name in known if name]
        keep = all(MOUSE.match(name) for name in animals)
        mice = {name: name if keep else f"mouse{at}" for at, name in enumerate(animals, start=1)} | {"": SELF}
        names.add_all(one.name, "individual", mice)
        for bout in one.bouts:
            agent = mice[bout.individual] if bout.individual else "mouse1"
            who = (one_line(one.name), agent, mice[bout.target], one_line(bout.behavior))
            yield (number, *who, bout.start_frame, bout.stop_frame)
            number += 1


def _interval(row: Row, header: list[str], path: Path) -> LabelInterval:
    line, cells = row
    said = {name: unguarded(cell.strip()) for name, cell in zip(header, cells, strict=False)}
    try:
        start, stop = (int(float(said[name])) for name in ("start_frame", "stop_frame"))
        agent, target, action = said["agent_id"], said["target_id"], said["action"]
    except (KeyError, ValueError) as error:
        raise FormatError(
            "a row is no bout", where=f"{path}, line {line}", expected=", ".join(COLUMNS[1:]), actual=",".join(cells)
        ) from error
    if not 0 <= start < stop or not action:
        raise FormatError(
            "a row is no bout", where=f"{path}, line {line}", expected="an action, and a start before its stop",
            actual=",".join(cells),
        )  # fmt: skip
    whom = "" if target in (SELF, agent) else _mouse(target)
    return LabelInterval(
        action, start, stop, in_frames=True, individual=_mouse(agent), target=whom, recording=said.get("video_id", "")
    )


def _mouse(name: str) -> str:
    return f"mouse{name}" if name.isdigit() else name
