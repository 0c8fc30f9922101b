"""Text in pictures, written by one thread.

OpenCV loads its letters anew in every thread that writes: 25 ms and 6 MB each, and there may be hundreds of threads.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from behaviorvlm.imaging.strokes import Color
from behaviorvlm.types import ByteArray

SIZE = 0.5
"""OpenCV's; letters are 11 px high."""
THICKNESS = 1


def text_size(text: str) -> tuple[int, int]:
    """Return width of a text, and height above its line, in px."""
    import cv2

    writing = _writer(os.getpid()).submit(cv2.getTextSize, text, cv2.FONT_HERSHEY_SIMPLEX, SIZE, THICKNESS)
    (width, height), _ = writing.result()
    return int(width), int(height)


def put_text(picture: ByteArray, text: str, foot_px: tuple[int, int], *, color: Color) -> None:
    """Write text into a (height, width[, 3]) uint8 picture, its line beginning at `foot_px`."""
    import cv2

    font = cv2.FONT_HERSHEY_SIMPLEX
    _writer(os.getpid()).submit(cv2.putText, picture, text, foot_px, font, SIZE, color, THICKNESS, cv2.LINE_AA).result()


@lru_cache(maxsize=1)
def _writer(process: int) -> ThreadPoolExecutor:
    """Return the thread of this process; one that was forked has none of its parent's."""
    return ThreadPoolExecutor(1, thread_name_prefix=f"letters-{process}")
