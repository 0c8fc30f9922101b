"""Names of files and folders from names that people gave to cameras, videos and animals."""

from __future__ import annotations

import re
from collections.abc import Iterable

UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]|^[. ]+|[. ]+$')
"""What would lead out of a folder, hide a file, or is refused by one system or another."""
LONGEST = 120
"""Bytes of a name, so that two of them with something between fit into the 255 that a file system takes."""


def file_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return a file name for each name, all of them different: what cannot stand in one becomes ``_``."""
    found: list[str] = []
    taken: set[str] = set()  # in small letters: some disks do not tell capitals from them
    for name in names:
        short = UNSAFE.sub("_", name).encode()[:LONGEST].decode(errors="ignore") or "_"
        number, unique = 2, short
        while unique.casefold() in taken:
            unique, number = f"{short}_{number}", number + 1
        taken.add(unique.casefold())
        found.append(unique)
    return tuple(found)


def files_by_name(names: Iterable[str]) -> dict[str, str]:
    """Return each name with its file name."""
    listed = list(names)
    return dict(zip(listed, file_names(listed), strict=True))
