"""Formats that hold one recording a file: a file where there is one recording, else a folder with a file for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from behaviorvlm.errors import SettingsError
from behaviorvlm.io.export_folder import replaced, replacing_folder
from behaviorvlm.io.file_names import file_names
from behaviorvlm.types.bout_table import LabelledRecording


def actors_of(recording: LabelledRecording) -> tuple[str, ...]:
    """Return the individuals of a recording, and whoever else its bouts name; "" alone where nobody is named."""
    return tuple(dict.fromkeys([*recording.individuals, *(bout.individual for bout in recording.bouts)])) or ("",)


@dataclass(frozen=True)
class Place:
    """Where several parts are written.

    Attributes:
        path: The file or the folder, as it was asked for.
        folder: Takes the place of `path` once all of it is written; None where there is one file.
        files: A file for each part.
    """

    path: Path
    folder: Path | None
    files: tuple[Path, ...]

    def final(self, files: Iterable[Path]) -> tuple[Path, ...]:
        """Return where files lie once all is written."""
        return replaced(files, self.folder, self.path) if self.folder else tuple(files)


@contextmanager
def placing_files(path: Path, names: Sequence[str], *, ending: str, format: str) -> Iterator[Place]:
    """Give a file to write for each of several parts; a folder takes its place at the end of the block.

    Args:
        path: The file, told by its ending; or the folder.
        names: What each is called, ``/`` and ``..`` included.
        ending: Of the files, with its dot.
        format: What is written.

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
        yield Place(path, None, (path,))
        return
    with replacing_folder(path, format=format) as folder:
        yield Place(path, folder, tuple(folder / f"{name}{ending}" for name in file_names(names)))


def files_in(path: Path, ending: str) -> list[Path]:
    """Return the files of a folder that have an ending, in order of their names; the file itself if it is one."""
    if not path.is_dir():
        return [path]
    return sorted(one for one in path.glob(f"*{ending}") if one.is_file())


def is_each(path: Path, ending: str, is_one: Callable[[Path], bool]) -> bool:
    """Return whether a file, or every file of a folder that has the ending, is of a kind."""
    files = files_in(path, ending)
    return bool(files) and all(map(is_one, files))
