"""Folders that are written as a whole: never over somebody else's files, and without leftovers of our own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from behaviorvlm.errors import SettingsError
from behaviorvlm.io.atomic import write_text

NOTE = "behaviorvlm_export.json"
"""Says that the folder is ours, and which of its files are."""


def claim_folder(path: Path, *, format: str) -> None:
    """Refuse a folder that holds anything and was not written by an export in the same format.

    Raises:
        SettingsError: If it holds other files, or is a file.
    """
    empty = not path.exists() or (path.is_dir() and not any(path.iterdir()))
    if not empty and _note(path).get("format") != format:
        raise SettingsError(
            "the folder is not empty, and was not written by this export",
            where=str(path),
            expected=f"a new folder, or one that an export to {format} wrote",
            actual="a file" if path.is_file() else ", ".join(sorted(one.name for one in path.iterdir())[:5]),
            remedy="name another folder, or empty this one",
        )


def note_files(path: Path, files: Sequence[Path], *, format: str) -> None:
    """Note which files an export wrote into its folder, and remove those that only the one before it wrote.

    Raises:
        RunStorageError: If the disk refuses.
    """
    names = sorted(file.relative_to(path).as_posix() for file in files)
    before = _note(path).get("files")
    for name in before if isinstance(before, list) else ():
        old = path / str(name)
        if name not in names and ".." not in old.parts and not Path(str(name)).is_absolute():
            old.unlink(missing_ok=True)
    write_text(path / NOTE, json.dumps({"format": format, "files": names}, indent=1, ensure_ascii=False) + "\n")


def _note(path: Path) -> dict[str, object]:
    try:
        content = json.loads((path / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
