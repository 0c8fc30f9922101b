"""Writing so that a folder is there whole or not at all, and that nobody's work is overwritten.

A folder that is written holds a record of itself: its format, and every file with the hash of its content. Only a
folder that still is what its record says is replaced.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from behaviorvlm import __version__
from behaviorvlm.errors import SettingsError
from behaviorvlm.io.atomic import refused, write_text

RECORD = "behaviorvlm_export.json"
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
        SettingsError: If there is something at `path` that is not an empty folder, nor one written here before and
            unchanged since.
        RunStorageError: If the disk refuses.
    """
    path = path.resolve()
    temporary, former = path.with_name(f"{path.name}.partial"), path.with_name(f"{path.name}.former")
    for folder in (path, temporary, former):
        _refuse_foreign(folder)
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


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    record = read_record(folder).get("files")
    if not folder.is_dir() or not isinstance(record, dict):
        raise SettingsError(
            "there is something in the place of the folder that is to be written",
            where=str(folder),
            expected="nothing, an empty folder, or one that behaviorvlm wrote before",
            actual="a folder with other files" if folder.is_dir() else "a file",
            remedy="name another folder, or move this one away",
        )
    held = _hashes(folder)
    changed = [name for name, content in held.items() if record.get(name) != content]
    if changed and not folder.name.endswith(".partial"):  # what a stopped export left behind has no full record
        raise SettingsError(
            "the folder was changed since behaviorvlm wrote it",
            where=str(folder),
            expected=f"only the files in its {RECORD}, as they were written",
            actual=", ".join(changed[:SHOWN]) + (f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""),
            remedy="name another folder, so that no work is lost, or move this one away",
        )
