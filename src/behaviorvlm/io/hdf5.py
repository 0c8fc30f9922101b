"""HDF5 files: opened so that whatever is wrong with one is told by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from behaviorvlm.errors import FormatError

if TYPE_CHECKING:
    import h5py


@contextmanager
def reading(path: Path, *, expected: str) -> Iterator[h5py.File]:
    """Open an HDF5 file to read; what fails while it is read is a FormatError that names it.

    Args:
        path: The file.
        expected: What it should be, in words.

    Raises:
        FormatError: If it is no HDF5, cut short, or lacks what is asked of it.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError, ValueError, TypeError, IndexError, AttributeError, RuntimeError) as error:
        raise FormatError("the file cannot be read", where=str(path), expected=expected, actual=str(error)) from error


def texts(dataset: object) -> tuple[str, ...]:
    """Return a dataset of fixed or variable length strings as text."""
    values = dataset[()]  # type: ignore[index]  # h5py ships no types
    return tuple(value.decode() if isinstance(value, bytes) else str(value) for value in values)
