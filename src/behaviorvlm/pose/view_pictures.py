"""Pictures of single views, for annotators that look: read on demand, in either direction, a few held."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from behaviorvlm.types import ByteArray, FrameSource

HELD = 12
"""Pictures held of each video."""
READ_BACKWARDS = 8
"""Going backwards, so many are read at once; the rest of what is held is for those asked for out of turn."""


class ViewPictures(Protocol):
    """Gives the pictures of a view. Called from many threads."""

    def __call__(self, camera: str, timepoint: int) -> Mapping[str, ByteArray]:
        """Return channel name to picture, (height, width) uint8."""
        ...


@dataclass
class SourcePictures:
    """Pictures read one by one from a frame source that nobody else reads.

    Attributes:
        source: The frame source.
    """

    source: FrameSource
    _reels: dict[tuple[str, str], _Reel] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, camera: str, timepoint: int) -> Mapping[str, ByteArray]:
        """Return channel name to picture, (height, width) uint8."""
        return {channel: self._reel(camera, channel).picture(timepoint) for channel in self.source.channels(camera)}

    def _reel(self, camera: str, channel: str) -> _Reel:
        with self._lock:
            return self._reels.setdefault((camera, channel), _Reel(self.source, camera, channel))


@dataclass
class _Reel:
    """One video and the last pictures read of it."""

    source: FrameSource
    camera: str
    channel: str
    _held: dict[int, ByteArray] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: int = -1  # asked for
    _end: int = 0  # of what was read last

    def picture(self, timepoint: int) -> ByteArray:
        with self._lock:
            if timepoint not in self._held:
                start = self._start(timepoint)
                pictures = self.source.read(self.camera, channel=self.channel, start=start, stop=timepoint + 1)
                for number, picture in enumerate(pictures, start):
                    self._hold(number, picture)
                self._end = timepoint + 1
            self._last = timepoint
            return self._held[timepoint]

    def _start(self, timepoint: int) -> int:
        """Return where to begin to read, so that no picture is decoded from its key frame alone."""
        if self._end <= timepoint < self._end + HELD:
            return self._end  # those between are decoded anyway; another thread wants them next
        backwards = self._last - HELD <= timepoint < self._last
        return max(0, timepoint - READ_BACKWARDS + 1) if backwards else timepoint

    def _hold(self, timepoint: int, picture: ByteArray) -> None:
        self._held.pop(timepoint, None)
        self._held[timepoint] = picture
        while len(self._held) > HELD:
            self._held.pop(next(iter(self._held)))
