"""Rows of hours of video in random order, read in blocks: memory holds a pool of blocks, never all rows.

Blocks are drawn in random order into a pool, and the rows of the pool are shuffled. What fits into one pool is shuffled
whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.behavior.mapped_rows import let_go
from behaviorvlm.errors import InputError, ShapeError
from behaviorvlm.types import BoolArray, Float32Array, IntArray

POOL_BYTES = 1 << 26
"""Size of the rows in memory at a time."""
POOL_BLOCKS = 32
"""Blocks that make up a pool: more mix better, fewer read in longer stretches."""


@dataclass(frozen=True, eq=False)
class Stream:
    """The rows of one animal in one recording.

    Attributes:
        rows: (row, feature) float32, perhaps mapped from disk.
        animal: Its name; the same animal in other recordings has the same.
        usable: (row,) bool rows to learn from; None = all.

    Raises:
        ShapeError: If the shapes do not fit.
    """

    rows: Float32Array
    animal: str
    usable: BoolArray | None = None

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or (self.usable is not None and self.usable.shape != self.rows.shape[:1]):
            raise ShapeError(
                "a stream needs rows, and one mark for each",
                where=self.animal,
                expected="rows (row, feature), usable (row,)",
                actual=f"{self.rows.shape}, {None if self.usable is None else self.usable.shape}",
            )


@dataclass(frozen=True, eq=False)
class RowBatch:
    """Some rows in random order.

    Attributes:
        rows: (row, feature) float32.
        animals: (row,) int64 place of the animal in the animals' names.
        numbers: (row,) int64 which of all rows it is.
    """

    rows: Float32Array
    animals: IntArray
    numbers: IntArray


class RowStreams:
    """The usable rows of many streams.

    Attributes:
        animals: Names of the animals, in order of their first stream.
        n_features: Features of a row.
        n_rows: Usable rows.
        n_numbers: Rows, usable or not: all numbers are below.
    """

    def __init__(self, streams: Sequence[Stream], *, pool_bytes: int = POOL_BYTES) -> None:
        """Look at the shapes of all streams, and at no row.

        Raises:
            InputError: If no row is usable.
            ShapeError: If the streams have different features.
        """
        widths = {stream.rows.shape[1] for stream in streams}
        if len(widths) > 1:
            raise ShapeError("streams have different features", expected="one number", actual=f"{sorted(widths)}")
        self._streams = tuple(streams)
        self.animals = tuple(dict.fromkeys(stream.animal for stream in streams))
        self.n_features = widths.pop() if widths else 0
        self.n_rows = sum(len(stream.rows) if stream.usable is None else int(stream.usable.sum()) for stream in streams)
        self.n_numbers = sum(len(stream.rows) for stream in streams)
        if not self.n_rows or not self.n_features:
            raise InputError(
                "nothing to cluster",
                expected="at least one usable row with a feature",
                actual=f"{self.n_rows} usable rows of {self.n_features} features in {len(streams)} streams",
                remedy="look whether the animals were tracked at all",
            )
        self._pool_rows = max(1, pool_bytes // (4 * self.n_features))
        self._blocks = self._cut(max(1, self._pool_rows // POOL_BLOCKS))

    def batches(self, size: int, rng: np.random.Generator, *, most: int | None = None) -> Iterator[RowBatch]:
        """Yield every usable row once, in random order, `size` at a time; the last batch may be smaller.

        Args:
            size: Rows of a batch.
            rng: Where chance comes from.
            most: Rows at most: where there are more, those of blocks drawn at random.
        """
        left: list[RowBatch] = []
        wanted = self.n_rows if most is None else most
        for pool in self._pools(rng):
            pool = _part(pool, slice(wanted))
            wanted -= len(pool.rows)
            together = _joined([*left, pool])
            whole = len(together.rows) // size * size
            for start in range(0, whole, size):
                yield _part(together, slice(start, start + size))
            left = [_part(together, slice(whole, None))]
            if not wanted:
                break
        if left and len(left[0].rows):
            yield left[0]

    def in_order(self, size: int) -> Iterator[RowBatch]:
        """Yield every usable row once, in order, at most `size` of one stream at a time."""
        for place, start, stop, number in self._cut(size):
            batch = self._read(place, slice(start, stop), number)
            if len(batch.rows):
                yield batch

    def sample(self, count: int, rng: np.random.Generator) -> dict[int, Float32Array]:
        """Return animal's place to (row, feature) float32: at most `count` rows drawn from each animal's.

        Every row is as likely as any other of its animal; they come in the order of the recordings.
        """
        usable = [np.ones(len(one.rows), bool) if one.usable is None else one.usable for one in self._streams]
        sampled: dict[int, Float32Array] = {}
        for place, animal in enumerate(self.animals):
            own = [number for number, stream in enumerate(self._streams) if stream.animal == animal]
            ends = np.cumsum([usable[number].sum() for number in own])
            drawn = np.sort(rng.choice(ends[-1], size=min(count, int(ends[-1])), replace=False))
            pieces = []
            for number, first, last in zip(own, [0, *ends[:-1]], ends, strict=True):
                picked = np.flatnonzero(usable[number])[drawn[(drawn >= first) & (drawn < last)] - first]
                pieces.append(np.asarray(self._streams[number].rows[picked], np.float32))
                let_go(self._streams[number].rows)
            sampled[place] = np.concatenate(pieces)
        return sampled

    def _cut(self, length: int) -> list[tuple[int, int, int, int]]:
        """Return (stream, start, stop, number of its first row) of blocks of at most `length` rows."""
        blocks, number = [], 0
        for place, stream in enumerate(self._streams):
            for start in range(0, len(stream.rows), length):
                blocks.append((place, start, min(start + length, len(stream.rows)), number + start))
            number += len(stream.rows)
        return blocks

    def _pools(self, rng: np.random.Generator) -> Iterator[RowBatch]:
        waiting: list[RowBatch] = []
        for chosen in rng.permutation(len(self._blocks)):
            place, start, stop, number = self._blocks[chosen]
            waiting.append(self._read(place, slice(start, stop), number))
            if sum(len(batch.rows) for batch in waiting) >= self._pool_rows:
                yield _shuffled(_joined(waiting), rng)
                waiting = []
        if waiting:
            yield _shuffled(_joined(waiting), rng)

    def _read(self, place: int, part: slice, number: int) -> RowBatch:
        stream = self._streams[place]
        lying = stream.rows[part]
        usable = slice(None) if stream.usable is None else stream.usable[part]
        rows, numbers = np.array(lying[usable], np.float32), np.arange(number, number + len(lying))[usable]
        let_go(lying)
        if not np.isfinite(rows).all():
            raise InputError(
                "a row to cluster holds something that is no number",
                where=f"{stream.animal}, rows {part.start} to {part.stop}",
                expected="scaled features, missing = 0",
            )
        animals = np.full(len(rows), self.animals.index(stream.animal))
        return RowBatch(rows, animals, numbers)


def _joined(batches: Sequence[RowBatch]) -> RowBatch:
    if len(batches) == 1:
        return batches[0]
    return RowBatch(
        np.concatenate([batch.rows for batch in batches]),
        np.concatenate([batch.animals for batch in batches]),
        np.concatenate([batch.numbers for batch in batches]),
    )


def _part(batch: RowBatch, part: slice) -> RowBatch:
    return RowBatch(batch.rows[part], batch.animals[part], batch.numbers[part])


def _shuffled(batch: RowBatch, rng: np.random.Generator) -> RowBatch:
    order = rng.permutation(len(batch.rows))
    return RowBatch(batch.rows[order], batch.animals[order], batch.numbers[order])
