"""A table of numbers with several levels of column names, as pandas keeps it in HDF5 (layout ``fixed``).

pandas reads it through PyTables, which knows what is in a file from attributes; both are spelt out here, so that
neither is needed to write. Checked against pandas 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from behaviorvlm.io.atomic import replacing
from behaviorvlm.types import FloatArray, IntArray

KEY = "df_with_missing"
"""What DeepLabCut calls the one table in a file."""
GROUP = {"CLASS": b"GROUP", "VERSION": b"1.0", "TITLE": b""}
ARRAY = {"CLASS": b"ARRAY", "VERSION": b"2.4", "TITLE": b"", "FLAVOR": b"numpy"}
TABLE = {"pandas_type": b"frame", "pandas_version": b"0.15.2", "encoding": b"UTF-8", "errors": b"strict"}
NO_NAME = b"N."
"""None, pickled."""
Tuples = Sequence[tuple[str, ...]]


def write_table(
    path: Path, blocks: Iterable[FloatArray], *, columns: Tuples, names: Sequence[str], index: IntArray | Tuples
) -> None:
    """Write blocks of rows as they come.

    Args:
        path: The file; replaced whole at the end.
        blocks: (row, column) float64 each, as many rows together as `index` has.
        columns: The names of each column, a level each.
        names: Of the levels.
        index: (row,) int64 numbers of the rows, or their names, a level each.

    Raises:
        RunStorageError: If the disk refuses.
    """
    import h5py

    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        _describe(file, {**GROUP, "PYTABLES_FORMAT_VERSION": b"2.1"})
        group = file.create_group(KEY)
        _describe(group, {**GROUP, **TABLE})
        group.attrs.update({"ndim": 2, "nblocks": 1})
        _write_levels(group, "axis0", columns, names=names)
        _write_levels(group, "block0_items", columns, names=names)
        if isinstance(index, np.ndarray):
            _describe(group, {"axis1_variety": b"regular"})
            _write_array(group, "axis1", index, kind=b"integer", name=NO_NAME)
        else:
            _write_levels(group, "axis1", index, names=[""] * len(index[0]))
        values = group.create_dataset("block0_values", shape=(len(index), len(columns)), dtype=np.float64)
        _describe(values, ARRAY)
        values.attrs["transposed"] = np.uint8(1)
        start = 0
        for block in blocks:
            values[start : start + len(block)] = block
            start += len(block)


def _write_levels(group: object, axis: str, rows: Tuples, *, names: Sequence[str]) -> None:
    """Write the names along an axis: for each level the different ones, and which of them stands where."""
    _describe(group, {f"{axis}_variety": b"multi"})
    group.attrs[f"{axis}_nlevels"] = len(names)  # type: ignore[attr-defined]  # h5py ships no types
    for level, (name, words) in enumerate(zip(names, zip(*rows, strict=True), strict=True)):
        known = {word: number for number, word in enumerate(dict.fromkeys(words))}
        longest = max(1, *(len(word.encode()) for word in known))
        encoded = np.array([word.encode() for word in known], dtype=f"S{longest}")
        title = name.encode() or NO_NAME
        _write_array(group, f"{axis}_level{level}", encoded, kind=b"string", name=title)
        _write_array(group, f"{axis}_label{level}", np.array([known[word] for word in words], dtype=np.int32))


def _write_array(group: object, place: str, values: npt.NDArray[np.generic], **described: bytes) -> None:
    dataset = group.create_dataset(place, data=values)  # type: ignore[attr-defined]
    _describe(dataset, {**ARRAY, **described})
    dataset.attrs["transposed"] = np.uint8(1)


def _describe(holder: object, attributes: dict[str, bytes]) -> None:
    import h5py

    for name, value in attributes.items():
        kind = h5py.string_dtype(
            "ascii" if value == NO_NAME else "utf-8", max(len(value), 1)
        )  # UTF-8 is text to PyTables
        holder.attrs.create(name, np.array(value, dtype=kind))  # type: ignore[attr-defined]
