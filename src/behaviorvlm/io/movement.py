"""movement's netCDF (HDF5): ``position`` and ``confidence`` over time, space, keypoint and individual.

Dimensions are singular since movement 0.16 and were plural before; both are read, in any order.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.hdf5 import number_attribute, reading, texts
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.types import FloatArray, IntArray

EXPECTED = "poses as movement saves them, netCDF 4"
AXES = ("time", "individual", "keypoint", "space")
PLANE = ("x", "y")


def read_keypoints(path: Path) -> KeypointTable:
    """Return the points of all individuals.

    Raises:
        FormatError: If it is no such file, holds boxes or 3D points.
    """
    with reading(path, expected=EXPECTED) as file:
        position, axes = file["position"], axes_of(file["position"])
        space, animals, names = (texts(scale_of(position, axes, axis)) for axis in ("space", "individual", "keypoint"))
        if space != PLANE:
            raise FormatError(
                "the points are not in the plane", where=str(path), expected="x, y", actual=", ".join(space),
                remedy="save the 2D points of one camera",
            )  # fmt: skip
        points = _in_order(position, axes)
        has_confidence = "confidence" in file
        confidence = _in_order(file["confidence"], axes_of(file["confidence"])) if has_confidence else None
        rate = number_attribute(file, "fps")
        frames = frames_of(scale_of(position, axes, "time"), file.attrs.get("time_unit", "frames"), rate=rate)
    return KeypointTable(
        animals,
        names,
        frames,
        points,
        np.full(points.shape[:3], np.nan) if confidence is None else confidence,
        np.full(len(points), -1),
        frame_rate_hz=rate,
    )


def axes_of(dataset: object) -> tuple[str, ...]:
    """Return the names of a dataset's axes, singular."""
    scales = [dimension[0].name.rsplit("/", 1)[-1] for dimension in dataset.dims]  # type: ignore[attr-defined]
    return tuple(name.removesuffix("s") for name in scales)


def scale_of(dataset: object, axes: tuple[str, ...], axis: str) -> object:
    """Return the coordinates of one of a dataset's `axes`, a dataset itself."""
    return dataset.dims[axes.index(axis)][0]  # type: ignore[attr-defined]  # h5py ships no types


def _in_order(dataset: object, axes: tuple[str, ...]) -> FloatArray:
    values = np.asarray(dataset[()], dtype=np.float64)  # type: ignore[index]
    return values.transpose([axes.index(axis) for axis in AXES if axis in axes])


def frames_of(times: object, unit: object, *, rate: float | None) -> IntArray:
    """Return the frame of each of (time,) times, (time,) int64, whether they are in frames or in seconds."""
    values = np.asarray(times[()], dtype=np.float64)  # type: ignore[index]  # h5py ships no types
    in_seconds = rate is not None and (unit.decode() if isinstance(unit, bytes) else unit) == "seconds"
    return np.round(values * rate if in_seconds and rate else values).astype(np.int64)
