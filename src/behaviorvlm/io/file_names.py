"""Names of cameras and animals as names of files: whatever a name is, its file stays in its folder."""

from __future__ import annotations

import re
from collections.abc import Iterable

UNSAFE = re.compile(r"[^\w.+= -]")
"""Everything but letters and digits of any script, and a few signs."""


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Return a name for the file of each name; different even where only signs that no file may have differ."""
    found: dict[str, str] = {}
    for name in names:
        plain = UNSAFE.sub("_", name).strip(". ") or "_"
        taken = {one.lower() for one in found.values()}  # some disks do not tell capitals from small letters
        number = 2
        unique = plain
        while unique.lower() in taken:
            unique, number = f"{plain}_{number}", number + 1
        found[name] = unique
    return found
