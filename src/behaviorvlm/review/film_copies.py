"""Copies of videos that browsers do not play, made on demand in a process of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread

from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.review.apart import apart

CRF = 23
X264 = {"preset": "ultrafast", "g": "15"}
"""Often a keyframe: a copy is there to be scrubbed."""


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


def write_apart(source: Path, copy: Path) -> None:
    """Write a copy in another process; errors as of `write_copy`."""
    apart(write_copy, source, copy)


class FilmCopies:
    """The copies of one run.

    Attributes:
        said: How the last one stands, in words; "" before the first.

    Args:
        done: Called after each that was made.
        write: What makes one.
    """

    def __init__(self, done: Callable[[], None], *, write: Callable[[Path, Path], None] = write_apart) -> None:
        self._done, self._write = done, write
        self._under_way: set[Path] = set()
        self._lock = Lock()
        self.said = ""

    def ask(self, source: Path, copy: Path) -> None:
        """Have a copy made, unless it is being made already."""
        with self._lock:
            if copy in self._under_way:
                return
            self._under_way.add(copy)
        self.said = f"a copy of {source.name} is being made since {time.strftime('%H:%M:%S')}"
        Thread(target=self._work, args=(source, copy), daemon=True).start()

    def _work(self, source: Path, copy: Path) -> None:
        try:
            self._write(source, copy)
            self.said = f"the copy of {source.name} is made"
        except BehaviorVLMError as error:
            self.said = f"no copy could be made: {error.message}"
        with self._lock:
            self._under_way.discard(copy)
        self._done()
