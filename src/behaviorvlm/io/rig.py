"""What every calibration format must come to: cameras in mm, each once, each somewhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from behaviorvlm.errors import CalibrationError, ShapeError
from behaviorvlm.geometry.rig_scale import APART_MM, rig_scale
from behaviorvlm.types import Camera, CameraGroup, FloatArray

UNITS_MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
"""Length of one unit in mm."""
UNITS_REMEDY = 'add units = "mm" under [metadata] in it, or under [calibration] in session.toml'
ImageSizes = tuple[int, int] | Mapping[str, tuple[int, int]] | None
"""(width, height) in px of all cameras, or by camera name, for files that hold none; None = not known."""
MAX_DISTORTION = 5
ORTHONORMAL = 1e-6
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


def require_keys(content: Mapping[str, object], keys: Sequence[str], *, where: str) -> None:
    """Refuse a camera that lacks some of `keys`.

    Raises:
        CalibrationError: If it does; the message names them.
    """
    missing = [key for key in keys if key not in content]
    if missing:
        raise CalibrationError(
            "keys are missing", where=where, expected=", ".join(keys), actual=f"no {', '.join(missing)}"
        )


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


def known_size(image_size: ImageSizes, camera: str, *, where: str) -> tuple[int, int]:
    """Return the size of one camera's pictures, for a file that holds none.

    Raises:
        CalibrationError: If nobody gave it.
    """
    size = image_size.get(camera) if isinstance(image_size, Mapping) else image_size
    if size is None:
        raise CalibrationError(
            "the image size is not known",
            where=where,
            expected="width and height in px",
            actual="none: the calibration holds no sizes",
            remedy="add the camera's video, or image_size = [width, height] under [calibration] in session.toml",
        )
    return size


def whole_size(value: object, *, where: str) -> tuple[int, int]:
    """Return a picture size as a file states it.

    Raises:
        CalibrationError: If it is no pair of whole numbers.
    """
    width, height = numbers(value, (2,), name="size", where=where)
    if not (np.isfinite([width, height]).all() and width == int(width) and height == int(height)):
        raise CalibrationError("size is not in px", where=where, expected="[width, height]", actual=repr(value))
    return int(width), int(height)


def five_distortions(value: object, *, where: str) -> FloatArray:
    """Return up to five distortion numbers as (5,) float64, k1 k2 p1 p2 k3; those that are left out are 0.

    Raises:
        CalibrationError: If they are no numbers, or there are more that are not 0.
    """
    count = np.size(np.asarray(value, dtype=object))
    given = numbers(np.ravel(np.asarray(value, dtype=object)), (max(count, 1),), name="distortions", where=where)
    if np.any(given[MAX_DISTORTION:]):
        raise CalibrationError(
            "distortion beyond k3 is not supported",
            where=where,
            expected="up to 5 numbers: k1 k2 p1 p2 k3",
            actual=str(given.tolist()),
            remedy="calibrate with OpenCV's five-parameter model",
        )
    return np.pad(given, (0, MAX_DISTORTION))[:MAX_DISTORTION]


def turned_matrix(value: object, *, name: str, whose: str, where: str, remedy: str) -> FloatArray:
    """Return the camera matrix, (3, 3) float64 in px, of a file that stores its transpose.

    Args:
        value: As it is stored.
        name: Of the field.
        whose: Who stores it so.
        where: The file.
        remedy: What to do about one that is not transposed.

    Raises:
        CalibrationError: If it is no matrix, or not transposed.
    """
    stored = numbers(value, (3, 3), name=name, where=where)
    if np.any(stored[:2, 2]):
        raise CalibrationError(
            f"{name} is not {whose}'s",
            where=where,
            expected="the transpose [[fx, 0, 0], [skew, fy, 0], [cx, cy, 1]]",
            actual=str(stored.tolist()),
            remedy=remedy,
        )
    return stored.T


def rotation_vector(rotation: FloatArray, *, where: str) -> FloatArray:
    """Return a (3, 3) rotation matrix as a Rodrigues vector, (3,) float64.

    Raises:
        CalibrationError: If it is mirrored or no rotation.
    """
    from scipy.spatial.transform import Rotation

    off = np.abs(rotation @ rotation.T - np.eye(3)).max() if np.isfinite(rotation).all() else np.inf
    if off > ORTHONORMAL or np.linalg.det(rotation) < 0:
        raise CalibrationError(
            "the rotation is mirrored or no rotation",
            where=where,
            expected="an orthonormal matrix with determinant 1",
            actual=str(rotation.tolist()),
            remedy="export the calibration again; a mirrored one turns left into right",
        )
    return np.asarray(Rotation.from_matrix(rotation).as_rotvec(), dtype=np.float64)


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
        CalibrationError: On fewer than 2 cameras, duplicate names, two cameras at the very same pose, or lengths no
            rig can have, because they are in another unit than stated.
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
    _refuse_other_units(rig, where)
    return rig


def _refuse_other_units(rig: CameraGroup, where: str) -> None:
    scale = rig_scale(rig)
    if scale.impossible:
        raise CalibrationError(
            "the units look wrong",
            where=where,
            expected=f"the furthest cameras {APART_MM[0]:.4g} to {APART_MM[1]:.4g} mm apart",
            actual=f"{scale.apart_mm:.4g} mm",
            remedy=f"measure one distance between cameras; if the file is in {scale.likely_units}, state units = "
            f'"{scale.likely_units}"',
        )
