"""Folders that are exported: there whole or not at all, and never over anybody's work.

A folder that is written holds a record of itself: its format, and every file with the hash of its content. Only a
folder that still is what its record says is replaced.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from behaviorvlm import __version__
from behaviorvlm.errors import SettingsError
from behaviorvlm.io.atomic import refused, write_text

RECORD = "behaviorvlm_export.json"
PARTIAL = ".partial"
SHOWN = 3


@contextmanager
def replacing_folder(path: Path, *, format: str, notes: Mapping[str, object] | None = None) -> Iterator[Path]:
    """Give a temporary folder beside `path`; what was written there takes its place at the end of the block.

    If the block fails, `path` is as it was before.

    Args:
        path: The folder.
        format: What is written, for the record.
        notes: More for the record.

    Raises:
        SettingsError: If there is something at `path` that is not an empty folder, nor one written here before in the
            same format and unchanged since.
        RunStorageError: If the disk refuses.
    """
    path = path.resolve()
    temporary, former = path.with_name(f"{path.name}{PARTIAL}"), path.with_name(f"{path.name}.former")
    _refuse_foreign(path, format=format)
    for left in (temporary, former):
        _refuse_foreign(left)
    try:
        for folder in (temporary, former):
            shutil.rmtree(folder, ignore_errors=True)
        temporary.mkdir(parents=True)
        record = {"format": format, "written_by": f"behaviorvlm {__version__}", **(notes or {})}
        _write_record(temporary, record)
        yield temporary
        _write_record(temporary, record)
        if path.exists():
            path.rename(former)
        temporary.rename(path)
        shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise refused(path, error) from error
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def replaced(files: Iterable[Path], folder: Path, path: Path) -> tuple[Path, ...]:
    """Return where files that were written to the temporary `folder` lie once it is at `path`."""
    return tuple(path / file.relative_to(folder) for file in files)


def read_record(folder: Path) -> dict[str, object]:
    """Return what a folder says of itself; nothing where it was not written here."""
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def read_cameras(folder: Path) -> tuple[dict[str, str], dict[str, int]]:
    """Return what a folder's notes say of cameras: place in the folder to camera, and camera to its frame offset."""
    record = read_record(folder)
    cameras, offsets = record.get("cameras"), record.get("frame_offsets")
    names = {str(place): str(name) for place, name in cameras.items()} if isinstance(cameras, dict) else {}
    known = offsets.items() if isinstance(offsets, dict) else ()
    return names, {str(camera): int(frames) for camera, frames in known if isinstance(frames, int)}


def _write_record(folder: Path, record: Mapping[str, object]) -> None:
    write_text(folder / RECORD, json.dumps({**record, "files": _hashes(folder)}, indent=1, ensure_ascii=False) + "\n")


def _hashes(folder: Path) -> dict[str, str]:
    """Return the path within `folder` of every file but the record, to what it holds."""
    found = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {path.relative_to(folder).as_posix(): _hash(path) for path in found if path != folder / RECORD}


def _hash(path: Path) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _refuse_foreign(folder: Path, *, format: str | None = None) -> None:
    """Refuse to replace what is not ours; a folder in another format, too, where one is given."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    foreign = _foreign(folder, format)
    if foreign:
        raise SettingsError(
            "the folder would be overwritten",
            where=str(folder),
            expected="a new or empty folder, or one that an export in the same format wrote and nobody changed since",
            actual=foreign,
            remedy="name another folder, so that no work is lost, or move this one away",
        )


def _foreign(folder: Path, format: str | None) -> str:
    """Return what in a folder we did not write, in words; nothing where all of it is ours."""
    if not folder.is_dir():
        return "a file"
    record = read_record(folder)
    files = record.get("files")
    if not isinstance(files, dict):
        return f"other files: {_some([one.name for one in folder.iterdir()])}"
    if folder.name.endswith(PARTIAL):
        return ""  # what a stopped export left behind has no full record
    changed = [name for name, content in _hashes(folder).items() if files.get(name) != content]
    if changed:
        return f"changed or added since: {_some(changed)}"
    return f"an export to {record.get('format')}" if format not in (None, record.get("format")) else ""


def _some(names: Sequence[str]) -> str:
    return ", ".join(sorted(names)[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
