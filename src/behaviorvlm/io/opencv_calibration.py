"""Calibrations in OpenCV's FileStorage: a file of each camera, or one file of all.

OpenCV fixes no names. Read are those of its own samples and of what descends from them: ``camera_matrix`` or ``K``,
``distortion_coefficients``, ``dist_coeffs`` or ``D``, ``rvec`` or ``R``, ``tvec`` or ``T``, ``extrinsics`` (world to
camera); ``M1 D1 M2 D2 R T`` of its stereo sample. Nothing in them says the units; what we write does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from behaviorvlm.errors import CalibrationError, FormatError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.opencv_storage import ENDINGS, XML, read_storage, storage_text
from behaviorvlm.io.rig import (
    ImageSizes,
    camera_from,
    five_distortions,
    known_size,
    millimetres_per,
    numbers,
    rig_from,
    rotation_vector,
    whole_size,
)
from behaviorvlm.types import Camera, CameraGroup, FloatArray

NAMES = {
    "matrix": ("cameramatrix", "k", "intrinsicmatrix", "intrinsics", "intrinsic", "mtx", "m"),
    "distortion": ("distortioncoefficients", "distcoeffs", "distcoeff", "distortions", "distortion", "dist", "d"),
    "rotation": ("rvec", "rotation", "rotationvector", "rotationmatrix", "r"),
    "translation": ("tvec", "translation", "translationvector", "t"),
    "extrinsics": ("extrinsics", "extrinsic", "extrinsicmatrix", "rt"),
    "size": ("imagesize", "size", "resolution"),
    "width": ("imagewidth", "width"),
    "height": ("imageheight", "height"),
    "name": ("cameraname", "name"),
}
"""What a camera is made of, and the names it goes by, in small letters without ``_`` and ``-``."""
STEREO = ("M1", "D1", "M2", "D2", "R", "T")


def read_calibration(path: Path, *, units: str | None = None, image_size: ImageSizes = None) -> CameraGroup:
    """Return the cameras of a file, or of the files of a folder in order of their names.

    Args:
        path: The file or folder.
        units: ``mm``, ``cm`` or ``m``; overrides ``units`` in the file.
        image_size: (width, height) in px, of all cameras or by name, where the file does not say it.

    Raises:
        FormatError: If a file cannot be read.
        CalibrationError: On missing units, sizes, matrices or poses, numbers that are no camera, duplicate names, or
            two cameras at the same pose.
    """
    found = _cameras(path)
    stated = next((camera["units"] for camera in found.values() if "units" in camera), None)
    scale = millimetres_per(units or stated, where=str(path))
    cameras = [
        _camera(fields, name=name, where=f"{path}, camera {name}", scale=scale, image_size=image_size)
        for name, fields in found.items()
    ]
    return rig_from(cameras, where=str(path))


def read_camera_names(path: Path) -> tuple[str, ...]:
    """Return the camera names, even where the calibration is not usable yet.

    Raises:
        FormatError: If a file cannot be read.
        CalibrationError: If there are no cameras.
    """
    return tuple(_cameras(path))


def is_calibration(path: Path) -> bool:
    """Return whether a file or folder holds cameras of this kind."""
    try:
        return any(_is_upright(_known(camera)) for camera in _cameras(path).values())
    except (FormatError, CalibrationError):
        return False


def write_calibration(path: Path, cameras: CameraGroup) -> None:
    """Write `cameras` in mm, in one file with a map of each.

    Args:
        path: A ``.yaml``, ``.yml`` or ``.xml`` file.
        cameras: What to write.

    Raises:
        RunStorageError: If the disk refuses.
    """
    content: dict[str, object] = {"units": "mm"}
    content |= {f"cam_{number}": _fields(camera) for number, camera in enumerate(cameras)}
    write_text(path, storage_text(content, xml=path.suffix.lower() == XML))


def storage_files(path: Path) -> list[Path]:
    """Return a file, or the files of a folder that FileStorage may have written, in order of their names."""
    if path.is_dir():
        return sorted(one for one in path.iterdir() if one.suffix.lower() in ENDINGS and not one.name.startswith("."))
    return [path] if path.suffix.lower() in ENDINGS else []


def _fields(camera: Camera) -> dict[str, object]:
    return {
        "name": camera.name,
        "image_width": camera.image_size[0],
        "image_height": camera.image_size[1],
        "camera_matrix": camera.matrix.copy(),
        "distortion_coefficients": camera.distortion[None].copy(),
        "rvec": camera.rvec[:, None].copy(),
        "tvec": camera.tvec[:, None].copy(),
    }


def _cameras(path: Path) -> dict[str, dict[str, object]]:
    """Return what the files say of each camera, by its name."""
    contents = {one.stem: read_storage(one) for one in storage_files(path)}
    merged: dict[str, object] = {key: value for content in contents.values() for key, value in content.items()}
    if all(key in merged for key in STEREO):
        return _stereo(merged)
    found = [pair for stem, content in contents.items() for pair in _of_file(stem, content)]
    if not found:
        raise CalibrationError(
            "the calibration holds no cameras",
            where=str(path),
            expected="camera_matrix, distortion_coefficients, rvec and tvec of each camera",
            actual=", ".join(merged) or "no files that OpenCV's FileStorage writes",
        )
    _refuse_twice(name for name, _ in found)
    return dict(found)


def _of_file(stem: str, content: Mapping[str, object]) -> list[tuple[str, dict[str, object]]]:
    units = {"units": content["units"]} if "units" in content else {}
    maps = {key: value for key, value in content.items() if isinstance(value, dict) and "matrix" in _known(value)}
    if not maps and "matrix" in _known(content):
        maps = {stem: dict(content)}
    return [(str(_known(camera).get("name", key)), {**camera, **units}) for key, camera in maps.items()]


def _stereo(content: Mapping[str, object]) -> dict[str, dict[str, object]]:
    first, second = ({"K": content[f"M{number}"], "D": content[f"D{number}"], **_shared(content)} for number in (1, 2))
    return {
        "camera1": {**first, "rvec": np.zeros(3), "tvec": np.zeros(3)},
        "camera2": {**second, "R": content["R"], "T": content["T"]},
    }


def _shared(content: Mapping[str, object]) -> dict[str, object]:
    known = _known(content)
    return {key: known[key] for key in ("size", "width", "height") if key in known} | (
        {"units": content["units"]} if "units" in content else {}
    )


def _known(camera: Mapping[str, object]) -> dict[str, object]:
    """Return what is known of a camera, by the keys of `NAMES`."""
    plain = {key.replace("_", "").replace("-", "").lower(): value for key, value in camera.items()}
    pairs = ((part, next((plain[name] for name in names if name in plain), None)) for part, names in NAMES.items())
    return {part: value for part, value in pairs if value is not None}


def _is_upright(known: Mapping[str, object]) -> bool:
    """Return whether there is a matrix, and not the transposed one of JARVIS."""
    matrix = known.get("matrix")
    return isinstance(matrix, np.ndarray) and matrix.shape == (3, 3) and not np.any(matrix[2, :2])


def _camera(camera: Mapping[str, object], *, name: str, where: str, scale: float, image_size: ImageSizes) -> Camera:
    known = _known(camera)
    rvec, tvec = _pose(known, where)
    arrays = {
        "matrix": numbers(known["matrix"], (3, 3), name="camera_matrix", where=where),
        "distortion": five_distortions(known.get("distortion", 0.0), where=where),
        "rvec": rvec,
        "tvec": tvec * scale,
    }
    stated = known.get("size") or [known.get("width"), known.get("height")]
    is_known = isinstance(stated, list) and None not in stated
    size = whole_size(stated, where=where) if is_known else known_size(image_size, name, where=where)
    return camera_from(arrays, name=name, image_size=size, where=where)


def _pose(known: Mapping[str, object], where: str) -> tuple[FloatArray, FloatArray]:
    """Return rvec and tvec, world to camera, in the file's units."""
    matrix = known.get("extrinsics")
    if isinstance(matrix, np.ndarray) and matrix.shape in {(3, 4), (4, 4)}:
        return rotation_vector(matrix[:3, :3], where=where), matrix[:3, 3]
    missing = [part for part in ("rotation", "translation") if part not in known]
    if missing:
        raise CalibrationError(
            "the pose of the camera is missing",
            where=where,
            expected="rvec and tvec (or R and T), world to camera",
            actual=f"no {' and no '.join(missing)}",
            remedy="intrinsics alone do not place a camera: calibrate the rig, and write both into one file",
        )
    turn = np.asarray(known["rotation"], dtype=object)
    if turn.shape == (3, 3):
        rvec = rotation_vector(numbers(turn, (3, 3), name="R", where=where), where=where)
    else:
        rvec = numbers(np.ravel(turn), (3,), name="rvec", where=where)
    return rvec, numbers(np.ravel(np.asarray(known["translation"], dtype=object)), (3,), name="tvec", where=where)


def _refuse_twice(names: Iterable[str]) -> None:
    listed = list(names)
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise CalibrationError("duplicate camera names", expected="each name once", actual=", ".join(twice))
