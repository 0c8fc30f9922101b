"""Formats that hold one recording a file: a file where there is one recording, else a folder with a file for each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from behaviorvlm.errors import SettingsError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.text_cells import legal_names
from behaviorvlm.types.bout_table import LabelledRecording

MARK = "behaviorvlm_export.json"
"""Lies in folders written here, and lists their files; a folder without it is not written over."""
ILLEGAL = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
LONGEST = 120


def file_stem(name: str) -> str:
    """Return a name of a recording as a file may bear it on any system; it never leaves its folder."""
    return ILLEGAL.sub("_", name)[:LONGEST].strip(" .") or "recording"


def actors_of(recording: LabelledRecording) -> tuple[str, ...]:
    """Return the individuals of a recording, and whoever else its bouts name; "" alone where nobody is named."""
    return tuple(dict.fromkeys([*recording.individuals, *(bout.individual for bout in recording.bouts)])) or ("",)


def place_files(path: Path, names: Sequence[str], *, ending: str) -> list[Path]:
    """Return a path for each of several parts.

    Args:
        path: The file, told by its ending; or the folder, made where it is missing.
        names: What each is called, ``/`` and ``..`` included.
        ending: Of the files, with its dot.

    Raises:
        SettingsError: If a file is to hold several, or the folder holds anything that was not written by this.
        RunStorageError: If the disk refuses.
    """
    if path.suffix.lower() == Path(f"x{ending}").suffix and not path.is_dir():
        if len(names) != 1:
            raise SettingsError(
                "the format holds one recording a file",
                where=str(path),
                expected="a folder, in which each gets a file",
                actual=f"one file for {len(names)}: {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}",
                remedy="give the name of a folder",
            )
        return [path]
    stems = legal_names(names, file_stem)
    files = [path / f"{stems[name]}{ending}" for name in names]
    claim_folder(path, files)
    return files


def claim_folder(folder: Path, files: Sequence[Path]) -> None:
    """Make a folder ready for files, and remove those that were written to it before.

    Raises:
        SettingsError: If it holds anything that was not written by this.
        RunStorageError: If the disk refuses.
    """
    known = {folder / MARK, *(folder / name for name in written_before(folder))}
    foreign = sorted(one.name for one in folder.rglob("*") if one.is_file() and one not in known)
    if foreign or folder.is_file():
        raise SettingsError(
            "the folder is in use",
            where=str(folder),
            expected=f"an empty folder, or one that holds nothing but what was exported before (listed in its {MARK})",
            actual=f"{', '.join(foreign[:5])}{' ...' if len(foreign) > 5 else ''}" if foreign else "a file",
            remedy="choose another folder",
        )
    for one in known:
        one.unlink(missing_ok=True)
    names = [file.relative_to(folder).as_posix() for file in files]
    write_text(folder / MARK, json.dumps({"files": names}, ensure_ascii=False, indent=1) + "\n")


def written_before(folder: Path) -> tuple[str, ...]:
    """Return the names of the files that were written to a folder before."""
    try:
        names = json.loads((folder / MARK).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    paths = [Path(name) for name in names if isinstance(name, str) and name]
    return tuple(str(one) for one in paths if not one.is_absolute() and ".." not in one.parts)


def files_in(path: Path, ending: str) -> list[Path]:
    """Return the files of a folder that have an ending, in order of their names; the file itself if it is one."""
    if not path.is_dir():
        return [path]
    return sorted(one for one in path.glob(f"*{ending}") if one.name != MARK and one.is_file())


def is_each(path: Path, ending: str, is_one: Callable[[Path], bool]) -> bool:
    """Return whether a file, or every file of a folder that has the ending, is of a kind."""
    files = files_in(path, ending)
    return bool(files) and all(map(is_one, files))
