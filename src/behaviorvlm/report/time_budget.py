"""How animals spend their time: seconds and bouts of each behavior, for each animal of each recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.types import Bout, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class TimeBudget:
    """Seconds and bouts.

    Attributes:
        streams: (recording, animal) of each row.
        behaviors: Of each column.
        seconds: (stream, behavior) float64.
        counts: (stream, behavior) int64 bouts.
        lengths_s: (stream,) float64 length of the recording.
    """

    streams: tuple[tuple[str, str], ...]
    behaviors: tuple[str, ...]
    seconds: FloatArray
    counts: IntArray
    lengths_s: FloatArray

    @property
    def shares(self) -> FloatArray:
        """Share of the recording's length, (stream, behavior) float64 in [0, 1]."""
        return np.asarray(self.seconds / np.maximum(self.lengths_s, 1e-9)[:, None])

    @property
    def unnamed(self) -> FloatArray:
        """Share of the recording's length that bears no name, (stream,) float64 in [0, 1]."""
        return np.asarray(np.clip(1 - self.shares.sum(axis=1), 0.0, 1.0))


def measure_budget(
    bouts: Mapping[str, Sequence[Bout]],
    *,
    individuals: Mapping[str, Sequence[str]],
    lengths_s: Mapping[str, float],
    behaviors: Sequence[str],
) -> TimeBudget:
    """Return the time budget of every animal.

    Args:
        bouts: Recording to its bouts.
        individuals: Recording to its animals.
        lengths_s: Recording to its length.
        behaviors: The columns; bouts of others do not count.
    """
    streams = [(name, individual) for name, each in individuals.items() for individual in each]
    rows = {stream: row for row, stream in enumerate(streams)}
    columns = {behavior: column for column, behavior in enumerate(behaviors)}
    seconds = np.zeros((len(streams), len(behaviors)))
    counts = np.zeros(seconds.shape, dtype=np.int64)
    for name, each in bouts.items():
        for bout in each:
            place = rows.get((name, bout.individual)), columns.get(bout.behavior)
            if None not in place:
                seconds[place] += bout.stop_s - bout.start_s
                counts[place] += 1
    lengths = np.array([lengths_s[name] for name, _ in streams], dtype=np.float64)
    return TimeBudget(tuple(streams), tuple(behaviors), seconds, counts, lengths)
