"""Writing so that a file is there whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from behaviorvlm.errors import RunStorageError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; what was written there takes its place at the end of the block.

    The folder of `path` is made where it is missing. If the block fails, `path` is as it was before.

    Raises:
        RunStorageError: If the disk refuses: full, read-only, no permission.
    """
    temporary = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        _discard(temporary)
        raise refused(path, error) from error
    except BaseException:
        _discard(temporary)
        raise


def refused(path: Path, error: OSError) -> RunStorageError:
    """Return the error for what a disk refuses to write: full, read-only, no permission."""
    full = error.errno in FULL
    return RunStorageError(
        "the disk is full" if full else f"the {'folder' if path.is_dir() else 'file'} cannot be written",
        where=str(path),
        actual=str(error),
        remedy="free some space and try again" if full else "make its folder writable, or write somewhere else",
    )


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with Unix line ends, whole or not at all.

    Raises:
        RunStorageError: If the disk refuses.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _discard(temporary: Path) -> None:
    try:
        temporary.unlink(missing_ok=True)
    except OSError:  # a read-only folder: nothing was written, so nothing is left behind
        return
