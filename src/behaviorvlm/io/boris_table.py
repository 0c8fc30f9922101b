"""Tables that BORIS exports: commas, tabs or semicolons, and in older versions a block about the observation above."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.number_table import UNREADABLE, Row, open_text
from behaviorvlm.io.text_cells import unguarded

DELIMITERS = "\t;,"
NOTHING = ("", "none", "na", "nan", "no focal subject")
"""What BORIS writes where there is nothing to say."""
HEAD_LINES = 200
"""Within which a table begins, whatever stands above it."""
EXPECTED = "events of BORIS: tabular, aggregated or binary"


@dataclass(frozen=True)
class BorisTable:
    """A table of events.

    Attributes:
        kind: ``events`` (START, STOP), ``aggregated`` (a bout a row) or ``binary`` (a column a behavior).
        header: Names of the columns.
        cells: Line number, and cells as they stand.
        observation: What stands above the table, by its key.
    """

    kind: str
    header: tuple[str, ...]
    cells: tuple[Row, ...]
    observation: Mapping[str, str]

    @cached_property
    def rows(self) -> tuple[tuple[int, Mapping[str, str]], ...]:
        """Line number, and cells by column, without the quotes that keep spreadsheets from running them."""
        return tuple(
            (at, dict(zip(self.header, (unguarded(cell.strip()) for cell in row), strict=False)))
            for at, row in self.cells
        )


def read_boris_table(path: Path) -> BorisTable:
    """Return a table of events, whichever of the three kinds it is.

    Raises:
        FormatError: If it is none of them.
    """
    table = find_boris_table(path)
    if table is None:
        raise FormatError(
            "the file holds no events of BORIS",
            where=str(path),
            expected="columns Behavior and Time; Behavior, Start (s) and Stop (s); or time and one for each behavior",
            actual="no such line",
            remedy="export from BORIS: Observations > Export events > Tabular events, or Aggregated events",
        )
    return table


def kind_of(path: Path) -> str:
    """Return the kind of a table of events from the beginning of a file, "" = it is none."""
    try:
        table = find_boris_table(path, n_lines=HEAD_LINES)
    except FormatError:
        return ""
    return table.kind if table else ""


def find_boris_table(path: Path, *, n_lines: int | None = None) -> BorisTable | None:
    """Return a table of events, or None if the file holds none.

    Args:
        path: The file.
        n_lines: How many lines of it to read, None = all.

    Raises:
        FormatError: If it cannot be read as text.
    """
    try:
        with open_text(path) as stream:
            lines = "".join(islice(stream, n_lines)).splitlines()
    except UNREADABLE as error:
        raise FormatError("the file cannot be read", where=str(path), expected=EXPECTED, actual=str(error)) from error
    observation: dict[str, str] = {}
    for number, line in enumerate(lines):
        delimiter = max(DELIMITERS, key=line.count)
        header = tuple(unguarded(cell.strip()) for cell in next(csv.reader([line], delimiter=delimiter), []))
        kind = _kind(header)
        if kind:
            cells = csv.reader(lines[number + 1 :], delimiter=delimiter)
            rows = tuple((number + 1 + at, row) for at, row in enumerate(cells, start=1) if any(row))
            return BorisTable(kind, header, rows, observation)
        if len(header) > 1 and header[0]:
            observation[header[0]] = header[1]
    return None


def said(cell: str | None) -> str:
    """Return what a cell says, "" for all of BORIS's ways of saying nothing."""
    return "" if cell is None or cell.lower() in NOTHING else cell


def number(row: Mapping[str, str], *columns: str) -> float | None:
    """Return the number in the first of these columns that there is, or None if it is none."""
    text = next((row[column] for column in columns if row.get(column)), "")
    try:
        return float(text)
    except ValueError:
        return None


def target_of(row: Mapping[str, str]) -> str:
    """Return the only modifier of an event, which says whom it is directed at; "" for none or several."""
    modifiers = [said(cell) for column, cell in row.items() if column.lower().startswith("modifier")]
    stated = [modifier for modifier in modifiers if modifier]
    return stated[0] if len(stated) == 1 and "|" not in stated[0] else ""


def _kind(header: tuple[str, ...]) -> str:
    if {"Behavior", "Start (s)", "Stop (s)"} <= set(header):
        return "aggregated"
    if {"Behavior", "Time"} <= set(header) and {"Status", "Behavior type"} & set(header):
        return "events"
    return "binary" if len(header) > 1 and header[0].lower() in ("time", "time (s)") else ""
