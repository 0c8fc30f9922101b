"""Cameras adjusted to points they agree on, with the rig's place and scale held.

Method: bundle adjustment (Triggs et al. 2000) with a robust loss. Points are eliminated: at each step they are
triangulated with the current cameras, so only cameras are unknown (variable projection). A weak pull keeps every camera
near the given one, and the result is moved by a similarity so that its points lie best on those of the given rig,
because points cannot tell where a rig stands, how it is turned and how large it is. Camera centres would not do as the
fixed frame: those on one line leave a turn about it open, and each carries its own error into the scene.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from behaviorvlm.geometry.triangulation import Rays, reprojection_errors, root_mean_square, triangulate
from behaviorvlm.types import Camera, CameraGroup, FloatArray, all_finite

TURN_RAD, SHIFT_MM, FOCAL_SHARE = 0.005, 2.0, 0.003
"""How far a given camera may plausibly be off: standard deviations of the pull towards it."""
LOSS_PX = 1.0
"""Errors beyond this count less and less (soft L1)."""
FEWEST_POINTS = 3
"""Fewer points seen by a camera say nothing about it."""
WRONG_DOT = 3.0
"""A point whose error is this many times the median rests on a wrong dot and may lie anywhere."""
FLATTEST = 0.05
"""Points whose second extent is less than this share of the first are a line: a turn about it cannot be seen."""


@dataclass(frozen=True, eq=False)
class AdjustedRig:
    """The adjusted cameras and what it brought.

    Attributes:
        cameras: The rig after adjustment.
        before_px: (camera,) float64 median reprojection error with the given cameras.
        after_px: (camera,) float64 the same with the adjusted ones.
    """

    cameras: CameraGroup
    before_px: FloatArray
    after_px: FloatArray


def adjust_cameras(points_px: FloatArray, cameras: CameraGroup, *, max_steps: int = 30) -> AdjustedRig:
    """Adjust rotation, translation and focal length of every camera to (camera, point, 2) px, NaN = not seen.

    Where a camera sees fewer than 3 points, the given rig comes back as it is.
    """
    from scipy.optimize import least_squares

    before = _median_errors(points_px, cameras)
    seen = Rays.through(points_px, cameras).seen
    if seen.sum(axis=1).min() < FEWEST_POINTS:
        return AdjustedRig(cameras, before, before)
    prior = np.tile([*[TURN_RAD] * 3, *[SHIFT_MM] * 3, FOCAL_SHARE], len(cameras))
    weight = np.sqrt(seen.sum() / 200.0)

    def residuals(parameters: FloatArray) -> FloatArray:
        rig = _moved(cameras, parameters * prior)
        return np.concatenate([_errors_px(points_px, rig)[seen].ravel(), weight * parameters])

    solved = least_squares(
        residuals, np.zeros(7 * len(cameras)), loss="soft_l1", f_scale=LOSS_PX, max_nfev=max_steps, method="trf"
    )
    adjusted = _back_onto(_moved(cameras, solved.x * prior), cameras, points_px)
    return AdjustedRig(adjusted, before, _median_errors(points_px, adjusted))


def _errors_px(points_px: FloatArray, cameras: CameraGroup) -> FloatArray:
    """Return signed errors of the triangulated points in undistorted px, (camera, point, 2)."""
    rays = Rays.through(points_px, cameras)
    points = triangulate(points_px, cameras)
    errors = np.empty(rays.ideal.shape)
    for index, camera in enumerate(cameras):
        x, y, z = (points @ camera.rotation.T + camera.tvec).T
        errors[index] = camera.matrix[0, 0] * (np.stack([x / z, y / z], axis=-1) - rays.ideal[index])
    return np.nan_to_num(errors)


def _moved(cameras: CameraGroup, steps: FloatArray) -> CameraGroup:
    """Return the rig with each camera turned about itself (3), shifted (3, mm) and zoomed (1)."""
    from scipy.spatial.transform import Rotation

    moved = []
    for camera, step in zip(cameras, steps.reshape(-1, 7), strict=True):
        rotation = Rotation.from_rotvec(step[:3]) * Rotation.from_matrix(camera.rotation)
        matrix = camera.matrix.copy()
        matrix[:2, :2] *= 1 + step[6]
        place = camera.position_mm + step[3:6]
        moved.append(replace(camera, matrix=matrix, rvec=rotation.as_rotvec(), tvec=-(rotation.as_matrix() @ place)))
    return CameraGroup(tuple(moved))


def _back_onto(cameras: CameraGroup, given: CameraGroup, points_px: FloatArray) -> CameraGroup:
    """Return the rig moved, turned and scaled as a whole so that its points lie best on those of the given rig."""
    from scipy.spatial.transform import Rotation

    here, there = triangulate(points_px, cameras), triangulate(points_px, given)
    rays = Rays.through(points_px, cameras)
    error = root_mean_square(reprojection_errors(here, rays), rays.seen)
    known = all_finite(here) & all_finite(there) & np.isfinite(error)
    if known.sum() < FEWEST_POINTS:
        return cameras
    known &= error <= WRONG_DOT * np.median(error[known])
    centre, goal = here[known].mean(axis=0), there[known].mean(axis=0)
    arms, goals = here[known] - centre, there[known] - goal
    extents = np.linalg.svd(arms, compute_uv=False)
    if len(arms) < FEWEST_POINTS or extents[1] < FLATTEST * extents[0]:
        return cameras
    turn = Rotation.align_vectors(goals, arms)[0].as_matrix()
    scale = float(np.linalg.norm(goals) / np.linalg.norm(arms))
    placed: list[Camera] = []
    for camera in cameras:
        rotation = camera.rotation @ turn.T
        place = goal + scale * turn @ (camera.position_mm - centre)
        rvec = Rotation.from_matrix(rotation).as_rotvec()
        placed.append(replace(camera, rvec=rvec, tvec=-rotation @ place))
    return CameraGroup(tuple(placed))


def _median_errors(points_px: FloatArray, cameras: CameraGroup) -> FloatArray:
    rays = Rays.through(points_px, cameras)
    errors = np.where(rays.seen, reprojection_errors(triangulate(points_px, cameras), rays), np.nan)
    medians = [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in errors]
    return np.asarray(medians, dtype=np.float64)
