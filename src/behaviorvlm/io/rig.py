"""What every calibration format must come to: cameras in mm, each once, each somewhere else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from behaviorvlm.errors import CalibrationError, ShapeError
from behaviorvlm.types import Camera, CameraGroup, FloatArray

UNITS_MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
"""Length of one unit in mm."""
UNITS_REMEDY = 'add units = "mm" under [metadata] in it, or under [calibration] in session.toml'
SAME_POSE = 1e-6
"""Two cameras nearer than this, in mm and in radians, are one camera written twice."""


def millimetres_per(units: object, *, where: str) -> float:
    """Return how many mm one unit is.

    Raises:
        CalibrationError: If the units are missing or none of mm, cm and m.
    """
    if units is None:
        raise CalibrationError(
            "the calibration does not say its units",
            where=where,
            expected='units = "mm", "cm" or "m"',
            actual="no units",
            remedy=UNITS_REMEDY,
        )
    if not isinstance(units, str) or units not in UNITS_MM:
        raise CalibrationError(
            "unknown units", where=where, expected='"mm", "cm" or "m"', actual=repr(units), remedy=UNITS_REMEDY
        )
    return UNITS_MM[units]


def numbers(values: object, shape: tuple[int, ...], *, name: str, where: str) -> FloatArray:
    """Return `values` as float64 of `shape`.

    Raises:
        CalibrationError: If they are no numbers or of another shape.
    """
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.shape != shape:
        raise CalibrationError(
            f"{name} has the wrong shape", where=where, expected=f"numbers of shape {shape}", actual=repr(values)[:200]
        )
    return array


def camera_from(fields: dict[str, FloatArray], *, name: str, image_size: tuple[int, int], where: str) -> Camera:
    """Return a camera from matrix (3, 3), distortion (5,), rvec (3,) and tvec (3,); complaints say `where` it was read.

    Raises:
        CalibrationError: If `Camera` refuses them: not finite, mirrored, singular, transposed.
    """
    try:
        return Camera(name=name, image_size=image_size, **fields)
    except (CalibrationError, ShapeError) as error:
        raise CalibrationError(
            error.message, where=where, expected=error.expected, actual=error.actual, remedy=error.remedy
        ) from None


def rig_from(cameras: Sequence[Camera], *, where: str) -> CameraGroup:
    """Return the cameras as a rig.

    Raises:
        CalibrationError: On fewer than 2 cameras, duplicate names, or two cameras at the very same pose.
    """
    try:
        rig = CameraGroup(tuple(cameras))
    except CalibrationError as error:
        raise CalibrationError(
            error.message, where=where, expected=error.expected, actual=error.actual, remedy=error.remedy
        ) from None
    for one, other in combinations(rig, 2):
        if np.allclose(one.position_mm, other.position_mm, rtol=0, atol=SAME_POSE) and np.allclose(
            one.rotation, other.rotation, rtol=0, atol=SAME_POSE
        ):
            raise CalibrationError(
                f"cameras {one.name} and {other.name} have the very same pose",
                where=where,
                expected="every camera at a place of its own",
                actual=f"both at {np.round(one.position_mm, 3).tolist()} mm, looking the same way",
                remedy="one of them was overwritten: restore an older copy of the file or calibrate again",
            )
    return rig
