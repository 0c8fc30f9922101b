"""The number of a frame in the name of its picture, ``labeled-data/walk/img00012.png``."""

from __future__ import annotations

import re

from behaviorvlm.errors import FormatError

IMAGE_NUMBER = re.compile(r"(\d+)(?:\.\w+)?$")


def frame_in_name(name: str, *, where: str) -> int:
    """Return the frame, from 0, that a picture's name or a plain number states.

    Raises:
        FormatError: If it states none; `where` is the place in the file.
    """
    match = IMAGE_NUMBER.search(name.strip())
    if not match or name.strip().startswith("-"):
        raise FormatError(
            "a row names no frame",
            where=where,
            expected="a frame number or an image such as img00012.png",
            actual=name,
        )
    return int(match.group(1))
