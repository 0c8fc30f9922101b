"""HDF5 files: opened so that whatever is wrong with one is told by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.types import IntArray

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


def number_attribute(holder: object, name: str) -> float | None:
    """Return an attribute that is a number, alone or in an array of one; None where there is none."""
    values = holder.attrs.get(name)  # type: ignore[attr-defined]  # h5py ships no types
    return None if values is None else float(np.ravel(values)[0])


def runs_of(timepoints: IntArray) -> Iterator[tuple[slice, slice]]:
    """Yield the runs of consecutive numbers among rising (timepoint,) numbers, which datasets take at one go.

    Yields:
        Where the run stands among `timepoints`, and which rows of a dataset of all timepoints it is.
    """
    cuts = [0, *(np.flatnonzero(np.diff(timepoints) != 1) + 1).tolist(), len(timepoints)]
    for start, stop in pairwise(cuts):
        if stop > start:
            first = int(timepoints[start])
            yield slice(start, stop), slice(first, first + stop - start)
