"""A few features over time that read by themselves: how fast, how far from the nearest, how it turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types import Float32Array
from behaviorvlm.types.packing import unpack_json

WANTED = ("speed", "distance", "turning")
MOST = len(WANTED)
SAMPLES, LOW, HIGH = 4000, 0.5, 99.5


@dataclass(frozen=True)
class Trace:
    """One feature.

    Attributes:
        name: As in ``feature_columns.csv``.
        unit: Of its values, "" = none.
        definition: What it is.
        column: Of the table of features.
    """

    name: str
    unit: str
    definition: str
    column: int


def known_traces(run: BehaviorRun) -> tuple[Trace, ...]:
    """Return the features that are shown: those that read by themselves, else the first ones; none before any are."""
    record = run.sink.load("columns", "all")
    columns: list[dict[str, Any]] = [] if record is None else unpack_json(record, list[dict[str, Any]])
    every = [Trace(one["name"], one["unit"], one["definition"], place) for place, one in enumerate(columns)]
    plain = [one for name in WANTED for one in every if one.name == name]
    return tuple(plain or every[:MOST])


def trace_table(run: BehaviorRun, name: str) -> Float32Array | None:
    """Return the features of a recording, (individual, timepoint, column) float32, None before it was measured."""
    return run.rows.load("features", name)


def trace_range(table: Float32Array, trace: Trace) -> tuple[float, float]:
    """Return the lowest and highest value that are drawn: nearly all values lie between them."""
    every = max(table.shape[1] // SAMPLES, 1)
    values = table[:, ::every, trace.column]
    seen = values[np.isfinite(values)]
    if not len(seen):
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(seen, [LOW, HIGH]))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def trace_window(table: Float32Array, traces: tuple[Trace, ...], *, frames: slice) -> bytes:
    """Return every so manyeth value of a stretch, (trace, individual, timepoint) little-endian float32 as bytes."""
    rows = [table[:, frames, one.column] for one in traces]
    return np.ascontiguousarray(np.stack(rows), dtype="<f4").tobytes()
