"""Rigs and points with known truth for the tests of this room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation
from session_files import make_rig

from behaviorvlm.types import Camera, CameraGroup, FloatArray

SIZE = (1000, 1000)
LENS = (-0.16, 0.3, -0.001, 0.002, -0.2)
SKEW = -5.8


def ring(n_cameras: int = 6, *, lens: tuple[float, ...] = (0.0,) * 5, skew: float = 0.0) -> CameraGroup:
    """Return cameras of 2200 px focal length around the origin, 470 mm away; 1 px is about 0.2 mm there."""
    cameras = []
    for camera in make_rig(n_cameras, size=SIZE):
        matrix = camera.matrix + np.array([[0, skew, 0], [0, 0, 0], [0, 0, 0]])
        cameras.append(replace(camera, matrix=matrix, distortion=np.array(lens)))
    return CameraGroup(tuple(cameras))


def line(n_cameras: int) -> CameraGroup:
    """Return cameras side by side on a straight bar, which look at the origin."""
    cameras = []
    for number in range(n_cameras):
        place = np.array([(number - (n_cameras - 1) / 2) * 150, -400, 200.0])
        forward = -place / np.linalg.norm(place)
        right = np.cross(forward, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        rotation = np.stack([right, np.cross(forward, right), forward])
        matrix = np.array([[1200.0, 0, 499.5], [0, 1200.0, 499.5], [0, 0, 1]])
        rvec = Rotation.from_matrix(rotation).as_rotvec()
        cameras.append(Camera(f"cam{number}", SIZE, matrix, np.zeros(5), rvec, -rotation @ place))
    return CameraGroup(tuple(cameras))


def turned(rig: CameraGroup, rotation: FloatArray) -> CameraGroup:
    """Return the rig as it is when the whole world is turned by a (3, 3) rotation."""
    rvecs = [Rotation.from_matrix(camera.rotation @ rotation.T).as_rotvec() for camera in rig]
    return CameraGroup(tuple(replace(camera, rvec=rvec) for camera, rvec in zip(rig, rvecs, strict=True)))


def scattered(rng: np.random.Generator, n_points: int) -> FloatArray:
    """Return (point, 3) mm within an animal's reach of the origin."""
    return rng.uniform([-60, -60, 0], [60, 60, 60], (n_points, 3))
