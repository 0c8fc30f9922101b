"""Pixels in, results out: the two borders a pipeline touches, as protocols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from behaviorvlm.types.arrays import AnyArray, ByteArray


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
