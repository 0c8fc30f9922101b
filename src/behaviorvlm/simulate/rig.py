"""Simulated cameras on a ring, and the slightly wrong calibration that a user is given of them."""

from __future__ import annotations

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.types import Camera, CameraGroup, FloatArray

DISTANCE_MM = 520.0
"""From the middle of the arena to each camera, measured on the floor."""
HEIGHT_MM = (200.0, 400.0)
AIM_HEIGHT_MM = 12.0
FOCAL_PER_IMAGE = 2000 / 1024
"""Focal length as a share of the shorter side of the picture."""


def ring_of_cameras(n_cameras: int, *, image_size: tuple[int, int], settings: ArenaSettings, seed: int) -> CameraGroup:
    """Return `n_cameras` without lens distortion, evenly spread (two stand at a right angle), looking at the arena.

    Raises:
        CalibrationError: On fewer than 2 cameras or an empty picture.
    """
    rng = np.random.default_rng([seed, 2])
    spacing = 2 * np.pi / n_cameras if n_cameras > 2 else np.pi / 2
    middle = np.array([*settings.arena_center_mm, AIM_HEIGHT_MM])
    cameras = []
    for number in range(n_cameras):
        angle = number * spacing
        height = rng.uniform(*HEIGHT_MM)
        position = np.array([*settings.arena_center_mm, 0.0])
        position += [DISTANCE_MM * np.cos(angle), DISTANCE_MM * np.sin(angle), height]
        cameras.append(_looking(f"cam{number}", position, middle, image_size=image_size))
    return CameraGroup(tuple(cameras))


def miscalibrated(cameras: CameraGroup, *, settings: ArenaSettings, seed: int) -> CameraGroup:
    """Return the rig as a user is given it: every camera turned, moved and zoomed by a little."""
    rng = np.random.default_rng([seed, 3])
    return CameraGroup(tuple(_disturbed(camera, settings, rng) for camera in cameras))


def refuse_unusable_rig(cameras: CameraGroup, settings: ArenaSettings) -> None:
    """Check that the rig can film the arena.

    Raises:
        SettingsError: If a camera is under the floor (z = 0), or fewer than 2 see the middle of the arena.
    """
    below = [camera.name for camera in cameras if camera.position_mm[2] <= 0]
    if below:
        raise SettingsError(
            "a camera is under the floor of the simulated arena",
            where=", ".join(below),
            expected="z > 0 (the floor is z = 0, z points up)",
            actual=", ".join(f"{cameras[name].position_mm[2]:.0f} mm" for name in below),
            remedy="level the rig: give it a world frame whose z axis points up from the floor",
        )
    pixels = project_all(np.array([*settings.arena_center_mm, AIM_HEIGHT_MM]), cameras)
    sizes = np.array([camera.image_size for camera in cameras])
    seen = np.asarray((np.isfinite(pixels) & (pixels >= 0) & (pixels <= sizes - 1)).all(axis=1))
    if seen.sum() < 2:
        raise SettingsError(
            "fewer than 2 cameras see the middle of the simulated arena",
            where=f"arena_center_mm {settings.arena_center_mm}",
            expected="2 or more",
            actual=", ".join(name for name, sees in zip(cameras.names, seen, strict=True) if sees) or "none",
            remedy="move arena_center_mm to where the cameras look",
        )


def _looking(name: str, position: FloatArray, target: FloatArray, *, image_size: tuple[int, int]) -> Camera:
    from scipy.spatial.transform import Rotation

    depth = (target - position) / np.linalg.norm(target - position)
    right = np.cross(depth, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(depth, right), depth])
    width, height = image_size
    focal = FOCAL_PER_IMAGE * min(image_size)
    matrix = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    rvec = Rotation.from_matrix(rotation).as_rotvec()
    return Camera(name, image_size, matrix, np.zeros(5), rvec, -rotation @ position)


def _disturbed(camera: Camera, settings: ArenaSettings, rng: np.random.Generator) -> Camera:
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_rotvec(np.deg2rad(settings.rotation_error_deg) * rng.normal(size=3))
    position = camera.position_mm + settings.position_error_mm * rng.normal(size=3)
    matrix = camera.matrix.copy()
    matrix[[0, 1], [0, 1]] *= 1 + settings.focal_error * rng.normal()
    rotation = turn * Rotation.from_matrix(camera.rotation)
    tvec = -rotation.as_matrix() @ position
    return Camera(camera.name, camera.image_size, matrix, camera.distortion, rotation.as_rotvec(), tvec)
