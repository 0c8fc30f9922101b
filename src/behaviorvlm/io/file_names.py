"""Names of files and folders from names that people gave to cameras, videos and animals."""

from __future__ import annotations

import re
from collections.abc import Sequence

UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]|^[. ]+|[. ]+$')
"""What would lead out of a folder, hide a file, or is refused by one system or another."""
LONGEST = 120
"""Bytes of a name, so that two of them with something between fit into the 255 that a file system takes."""


def file_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return a file name for each name, all of them different: what cannot stand in one becomes ``_``."""
    found: list[str] = []
    for name in names:
        short = UNSAFE.sub("_", name).encode()[:LONGEST].decode(errors="ignore") or "_"
        number, unique = 2, short
        while unique in found:
            number, unique = number + 1, f"{short}_{number}"
        found.append(unique)
    return tuple(found)
