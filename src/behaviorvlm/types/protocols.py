"""Pixels in, results out: the borders a pipeline touches, as protocols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from behaviorvlm.types.arrays import AnyArray, ByteArray, Float32Array


class FrameSource(Protocol):
    """Where pixels come from. Picklable, so that workers read for themselves."""

    @property
    def n_timepoints(self) -> int:
        """Number of synchronised instants."""
        ...

    def channels(self, camera: str) -> tuple[str, ...]:
        """Return the channels recorded by `camera`."""
        ...

    def read(self, camera: str, *, channel: str, start: int, stop: int) -> Iterator[ByteArray]:
        """Yield the grey pictures of timepoints `start` (included) to `stop` (excluded), (height, width) uint8.

        Exactly ``stop - start`` pictures come, in order.

        Raises:
            VideoError: If the video ends early or cannot be decoded; the message names file and frame.
        """
        ...


class ResultSink(Protocol):
    """Where stage results go, and where finished ones are found again.

    A result is a mapping of names to arrays. `stage` names the stage (``candidates``, ``poses`` ...), `key` the block
    of timepoints (``000000-000128``).
    """

    def load(self, stage: str, key: str) -> dict[str, AnyArray] | None:
        """Return what was saved under `stage` and `key`, or None."""
        ...

    def save(self, stage: str, key: str, arrays: Mapping[str, AnyArray]) -> None:
        """Keep `arrays` under `stage` and `key`; when this returns they survive a kill."""
        ...


class RowStore(Protocol):
    """Where tables go that are too large for memory; what is finished is found again.

    `stage` names what they hold (``features``, ``embedding`` ...), `name` the recording.
    """

    def begin(self, stage: str, name: str, shape: tuple[int, ...]) -> Float32Array:
        """Return a table of zeros, float32 of any shape, perhaps mapped from disk, to be written to."""
        ...

    def finish(self, stage: str, name: str) -> None:
        """Keep a table that was begun; when this returns it survives a kill."""
        ...

    def load(self, stage: str, name: str) -> Float32Array | None:
        """Return a finished table to read, float32 of the shape it was begun with; None if there is none."""
        ...
