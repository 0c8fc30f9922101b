"""Calibrated cameras. OpenCV's convention: x right, y down, pixel (0, 0) is the centre of the top left pixel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from behaviorvlm.errors import CalibrationError
from behaviorvlm.types.arrays import FloatArray, frozen_floats
from behaviorvlm.types.card import Card, Shown


@dataclass(frozen=True, eq=False)
class Camera:
    """One calibrated camera.

    Attributes:
        name: Name, as in file names.
        image_size: (width, height) in px.
        matrix: (3, 3) float64 intrinsics in px, upper triangular; ``matrix[0, 1]`` is the skew and is honoured.
        distortion: (5,) float64, OpenCV's k1 k2 p1 p2 k3.
        rvec: (3,) float64 Rodrigues vector, world to camera.
        tvec: (3,) float64 in mm, world to camera.

    Raises:
        CalibrationError: On non-finite numbers, a singular or mirrored matrix, or an empty image.
        ShapeError: On arrays of the wrong shape.
    """

    name: str
    image_size: tuple[int, int]
    matrix: FloatArray
    distortion: FloatArray
    rvec: FloatArray
    tvec: FloatArray

    def __post_init__(self) -> None:
        for field, shape in (("matrix", (3, 3)), ("distortion", (5,)), ("rvec", (3,)), ("tvec", (3,))):
            array = frozen_floats(getattr(self, field), shape, name=f"{field} of camera {self.name}")
            object.__setattr__(self, field, array)
            self._refuse(
                not np.isfinite(array).all(),
                f"{field} is not finite",
                expected="finite numbers",
                actual=str(array.tolist()),
            )
        self._refuse(
            min(self.image_size) < 1,
            "the image is empty",
            expected="width and height of 1 px or more",
            actual=str(self.image_size),
        )
        focal = float(self.matrix[0, 0]), float(self.matrix[1, 1])
        self._refuse(
            min(focal) <= 0,
            "the matrix is mirrored or singular",
            expected="positive focal lengths",
            actual=str(focal),
        )
        lower = self.matrix[[1, 2, 2], [0, 0, 1]]
        self._refuse(
            bool(np.any(lower)) or self.matrix[2, 2] != 1,
            "the matrix is no camera matrix",
            expected="[[fx, skew, cx], [0, fy, cy], [0, 0, 1]] (transpose a MATLAB one)",
            actual=str(self.matrix.tolist()),
        )

    @cached_property
    def rotation(self) -> FloatArray:
        """World to camera rotation matrix, (3, 3) float64."""
        from scipy.spatial.transform import Rotation

        return np.asarray(Rotation.from_rotvec(self.rvec.copy()).as_matrix(), dtype=np.float64)

    @cached_property
    def position_mm(self) -> FloatArray:
        """Centre of projection in the world, (3,) float64 in mm."""
        return -self.rotation.T @ self.tvec

    def _refuse(self, bad: bool, message: str, *, expected: str, actual: str) -> None:
        if bad:
            raise CalibrationError(message, where=f"camera {self.name}", expected=expected, actual=actual)


@dataclass(frozen=True, eq=False, repr=False)
class CameraGroup(Shown):
    """The cameras of one rig, in a fixed order: the camera axis everywhere. Lengths are in mm.

    Raises:
        CalibrationError: On fewer than 2 cameras or duplicate names.
    """

    cameras: tuple[Camera, ...]

    def __post_init__(self) -> None:
        if len(self.cameras) < 2:
            raise CalibrationError(
                "a rig needs at least 2 cameras",
                expected="2 or more",
                actual=str(len(self.cameras)),
                remedy="triangulation needs two views of a point; add the calibration of the other cameras",
            )
        twice = [name for name, count in Counter(self.names).items() if count > 1]
        if twice:
            raise CalibrationError(
                "duplicate camera names",
                expected="each name once",
                actual=", ".join(twice),
                remedy="rename one of them in the calibration file and in the names of its videos",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names in camera-axis order."""
        return tuple(camera.name for camera in self.cameras)

    def __len__(self) -> int:
        """Return the number of cameras."""
        return len(self.cameras)

    def __iter__(self) -> Iterator[Camera]:
        """Iterate over the cameras in camera-axis order."""
        return iter(self.cameras)

    def __getitem__(self, name: str) -> Camera:
        """Return the camera called `name`."""
        return self.cameras[self.index(name)]

    def card(self) -> Card:
        """Return what is shown of it."""
        rows = [
            (
                camera.name,
                f"{camera.image_size[0]} x {camera.image_size[1]}",
                f"{camera.matrix[0, 0]:.0f}, {camera.matrix[1, 1]:.0f}",
                ", ".join(str(round(place)) for place in camera.position_mm.tolist()),
            )
            for camera in self
        ]
        return Card(
            f"Rig of {len(self)} cameras", columns=("camera", "size (px)", "focal (px)", "place (mm)"), rows=tuple(rows)
        )

    def index(self, name: str) -> int:
        """Return the place of `name` on the camera axis.

        Raises:
            CalibrationError: If there is no camera of that name.
        """
        if name not in self.names:
            raise CalibrationError(f"no camera is called {name}", expected=", ".join(self.names), actual=name)
        return self.names.index(name)
