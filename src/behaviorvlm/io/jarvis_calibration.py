"""JARVIS-MoCap's calibrations: a folder with ``<camera>.yaml`` of each camera, written by OpenCV's FileStorage.

JARVIS multiplies rows as MATLAB does: ``x = X @ R + T``, ``pixel = x @ intrinsicMatrix``; both matrices come transposed
and are turned round. Pixels count from 0, as OpenCV's do. Its calibration asks for the board in mm, so lengths are
taken for mm. The files hold no picture size.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from behaviorvlm.errors import CalibrationError, FormatError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.file_names import files_by_name
from behaviorvlm.io.opencv_calibration import storage_files
from behaviorvlm.io.opencv_storage import read_storage, storage_text
from behaviorvlm.io.rig import (
    ImageSizes,
    camera_from,
    five_distortions,
    known_size,
    millimetres_per,
    numbers,
    require_keys,
    rig_from,
    rotation_vector,
    turned_matrix,
)
from behaviorvlm.types import Camera, CameraGroup

KEYS = ("intrinsicMatrix", "distortionCoefficients", "R", "T")


def read_calibration(path: Path, *, units: str | None = None, image_size: ImageSizes = None) -> CameraGroup:
    """Return the cameras of a folder, in order of the names of their files.

    Args:
        path: The folder.
        units: ``mm``, ``cm`` or ``m``; None = mm, as JARVIS calibrates.
        image_size: (width, height) in px, of all cameras or by name: the files hold none.

    Raises:
        FormatError: If a file cannot be read.
        CalibrationError: On missing keys, matrices that are no camera, an image size nobody gave, or two cameras at
            the same pose.
    """
    scale = millimetres_per(units or "mm", where=str(path))
    cameras = [_camera(read_storage(file), file, scale=scale, image_size=image_size) for file in _files(path)]
    return rig_from(cameras, where=str(path))


def read_camera_names(path: Path) -> tuple[str, ...]:
    """Return the camera names of a folder: those of its files.

    Raises:
        CalibrationError: If it holds no files.
    """
    return tuple(file.stem for file in _files(path))


def is_calibration(path: Path) -> bool:
    """Return whether a folder is a JARVIS calibration."""
    try:
        return all(set(KEYS) <= read_storage(file).keys() for file in _files(path))
    except (FormatError, CalibrationError):
        return False


def write_calibration(path: Path, cameras: CameraGroup) -> None:
    """Write `cameras` into a folder, in mm, a file of each; others in the folder are left alone.

    Raises:
        RunStorageError: If the disk refuses.
    """
    names = files_by_name(cameras.names)
    for camera in cameras:
        matrices = {
            "intrinsicMatrix": camera.matrix.T.copy(),
            "distortionCoefficients": camera.distortion[None].copy(),
            "R": camera.rotation.T.copy(),
            "T": camera.tvec[:, None].copy(),
        }
        write_text(path / f"{names[camera.name]}.yaml", storage_text(matrices))


def _files(path: Path) -> list[Path]:
    files = storage_files(path) if path.is_dir() else []
    if not files:
        raise CalibrationError(
            "the calibration holds no cameras",
            where=str(path),
            expected="a folder with <camera>.yaml of each camera",
            actual="a file" if path.is_file() else "no such files",
        )
    return files


def _camera(content: Mapping[str, object], file: Path, *, scale: float, image_size: ImageSizes) -> Camera:
    where = str(file)
    require_keys(content, KEYS, where=where)
    remedy = "transpose intrinsicMatrix and R, as JARVIS expects them, or read it as opencv"
    matrix = turned_matrix(content[KEYS[0]], name=KEYS[0], whose="JARVIS", where=where, remedy=remedy)
    arrays = {
        "matrix": matrix,
        "distortion": five_distortions(content["distortionCoefficients"], where=where),
        "rvec": rotation_vector(numbers(content["R"], (3, 3), name="R", where=where).T, where=where),
        "tvec": numbers(np.ravel(np.asarray(content["T"], dtype=object)), (3,), name="T", where=where) * scale,
    }
    size = known_size(image_size, file.stem, where=where)
    return camera_from(arrays, name=file.stem, image_size=size, where=where)
