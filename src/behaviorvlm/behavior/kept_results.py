"""What earlier stages of a run left, read back by later ones; and what of a stage is still left to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from behaviorvlm.errors import InputError
from behaviorvlm.types import (
    AnyArray,
    BoolArray,
    Float32Array,
    FloatArray,
    RecordingSummary,
    ResultSink,
    RowStore,
    Segment,
)
from behaviorvlm.types.packing import unpack_json, unpack_segments

T = TypeVar("T")
Progress = Callable[[str, int, int], None]


def left_over(names: Iterable[str], is_kept: Callable[[str], bool], *, stage: str, progress: Progress) -> Iterator[str]:
    """Yield the recordings that a stage has not done yet; progress is told before the first and after each.

    Args:
        names: The recordings.
        is_kept: Whether a recording is done.
        stage: As progress is told.
        progress: Told the stage, how many recordings are done, and how many there are.
    """
    every = list(names)
    left = [name for name in every if not is_kept(name)]
    progress(stage, len(every) - len(left), len(every))
    for number, name in enumerate(left, 1):
        yield name
        progress(stage, len(every) - len(left) + number, len(every))


@dataclass(frozen=True, eq=False)
class KeptResults:
    """The results of one run so far.

    Attributes:
        sink: Where results are found again.
        rows: Where large tables are.
    """

    sink: ResultSink
    rows: RowStore

    def has(self, stage: str, key: str) -> bool:
        """Return whether a stage left something under a key."""
        return self.sink.load(stage, key) is not None

    def has_table(self, stage: str, name: str) -> bool:
        """Return whether a stage left a large table of a recording."""
        return self.rows.load(stage, name) is not None

    def value(self, stage: str, key: str, kind: type[T]) -> T:
        """Return what a stage left as JSON, as `kind`."""
        return unpack_json(self.record(stage, key), kind)

    def record(self, stage: str, key: str) -> Mapping[str, AnyArray]:
        """Return the named arrays, of any shape, that a stage left.

        Raises:
            InputError: If it left none.
        """
        record = self.sink.load(stage, key)
        if record is None:
            raise InputError("a stage before has not been run", where=f"{stage}, {key}")
        return record

    def table(self, stage: str, name: str) -> Float32Array:
        """Return a large table of a recording, float32 of any shape.

        Raises:
            InputError: If there is none.
        """
        table = self.rows.load(stage, name)
        if table is None:
            raise InputError("a stage before has not been run", where=f"{stage}, {name}")
        return table

    def summary(self, name: str) -> RecordingSummary:
        """Return what is known of a recording."""
        return self.value("recordings", name, RecordingSummary)

    def times_s(self, name: str) -> FloatArray:
        """Return the seconds of each frame of a recording, (timepoint,) float64."""
        return np.asarray(self.record("times", name)["times_s"], dtype=np.float64)

    def visible(self, name: str) -> BoolArray:
        """Return where each animal of a recording has any point, (timepoint, individual) bool."""
        return np.asarray(self.record("times", name)["visible"], dtype=np.bool_)

    def segments(self, name: str) -> tuple[Segment, ...]:
        """Return the segments of a recording, one individual after the other."""
        individuals = self.summary(name).individuals
        return unpack_segments(self.record("segments", name), recording=name, individuals=individuals)
