"""Work that a process of its own can find by name."""

from __future__ import annotations

import os
import time

from behaviorvlm.errors import VideoError


def double(number: int) -> tuple[int, int]:
    """Return twice the number, the later the smaller it is, and the process that said so."""
    time.sleep(0.02 * max(0, 5 - number))
    return 2 * number, os.getpid()


def refuse_three(number: int) -> int:
    """Return the number, or raise what a user can mend."""
    if number == 3:
        raise VideoError("the video ends early", where="top.mp4", expected="40 frames", actual="33", remedy="copy it")
    return number
