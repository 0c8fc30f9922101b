"""DeepLabCut's HDF5, a pandas table in either of its two layouts, ``table`` and ``fixed``, read without pandas."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from itertools import count, takewhile
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.deeplabcut_columns import Columns, refuse_mixed
from behaviorvlm.io.hdf5 import reading, texts
from behaviorvlm.io.image_number import frame_in_name
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.plain_pickle import load_plain
from behaviorvlm.types import FloatArray, IntArray

EXPECTED = "a table of DeepLabCut's, .h5"
PANDAS = ("frame", "frame_table")
SINGLE, MULTI = 3, 4
"""Levels of the column names: scorer, [individuals,] bodyparts, coords."""


def is_pandas_table(group: object) -> bool:
    """Return whether a group of an HDF5 file is a table that pandas wrote."""
    kind = getattr(group, "attrs", {}).get("pandas_type", b"")
    return (kind.decode() if isinstance(kind, bytes) else kind) in PANDAS


def read_keypoints(path: Path) -> KeypointTable:
    """Return the named points of a DeepLabCut ``.h5``, rows in file order.

    Raises:
        FormatError: If it is no such file, or its columns are not DeepLabCut's.
    """
    with reading(path, expected=EXPECTED) as file:
        groups = [file[name] for name in file if is_pandas_table(file[name])]
        if len(groups) != 1:
            raise FormatError(
                "the file does not hold one table", where=str(path), expected=EXPECTED, actual=f"{len(groups)} tables"
            )
        try:
            index, names, numbers = (_read_table if "table" in groups[0] else _read_fixed)(groups[0])
        except pickle.UnpicklingError as error:
            raise FormatError(
                "the names of the columns cannot be read", where=str(path), expected=EXPECTED, actual=str(error)
            ) from error
        if not names or any(len(name) not in (SINGLE, MULTI) for name in names):
            raise FormatError(
                "the columns are not DeepLabCut's",
                where=str(path),
                expected="names of scorer, [individuals,] bodyparts, coords",
                actual=str(names[0]) if names else "no columns",
            )
        columns = Columns(*(tuple(level) for level in zip(*map(_without_scorer, names), strict=True)))
        columns.refuse_odd(path)
        refuse_mixed((name[0] for name in names), path)
        return columns.table(_frames(index, path), numbers, lines=np.full(len(numbers), -1))


def _without_scorer(name: Sequence[str]) -> tuple[str, str, str]:
    return (name[1] if len(name) == MULTI else "", name[-2], name[-1])


Parts = tuple[object, list[tuple[str, ...]], FloatArray]
"""The index, the names of the columns level by level, and (row, column) float64 numbers."""


def _read_table(group: object) -> Parts:
    table = group["table"]  # type: ignore[index]  # h5py ships no types
    rows = table[()]
    blocks = [name for name in rows.dtype.names if name.startswith("values_block_")]
    names = [name for block in blocks for name in _unpickled(table.attrs[f"{block}_kind"])]
    numbers = np.concatenate([rows[block].reshape(len(rows), -1).astype(np.float64) for block in blocks], axis=1)
    return rows["index"], names, numbers


def _unpickled(attribute: object) -> list[tuple[str, ...]]:
    content = load_plain(attribute.encode("latin1") if isinstance(attribute, str) else bytes(attribute))  # type: ignore[call-overload]
    if not isinstance(content, list):
        raise pickle.UnpicklingError(f"a list of names was expected, not {type(content).__name__}")
    return [tuple(map(str, name)) for name in content]


def _read_fixed(group: object) -> Parts:
    names: list[tuple[str, ...]] = []
    values: list[FloatArray] = []
    for block in range(int(group.attrs["nblocks"])):  # type: ignore[attr-defined]
        items = _levels(group, f"block{block}_items")
        stored = np.asarray(group[f"block{block}_values"][()], dtype=np.float64)  # type: ignore[index]
        names += list(zip(*items, strict=True))
        values.append(stored if group[f"block{block}_values"].attrs.get("transposed") else stored.T)  # type: ignore[index]
    index = group["axis1"][()] if "axis1" in group else np.array(_levels(group, "axis1")[-1])  # type: ignore[index, operator]
    return index, names, np.concatenate(values, axis=1)


def _levels(group: object, axis: str) -> list[list[str]]:
    """Return the names along a hierarchical axis, one list per level."""
    found = takewhile(lambda level: f"{axis}_level{level}" in group, count())  # type: ignore[operator]
    levels = [(texts(group[f"{axis}_level{level}"]), group[f"{axis}_label{level}"][()]) for level in found]  # type: ignore[index]
    return [[names[number] for number in numbers] for names, numbers in levels]


def _frames(index: object, path: Path) -> IntArray:
    values = np.asarray(index)
    if values.dtype.kind in "iu":
        return values.astype(np.int64)
    names = [value.decode() if isinstance(value, bytes) else str(value) for value in values]
    return np.array([frame_in_name(name, where=str(path)) for name in names], dtype=np.int64)
