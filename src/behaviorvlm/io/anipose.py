"""anipose's ``calibration.toml``: ``[cam_N] name size matrix distortions rotation translation``, ``[metadata] units``.

anipose leaves units open; here they must be stated, because everything behind this module is in mm.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from behaviorvlm.errors import CalibrationError, FormatError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.rig import (
    ImageSizes,
    camera_from,
    five_distortions,
    known_size,
    millimetres_per,
    numbers,
    require_keys,
    rig_from,
    whole_size,
)
from behaviorvlm.io.toml_file import read_toml, toml_table
from behaviorvlm.types import Camera, CameraGroup

METADATA = "metadata"
KEYS = ("name", "matrix", "distortions", "rotation", "translation")


def read_calibration(path: Path, *, units: str | None = None, image_size: ImageSizes = None) -> CameraGroup:
    """Return the cameras of an anipose calibration in file order, lengths converted to mm.

    Args:
        path: The file.
        units: ``mm``, ``cm`` or ``m``; overrides what the file says.
        image_size: (width, height) in px, of all cameras or by name, where the file leaves ``size`` out.

    Raises:
        FormatError: If the file is no TOML.
        CalibrationError: On missing units, a fisheye camera, missing keys, numbers that are no camera, duplicate
            names, or two cameras at the same pose.
    """
    return rig_of_tables(read_toml(path), path, units=units, image_size=image_size)


def rig_of_tables(
    tables: Mapping[str, object], path: Path, *, units: str | None = None, image_size: ImageSizes = None
) -> CameraGroup:
    """Return the cameras of tables such as anipose's, whatever file they were in.

    Raises:
        CalibrationError: As `read_calibration`.
    """
    scale = millimetres_per(units or _stated_units(tables), where=str(path))
    cameras = [
        _camera(table, where=f"{path}, [{key}]", scale=scale, image_size=image_size)
        for key, table in _camera_tables(tables, path)
    ]
    return rig_from(cameras, where=str(path))


def is_calibration(path: Path) -> bool:
    """Return whether a file is an anipose calibration."""
    try:
        tables = read_toml(path) if path.suffix.lower() == ".toml" else {}
    except FormatError:
        return False
    return any(isinstance(table, dict) and "matrix" in table for table in tables.values())


def read_camera_names(path: Path) -> tuple[str, ...]:
    """Return the camera names of an anipose calibration, even of one that is not usable yet.

    Raises:
        FormatError: If the file is no TOML.
        CalibrationError: If it holds no cameras, or one without a name.
    """
    return names_of_tables(read_toml(path), path)


def names_of_tables(tables: Mapping[str, object], path: Path) -> tuple[str, ...]:
    """Return the camera names in tables such as anipose's.

    Raises:
        CalibrationError: If there are no cameras, or one without a name.
    """
    return tuple(_name(table, f"{path}, [{key}]") for key, table in _camera_tables(tables, path))


def write_calibration(path: Path, cameras: CameraGroup) -> None:
    """Write `cameras` as an anipose calibration in mm; reading it gives the same numbers back.

    Raises:
        RunStorageError: If the disk refuses.
    """
    tables = [toml_table(name, table) for name, table in tables_of_rig(cameras).items()]
    write_text(path, "".join(tables).rstrip("\n") + "\n")


def tables_of_rig(cameras: CameraGroup) -> dict[str, dict[str, object]]:
    """Return the tables anipose keeps of cameras, in mm."""
    return {**{f"cam_{number}": _table(camera) for number, camera in enumerate(cameras)}, METADATA: {"units": "mm"}}


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


def _camera(table: Mapping[str, object], *, where: str, scale: float, image_size: ImageSizes) -> Camera:
    name = _name(table, where)
    where = f"{where}, camera {name}"
    require_keys(table, KEYS, where=where)
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
        "distortion": five_distortions(table["distortions"], where=where),
        "rvec": numbers(table["rotation"], (3,), name="rotation", where=where),
        "tvec": numbers(table["translation"], (3,), name="translation", where=where) * scale,
    }
    stated = table.get("size")  # sleap-io writes an empty text where it does not know it
    size = whole_size(stated, where=where) if stated else known_size(image_size, name, where=where)
    return camera_from(fields, name=name, image_size=size, where=where)


def _name(table: Mapping[str, object], where: str) -> str:
    name = table.get("name")
    if not isinstance(name, str) or not name:
        raise CalibrationError("a camera has no name", where=where, expected='name = "cam0"', actual=repr(name))
    return name


def _table(camera: Camera) -> dict[str, object]:
    return {
        "name": camera.name,
        "size": list(camera.image_size),
        "matrix": camera.matrix.tolist(),
        "distortions": camera.distortion.tolist(),
        "rotation": camera.rvec.tolist(),
        "translation": camera.tvec.tolist(),
    }
