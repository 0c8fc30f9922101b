"""Names of cameras and animals as names of files: whatever a name is, its file stays in its folder."""

from __future__ import annotations

import re
from collections.abc import Iterable

UNSAFE = re.compile(r"[^\w.+= -]")
"""Everything but letters and digits of any script, and a few signs."""


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Return a name for the file of each name; different even where only signs that no file may have differ."""
    listed = list(names)
    return dict(zip(listed, safe_names(listed), strict=True))


def safe_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return names without signs that mean something to a file system, each once; equal ones are numbered."""
    found: list[str] = []
    taken: set[str] = set()  # in small letters: some disks do not tell capitals from them
    for name in names:
        plain = UNSAFE.sub("_", name).strip(". ") or "_"
        unique, number = plain, 2
        while unique.lower() in taken:
            unique, number = f"{plain}_{number}", number + 1
        taken.add(unique.lower())
        found.append(unique)
    return tuple(found)
