"""Copies of videos that browsers do not play, or that are slow to travel in: on demand, in a process of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread

from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.review.apart import apart

CRF = 23
X264 = {"preset": "ultrafast", "g": "15"}
"""Often a keyframe: a copy is there to be scrubbed."""
GREY_X264 = {"preset": "ultrafast", "g": "6"}
"""More often where the views of several cameras are decoded for every picture."""
GENTLY = 10
"""How much less than others the process asks for."""


def write_copy(source: Path, copy: Path) -> None:
    """Write a video again as browsers play it, frame for frame, at a steady rate.

    Raises:
        VideoError: If it cannot be read.
        RunStorageError: If the disk refuses.
    """
    from behaviorvlm.io.color_video import ColorVideoSource, write_color_video
    from behaviorvlm.io.video_probe import probe_video

    probe = probe_video(source)
    pictures = ColorVideoSource(source).read(0, probe.n_frames)
    write_color_video(copy, pictures, frame_rate_hz=probe.frame_rate_hz or 1.0, crf=CRF, x264=X264)


def write_grey_copy(source: Path, copy: Path) -> None:
    """Write the grey pictures of a video again, frame for frame, with near keyframes; errors as of `write_copy`."""
    from behaviorvlm.io.video import write_video
    from behaviorvlm.io.video_encoding import even_sized
    from behaviorvlm.io.video_probe import probe_video
    from behaviorvlm.io.video_reader import VideoReader

    probe = probe_video(source)
    reader = VideoReader(probe)
    pictures = (even_sized(reader.picture(frame)) for frame in range(probe.n_frames))
    try:
        write_video(copy, pictures, frame_rate_hz=probe.frame_rate_hz or 1.0, crf=CRF, x264=GREY_X264)
    finally:
        reader.close()


def write_apart(source: Path, copy: Path) -> None:
    """Write a copy in another process; errors as of `write_copy`."""
    apart(_gently, write_copy, source, copy)


def write_grey_apart(source: Path, copy: Path) -> None:
    """Write a grey copy in another process; errors as of `write_copy`."""
    apart(_gently, write_grey_copy, source, copy)


class FilmCopies:
    """The copies of one run, made one after the other.

    Attributes:
        said: How it stands, in words; "" before the first.
        busy: Whether one is being made.

    Args:
        done: Called after each that was made.
        write: What makes one.
    """

    def __init__(self, done: Callable[[], None], *, write: Callable[[Path, Path], None] = write_apart) -> None:
        self._done, self._write = done, write
        self._waiting: list[tuple[Path, Path]] = []
        self._lock = Lock()
        self.busy = False
        self.said = ""

    def ask(self, source: Path, copy: Path) -> None:
        """Have a copy made, unless it is asked for already."""
        with self._lock:
            if (source, copy) in self._waiting:
                return
            self._waiting.append((source, copy))
            self._say_which(self._waiting[0][0])
            if self.busy:
                return
            self.busy = True
        Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        failed, more = "", True
        while more:
            source, copy = self._waiting[0]
            self._say_which(source)
            try:
                self._write(source, copy)
            except BehaviorVLMError as error:
                failed = f"no copy could be made: {error.message}"
            with self._lock:
                self._waiting.pop(0)
                self.busy = more = bool(self._waiting)
            if not more:
                self.said = failed or f"the copy of {source.name} is made"
            self._done()

    def _say_which(self, source: Path) -> None:
        more = f", {len(self._waiting) - 1} more wait" if len(self._waiting) > 1 else ""
        self.said = f"a copy of {source.name} is being made since {time.strftime('%H:%M:%S')}{more}"


def _gently(write: Callable[[Path, Path], None], source: Path, copy: Path) -> None:
    """Write a copy while others use the processor: the person who looks on comes first."""
    if hasattr(os, "nice"):
        os.nice(GENTLY)
    write(source, copy)
