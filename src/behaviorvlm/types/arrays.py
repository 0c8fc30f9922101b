"""Array aliases and the checks every type makes at birth."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from behaviorvlm.errors import ShapeError

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
ByteArray = npt.NDArray[np.uint8]
ComplexArray = npt.NDArray[np.complex128]
AnyArray = npt.NDArray[np.generic]
_Array = TypeVar("_Array", bound=npt.NDArray[np.generic])


def all_finite(points: npt.ArrayLike) -> BoolArray:
    """Return which of (..., space) coordinates are finite in every dimension, (...) bool."""
    return np.asarray(np.isfinite(np.asarray(points, dtype=np.float64)).all(axis=-1), dtype=np.bool_)


def frozen_floats(values: npt.ArrayLike, shape: tuple[int | None, ...], *, name: str) -> FloatArray:
    """Return `values` as a read-only float64 array of `shape` (None = any length).

    Raises:
        ShapeError: If the shape differs; the message gives expected and actual.
    """
    return _frozen(np.array(values, dtype=np.float64), shape, name)


def frozen_ints(values: npt.ArrayLike, shape: tuple[int | None, ...], *, name: str) -> IntArray:
    """Return `values` as a read-only int64 array of `shape` (None = any length).

    Raises:
        ShapeError: If the shape differs; the message gives expected and actual.
    """
    return _frozen(np.array(values, dtype=np.int64), shape, name)


def frozen_bools(values: npt.ArrayLike, shape: tuple[int | None, ...], *, name: str) -> BoolArray:
    """Return `values` as a read-only bool array of `shape` (None = any length).

    Raises:
        ShapeError: If the shape differs; the message gives expected and actual.
    """
    return _frozen(np.array(values, dtype=np.bool_), shape, name)


def _frozen(array: _Array, shape: tuple[int | None, ...], name: str) -> _Array:
    fits = array.ndim == len(shape) and all(
        want is None or want == have for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"{name} has the wrong shape",
            expected=str(tuple("any" if size is None else size for size in shape)),
            actual=str(array.shape),
        )
    array.flags.writeable = False
    return array
