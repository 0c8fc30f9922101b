"""DANNCE's and Label3D's ``.mat`` files: cameras, hand-labelled poses, skeletons.

MATLAB multiplies rows, so K and r come transposed: ``x = X @ r + t``, ``pixel = x @ K``. K may hold skew: it is kept.
MATLAB counts pixels from 1, and DANNCE subtracts 1 from ``data_2d`` before it touches a picture; here 1 is subtracted
from the principal point and from ``data_2d`` alike, so pixel (0, 0) is the centre of the top left pixel as everywhere
in this package. Lengths are in mm. The files hold no image size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError, ShapeError
from behaviorvlm.io.matlab import read_mat, variable_names
from behaviorvlm.io.matlab_writing import save_mat
from behaviorvlm.io.rig import (
    ImageSizes,
    camera_from,
    known_size,
    millimetres_per,
    numbers,
    require_keys,
    rig_from,
    rotation_vector,
    turned_matrix,
)
from behaviorvlm.io.skeleton import symmetries_by_name
from behaviorvlm.types import Camera, CameraGroup, FloatArray, IntArray, Skeleton
from behaviorvlm.types.arrays import frozen_floats, frozen_ints

MATLAB = ".mat"
KEYS = ("K", "RDistort", "TDistort", "r", "t")
FIRST_PIXEL = 1.0
"""MATLAB's coordinate of the centre of the top left pixel."""


@dataclass(frozen=True, eq=False)
class LabeledPoses:
    """Hand-labelled poses of a Label3D file.

    Attributes:
        cameras: Camera names, the camera axis.
        frames: (timepoint, camera) int64 frame index in each video, from 0.
        points_mm: (timepoint, keypoint, 3) float64 mm, NaN = missing.
        points_px: (timepoint, camera, keypoint, 2) float64 px, pixel (0, 0) the centre of the top left one.
    """

    cameras: tuple[str, ...]
    frames: IntArray
    points_mm: FloatArray
    points_px: FloatArray

    def __post_init__(self) -> None:
        points = frozen_floats(self.points_mm, (None, None, 3), name="points_mm")
        count, keypoints, _ = points.shape
        object.__setattr__(self, "points_mm", points)
        object.__setattr__(self, "frames", frozen_ints(self.frames, (count, len(self.cameras)), name="frames"))
        shape = (count, len(self.cameras), keypoints, 2)
        object.__setattr__(self, "points_px", frozen_floats(self.points_px, shape, name="points_px"))


def read_calibration(path: Path, *, units: str | None = None, image_size: ImageSizes = None) -> CameraGroup:
    """Return the cameras of a DANNCE / Label3D file.

    Args:
        path: The file, with ``params`` and ``camnames``.
        units: ``mm``, ``cm`` or ``m``; None = mm, as DANNCE takes them.
        image_size: (width, height) in px, of all cameras or by camera name: the file holds none.

    Raises:
        FormatError: If it is no ``.mat`` file with these variables.
        CalibrationError: On matrices that are no camera, a mirrored rotation, an image size nobody gave, duplicate
            names, or two cameras at the same pose.
    """
    content = read_mat(path)
    scale = millimetres_per(units or "mm", where=str(path))
    cameras = []
    for name, fields in zip(_names(content, path), _structs(content, "params", path), strict=True):
        where = f"{path}, camera {name}"
        size = known_size(image_size, name, where=where)
        cameras.append(_camera(fields, name=name, image_size=size, scale=scale, where=where))
    return rig_from(cameras, where=str(path))


def read_camera_names(path: Path) -> tuple[str, ...]:
    """Return the camera names of a DANNCE / Label3D file.

    Raises:
        FormatError: If it is no ``.mat`` file with ``params``.
    """
    return _names(read_mat(path), path)


def is_calibration(path: Path) -> bool:
    """Return whether a file holds cameras and no labels."""
    names = variable_names(path) if path.suffix.lower() == MATLAB else ()
    return "params" in names and "labelData" not in names


def write_calibration(path: Path, cameras: CameraGroup) -> None:
    """Write `cameras` as DANNCE reads them: ``params`` and ``camnames``, in mm.

    Raises:
        RunStorageError: If the disk refuses.
    """
    save_mat(path, variables_of_rig(cameras))


def variables_of_rig(cameras: CameraGroup) -> dict[str, object]:
    """Return ``params`` and ``camnames`` as DANNCE reads them, in mm."""
    params = np.empty((len(cameras), 1), dtype=object)
    for row, camera in enumerate(cameras):
        matrix = camera.matrix.T.copy()
        matrix[2, :2] += FIRST_PIXEL
        k1, k2, p1, p2, k3 = camera.distortion
        params[row, 0] = {
            "K": matrix,
            "RDistort": [[k1, k2, k3]],
            "TDistort": [[p1, p2]],
            "r": camera.rotation.T,
            "t": camera.tvec[None],
        }
    return {"params": params, "camnames": np.array([cameras.names], dtype=object)}


def read_poses(path: Path) -> LabeledPoses:
    """Return the hand-labelled poses of a DANNCE / Label3D file.

    Raises:
        FormatError: If it is no ``.mat`` file with ``labelData``, or its arrays do not fit together.
    """
    content = read_mat(path)
    views = _structs(content, "labelData", path)
    try:
        flat = np.atleast_2d(np.asarray(views[0]["data_3d"], dtype=np.float64))
        points_mm = flat.reshape(len(flat), -1, 3)
        pixels = [np.asarray(view["data_2d"], dtype=np.float64).reshape(*points_mm.shape[:2], 2) for view in views]
        frames = [np.atleast_1d(np.asarray(view["data_frame"])).astype(np.int64) for view in views]
        return LabeledPoses(
            _names(content, path), np.stack(frames, axis=1), points_mm, np.stack(pixels, axis=1) - FIRST_PIXEL
        )
    except (KeyError, ValueError, ShapeError) as error:
        raise FormatError(
            "the labels do not fit together",
            where=f"{path}, labelData",
            expected="data_2d, data_3d and data_frame of every camera, of the same timepoints",
            actual=str(error),
        ) from error


def read_skeleton(path: Path) -> Skeleton:
    """Return a Label3D skeleton; which keypoints mirror each other is read from their names.

    Raises:
        FormatError: If it is no ``.mat`` file with ``joint_names`` and ``joints_idx``.
        SkeletonError: If the names do not fit together.
    """
    return skeleton_of(read_mat(path), path)


def skeleton_of(content: Mapping[str, object], path: Path) -> Skeleton:
    """Return the skeleton in a struct of Label3D; raises as `read_skeleton`."""
    if "joint_names" not in content or "joints_idx" not in content:
        raise FormatError(
            "no skeleton", where=str(path), expected="joint_names and joints_idx", actual=", ".join(content)
        )
    names = _texts(content["joint_names"])
    joints = np.asarray(content["joints_idx"]).astype(np.int64).reshape(-1, 2) - 1
    if joints.size and not (joints.min() >= 0 and joints.max() < len(names)):
        raise FormatError(
            "joints_idx names no joint",
            where=str(path),
            expected=f"numbers from 1 to {len(names)}",
            actual=f"{joints.min() + 1} to {joints.max() + 1}",
        )
    return Skeleton(names, tuple((names[a], names[b]) for a, b in joints), symmetries_by_name(names))


def _camera(
    fields: Mapping[str, object], *, name: str, image_size: tuple[int, int], scale: float, where: str
) -> Camera:
    require_keys(fields, KEYS, where=where)
    remedy = "transpose K (and r), as DANNCE expects them"
    matrix = turned_matrix(fields["K"], name="K", whose="MATLAB", where=where, remedy=remedy)
    rotation = numbers(fields["r"], (3, 3), name="r", where=where).T
    centered = matrix - [[0, 0, FIRST_PIXEL], [0, 0, FIRST_PIXEL], [0, 0, 0]]
    radial = np.append(np.asarray(fields["RDistort"], dtype=np.float64).ravel(), 0.0)[:3]
    tangential = numbers(np.ravel(np.asarray(fields["TDistort"])), (2,), name="TDistort", where=where)
    arrays = {
        "matrix": centered,
        "distortion": np.array([radial[0], radial[1], *tangential, radial[2]]),
        "rvec": rotation_vector(rotation, where=where),
        "tvec": numbers(np.ravel(np.asarray(fields["t"])), (3,), name="t", where=where) * scale,
    }
    return camera_from(arrays, name=name, image_size=image_size, where=where)


def _structs(content: Mapping[str, object], name: str, path: Path) -> list[Mapping[str, object]]:
    value = content.get(name)
    listed = [value] if isinstance(value, dict) else value
    if not isinstance(listed, list) or not listed or not all(isinstance(item, dict) for item in listed):
        raise FormatError(
            f"no {name} in the file",
            where=str(path),
            expected=f"a struct {name} for every camera, as Label3D saves them",
            actual=", ".join(content) or "an empty file",
        )
    return listed


def _names(content: Mapping[str, object], path: Path) -> tuple[str, ...]:
    """Return the camera names; ``Camera1`` and so on where the file has none, as DANNCE does."""
    cameras = _structs(content, "params", path)
    names = _texts(content.get("camnames", [f"Camera{number + 1}" for number in range(len(cameras))]))
    if len(names) != len(cameras):
        raise FormatError(
            "camnames and params differ",
            where=str(path),
            expected=f"{len(cameras)} names",
            actual=", ".join(names),
        )
    return names


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value) if isinstance(value, list | np.ndarray) else ()
