"""anipose's ``calibration.toml``: ``[cam_N] name size matrix distortions rotation translation``, ``[metadata] units``.

anipose leaves units open; here they must be stated, because everything behind this module is in mm.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from behaviorvlm.errors import CalibrationError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.rig import camera_from, millimetres_per, numbers, rig_from
from behaviorvlm.io.toml_file import read_toml, toml_table
from behaviorvlm.types import Camera, CameraGroup, FloatArray

METADATA = "metadata"
KEYS = ("name", "size", "matrix", "distortions", "rotation", "translation")
MAX_DISTORTION = 5


def read_calibration(path: Path, *, units: str | None = None) -> CameraGroup:
    """Return the cameras of an anipose calibration in file order, lengths converted to mm.

    Args:
        path: The file.
        units: ``mm``, ``cm`` or ``m``; overrides what the file says.

    Raises:
        FormatError: If the file is no TOML.
        CalibrationError: On missing units, a fisheye camera, missing keys, numbers that are no camera, duplicate
            names, or two cameras at the same pose.
    """
    tables = read_toml(path)
    scale = millimetres_per(units or _stated_units(tables), where=str(path))
    cameras = [_camera(table, where=f"{path}, [{key}]", scale=scale) for key, table in _camera_tables(tables, path)]
    return rig_from(cameras, where=str(path))


def read_camera_names(path: Path) -> tuple[str, ...]:
    """Return the camera names of an anipose calibration, even of one that is not usable yet.

    Raises:
        FormatError: If the file is no TOML.
        CalibrationError: If it holds no cameras, or one without a name.
    """
    return tuple(_name(table, f"{path}, [{key}]") for key, table in _camera_tables(read_toml(path), path))


def write_calibration(path: Path, cameras: CameraGroup) -> None:
    """Write `cameras` as an anipose calibration in mm; reading it gives the same numbers back.

    Raises:
        RunStorageError: If the disk refuses.
    """
    tables = [toml_table(f"cam_{number}", _table(camera)) for number, camera in enumerate(cameras)]
    write_text(path, "".join([*tables, toml_table(METADATA, {"units": "mm"})]).rstrip("\n") + "\n")


def _stated_units(tables: Mapping[str, object]) -> object:
    metadata = tables.get(METADATA)
    return metadata.get("units") if isinstance(metadata, dict) else None


def _camera_tables(tables: Mapping[str, object], path: Path) -> list[tuple[str, dict[str, object]]]:
    found = [(key, table) for key, table in tables.items() if key != METADATA and isinstance(table, dict)]
    if not found:
        raise CalibrationError(
            "the calibration holds no cameras",
            where=str(path),
            expected="[cam_0], [cam_1] ...",
            actual=", ".join(tables),
        )
    return found


def _camera(table: Mapping[str, object], *, where: str, scale: float) -> Camera:
    name = _name(table, where)
    where = f"{where}, camera {name}"
    missing = [key for key in KEYS if key not in table]
    if missing:
        raise CalibrationError("keys are missing", where=where, expected=", ".join(KEYS), actual=f"no {missing[0]}")
    if table.get("fisheye"):
        raise CalibrationError(
            "fisheye cameras are not supported",
            where=where,
            expected="OpenCV's standard distortion (k1 k2 p1 p2 k3)",
            actual="fisheye = true",
            remedy="calibrate without fisheye, or undistort the videos first",
        )
    fields = {
        "matrix": numbers(table["matrix"], (3, 3), name="matrix", where=where),
        "distortion": _distortion(table["distortions"], where),
        "rvec": numbers(table["rotation"], (3,), name="rotation", where=where),
        "tvec": numbers(table["translation"], (3,), name="translation", where=where) * scale,
    }
    return camera_from(fields, name=name, image_size=_size(table["size"], where), where=where)


def _name(table: Mapping[str, object], where: str) -> str:
    name = table.get("name")
    if not isinstance(name, str) or not name:
        raise CalibrationError("a camera has no name", where=where, expected='name = "cam0"', actual=repr(name))
    return name


def _size(value: object, where: str) -> tuple[int, int]:
    width, height = numbers(value, (2,), name="size", where=where)
    if not (np.isfinite([width, height]).all() and width == int(width) and height == int(height)):
        raise CalibrationError("size is not in px", where=where, expected="[width, height]", actual=repr(value))
    return int(width), int(height)


def _distortion(value: object, where: str) -> FloatArray:
    count = len(value) if isinstance(value, list) else 0
    given = numbers(value, (max(count, 1),), name="distortions", where=where)
    if np.any(given[MAX_DISTORTION:]):
        raise CalibrationError(
            "distortion beyond k3 is not supported",
            where=where,
            expected="up to 5 numbers: k1 k2 p1 p2 k3",
            actual=str(given.tolist()),
            remedy="calibrate with OpenCV's five-parameter model",
        )
    return np.pad(given, (0, MAX_DISTORTION))[:MAX_DISTORTION]


def _table(camera: Camera) -> dict[str, object]:
    return {
        "name": camera.name,
        "size": list(camera.image_size),
        "matrix": camera.matrix.tolist(),
        "distortions": camera.distortion.tolist(),
        "rotation": camera.rvec.tolist(),
        "translation": camera.tvec.tolist(),
    }
