"""MATLAB's ``.mat`` files, version 5 (scipy) and 7.3 (HDF5), as plain dictionaries, lists, texts and arrays."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.types import FloatArray

TEXT = b"char"
UNREADABLE = (OSError, ValueError, TypeError, NotImplementedError, KeyError, IndexError, zlib.error)
"""What may go wrong while reading one, beside scipy's own error."""


def read_mat(path: Path) -> dict[str, object]:
    """Return the variables of a ``.mat`` file.

    Structs are dictionaries, cells and struct arrays lists, texts str, numbers arrays without axes of length 1; axes
    are in MATLAB's order in both versions.

    Raises:
        FormatError: If the file is no ``.mat`` file or cannot be read.
    """
    import h5py
    from scipy.io.matlab import MatReadError

    try:
        if h5py.is_hdf5(path):
            with h5py.File(path, "r") as file:
                return {name: _from_hdf5(file[name], file) for name in file if not name.startswith("#")}
        return _read_version_5(path)
    except (*UNREADABLE, MatReadError) as error:
        raise _unreadable(path, error) from error


def variable_names(path: Path) -> tuple[str, ...]:
    """Return the names of the variables in a ``.mat`` file, without reading them; none where it is no such file."""
    import h5py
    from scipy.io import whosmat
    from scipy.io.matlab import MatReadError

    try:
        if h5py.is_hdf5(path):
            with h5py.File(path, "r") as file:
                return tuple(file)
        return tuple(name for name, _, _ in whosmat(path))
    except (*UNREADABLE, MatReadError):
        return ()


def read_array(path: Path, name: str) -> FloatArray:
    """Return a variable of numbers as float64, (first, second, ...) in MATLAB's order, axes of length 1 included.

    Raises:
        FormatError: If the file cannot be read or has no such numbers.
    """
    import h5py
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        if h5py.is_hdf5(path):
            with h5py.File(path, "r") as file:
                return np.asarray(file[name][()], dtype=np.float64).T
        return np.asarray(loadmat(path, variable_names=[name])[name], dtype=np.float64)
    except (*UNREADABLE, MatReadError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> FormatError:
    return FormatError("the file cannot be read", where=str(path), expected="a MATLAB .mat file", actual=str(error))


def _read_version_5(path: Path) -> dict[str, object]:
    from scipy.io import loadmat

    content = loadmat(path, simplify_cells=True)
    return {name: _plain(value) for name, value in content.items() if not name.startswith("__")}


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [_plain(item) for item in value.ravel()]
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return str(value) if isinstance(value, str) else value


def _from_hdf5(node: object, file: object) -> object:
    import h5py

    if isinstance(node, h5py.Group):
        fields = {name: _from_hdf5(node[name], file) for name in node}
        return _struct_array(fields, node)
    values = np.asarray(node[()])  # type: ignore[index]  # h5py ships no types
    if values.dtype == object:
        return [_from_hdf5(file[reference], file) for reference in values.T.ravel()]  # type: ignore[index]
    if node.attrs.get("MATLAB_class") == TEXT:  # type: ignore[attr-defined]
        return "".join(map(chr, values.T.ravel()))
    return np.squeeze(values.T)  # HDF5 holds MATLAB's columns as rows


def _struct_array(fields: dict[str, object], node: object) -> object:
    """Return a struct, or a list of structs where every field is a dataset of references (a struct array)."""
    import h5py

    listed = fields and all(
        isinstance(node[name], h5py.Dataset) and node[name].dtype == object and "MATLAB_class" not in node[name].attrs  # type: ignore[index]
        for name in fields
    )
    if not listed:
        return fields
    columns = [values for values in fields.values() if isinstance(values, list)]
    return [dict(zip(fields, row, strict=True)) for row in zip(*columns, strict=True)]
