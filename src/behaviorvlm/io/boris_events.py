"""BORIS's tabular events: STARTs paired with their STOPs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.boris_table import BorisTable, number, said, target_of
from behaviorvlm.io.label_intervals import LabelInterval

POINT, START, STOP = "POINT", "START", "STOP"


def pair_events(
    table: BorisTable, path: Path, *, length: float | None
) -> tuple[tuple[LabelInterval, ...], tuple[str, ...]]:
    """Return the intervals between starts and stops, in order of their starts, and what was wrong with them.

    Args:
        table: The events, rows in any order.
        path: The file, for errors.
        length: Seconds of the recording, at which a state that was never stopped ends; None = at the last event.

    Raises:
        FormatError: If an event has no time, or is neither START, STOP nor POINT.
    """
    events = sorted(
        (_event(dict(row), f"{path}, line {line}", table=table) for line, row in table.rows), key=lambda e: e[:2]
    )
    end = max(length or 0.0, *(time for time, *_ in events)) if events else 0.0
    opened: dict[tuple[str, ...], float] = {}
    found: list[LabelInterval] = []
    faults: Counter[str] = Counter()
    for time, rank, who in events:
        if rank == _RANKS[START]:
            faults.update(["that were started twice went on"] if who in opened else [])
            opened.setdefault(who, time)
        elif rank == _RANKS[POINT]:
            found.append(_interval(who, time, time))
        elif who in opened:
            found.append(_interval(who, opened.pop(who), time))
        else:
            faults.update(["that stopped without a start were left out"])
    for who, time in opened.items():
        faults.update(["that were never stopped end with the recording"])
        found.append(_interval(who, time, end))
    notes = tuple(f"{count} states {what}" for what, count in faults.items())
    return tuple(sorted(found, key=lambda one: (one.start, one.stop))), notes


_RANKS = {STOP: 0, START: 1, POINT: 2}
"""At the same moment one state stops before the next starts."""
Event = tuple[float, int, tuple[str, ...]]


def _event(row: dict[str, str], where: str, *, table: BorisTable) -> Event:
    time = number(row, "Time")
    status = said(row.get("Status") or row.get("Behavior type")).upper()
    if time is None or status not in _RANKS:
        raise FormatError(
            "a row is no event", where=where, expected="a time in seconds, and START, STOP or POINT",
            actual=f"{row.get('Time', '')} {status}",
        )  # fmt: skip
    recording = said(row.get("Observation id")) or said(table.observation.get("Observation id"))
    return time, _RANKS[status], (row["Behavior"], said(row.get("Subject")), target_of(row), recording)


def _interval(who: tuple[str, ...], start: float, stop: float) -> LabelInterval:
    behavior, individual, target, recording = who
    return LabelInterval(behavior, start, stop, individual=individual, target=target, recording=recording)
