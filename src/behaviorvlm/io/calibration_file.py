"""A calibration in whatever file it comes: told by its content, read in mm."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from behaviorvlm.errors import FormatError
from behaviorvlm.io import anipose, dannce, jarvis_calibration, opencv_calibration, sleap_calibration
from behaviorvlm.io.opencv_storage import ENDINGS
from behaviorvlm.io.rig import ImageSizes
from behaviorvlm.types import CameraGroup

BY_ENDING: dict[str, ModuleType] = {
    ".toml": anipose,
    ".mat": dannce,
    ".json": sleap_calibration,
    ".slp": sleap_calibration,
    **dict.fromkeys(ENDINGS, opencv_calibration),
}
"""Modules of one calibration format each, with `read_calibration` and `read_camera_names`."""


def read_calibration(path: Path, *, units: str | None = None, image_size: ImageSizes = None) -> CameraGroup:
    """Return the cameras of a file or folder, lengths converted to mm.

    Args:
        path: anipose ``.toml``, DANNCE / Label3D ``.mat``, sleap-io ``.json`` or ``.slp``, OpenCV ``.yaml`` or
            ``.xml``, or a folder with a file of each camera (JARVIS, OpenCV).
        units: ``mm``, ``cm`` or ``m``; overrides what the file says.
        image_size: (width, height) in px, of all cameras or by name, where the file does not say it.

    Raises:
        FormatError: If it is none of these.
        CalibrationError: On cameras that cannot be used.
    """
    found: CameraGroup = _module(path).read_calibration(path, units=units, image_size=image_size)
    return found


def read_camera_names(path: Path) -> tuple[str, ...]:
    """Return the camera names of a calibration, even of one that is not usable yet.

    Raises:
        FormatError: If it is no calibration.
        CalibrationError: If it holds no cameras, or one without a name.
    """
    names: tuple[str, ...] = _module(path).read_camera_names(path)
    return names


def _module(path: Path) -> ModuleType:
    if path.is_dir():
        return jarvis_calibration if jarvis_calibration.is_calibration(path) else opencv_calibration
    module = BY_ENDING.get(path.suffix.lower())
    if module is None:
        raise FormatError(
            "the ending names no kind of calibration",
            where=str(path),
            expected=f"{', '.join(BY_ENDING)}, or a folder",
            actual=path.name,
        )
    return module
