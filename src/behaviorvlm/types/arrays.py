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
_Scalar = TypeVar("_Scalar", bound=np.generic)
_Array = TypeVar("_Array", bound=npt.NDArray[np.generic])


def all_finite(points: npt.ArrayLike) -> BoolArray:
    """Return which of (..., space) coordinates are finite in every dimension, (...) bool."""
    return np.asarray(np.isfinite(np.asarray(points, dtype=np.float64)).all(axis=-1), dtype=np.bool_)


def frozen_floats(values: npt.ArrayLike, shape: tuple[int | None, ...], *, name: str) -> FloatArray:
    """Return `values` as a read-only float64 array of `shape` (None = any length); copied, unless nobody can write it.

    Raises:
        ShapeError: If the shape differs; the message gives expected and actual.
    """
    return _frozen(_own(values, np.float64), shape, name)


def frozen_ints(values: npt.ArrayLike, shape: tuple[int | None, ...], *, name: str) -> IntArray:
    """Return `values` as a read-only int64 array of `shape` (None = any length).

    Raises:
        ShapeError: If the shape differs; the message gives expected and actual.
    """
    return _frozen(_own(values, np.int64), shape, name)


def frozen_bools(values: npt.ArrayLike, shape: tuple[int | None, ...], *, name: str) -> BoolArray:
    """Return `values` as a read-only bool array of `shape` (None = any length).

    Raises:
        ShapeError: If the shape differs; the message gives expected and actual.
    """
    return _frozen(_own(values, np.bool_), shape, name)


def unstated(shape: tuple[int, ...]) -> FloatArray:
    """Return a read-only float64 array of NaN that takes no memory, whatever its shape: what nobody stated."""
    nothing = np.full((1,) * len(shape), np.nan)
    nothing.flags.writeable = False
    return np.broadcast_to(nothing, shape)


def _own(values: npt.ArrayLike, kind: type[_Scalar]) -> npt.NDArray[_Scalar]:
    """Return a copy of `kind`, or `values` themselves where they are of it and frozen: hours of tracks are large."""
    if isinstance(values, np.ndarray) and values.dtype == kind and _is_frozen(values):
        return values
    return np.array(values, dtype=kind)


def _is_frozen(array: npt.NDArray[np.generic]) -> bool:
    """Return whether neither an array nor one whose memory it shares can be written to."""
    part: object = array
    while isinstance(part, np.ndarray):
        if part.flags.writeable:
            return False
        part = part.base
    return part is None


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
