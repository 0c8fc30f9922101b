"""The rig from above and from the side: where cameras stand, what they see, and where the seeds fall in space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.geometry.projection import undistort
from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, is_known, keypoint_styles
from behaviorvlm.types import Camera, CameraGroup, FloatArray, Skeleton

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AXIS_NAMES = "xyz"
CONE_COLOR = "#0072B2"
NAME_PLACES = ((7, 7), (7, -13), (-8, -4))


def draw_rig(above: Axes, side: Axes, *, cameras: CameraGroup, points_mm: FloatArray, skeleton: Skeleton) -> None:
    """Draw cameras, viewing cones and triangulated seeds from two directions, equal axes in mm.

    Args:
        above: Axes for the look from above.
        side: Axes for the look from the side.
        cameras: The rig.
        points_mm: (timepoint, keypoint, 3) triangulated seeds, world frame, mm; NaN = missing.
        skeleton: Keypoints and edges.
    """
    up = up_axis(cameras)
    first, second = (axis for axis in range(3) if axis != up)
    middle = _middle(cameras, points_mm)
    for axes, columns, title in ((above, [first, second], "from above"), (side, [first, up], "from the side")):
        for place, camera in enumerate(cameras):
            # Cameras one behind the other keep their names apart.
            _draw_camera(axes, camera, columns, middle=middle, name_at=NAME_PLACES[place % len(NAME_PLACES)])
        for pose in points_mm:
            _draw_seeds(axes, pose[:, columns], skeleton)
        axes.set_xlabel(f"{AXIS_NAMES[columns[0]]} (mm)", fontsize=FONT)
        axes.set_ylabel(f"{AXIS_NAMES[columns[1]]} (mm)", fontsize=FONT)
        axes.set_title(f"the rig {title}", fontsize=FONT)
        axes.tick_params(labelsize=SMALL_FONT)
        axes.grid(alpha=0.3)
        axes.margins(0.12)
        axes.set_aspect("equal", adjustable="box")
    if _up_sign(cameras, up) < 0:
        side.invert_yaxis()


def up_axis(cameras: CameraGroup) -> int:
    """Return the world axis nearest to up: against the cameras' looks, and against their pictures' downs."""
    return int(np.argmax(np.abs(_down(cameras))))


def view_cone(camera: Camera, depth_mm: float) -> FloatArray:
    """Return where the picture's corners lie at a depth, (4, 3) world frame, mm."""
    width, height = camera.image_size
    corners = np.array([(0.0, 0.0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)])
    seen = np.concatenate([undistort(corners, camera), np.ones((4, 1))], axis=1) * depth_mm
    corners_mm: FloatArray = (seen - camera.tvec) @ camera.rotation
    return corners_mm


def _down(cameras: CameraGroup) -> FloatArray:
    return np.asarray(np.sum([camera.rotation[1] + camera.rotation[2] for camera in cameras], axis=0))


def _up_sign(cameras: CameraGroup, axis: int) -> float:
    return -float(np.sign(_down(cameras)[axis]))


def _middle(cameras: CameraGroup, points_mm: FloatArray) -> FloatArray:
    """Return the (3,) middle of the seeds, or where the cameras' lines of sight come nearest to each other."""
    known = points_mm[is_known(points_mm)]
    if len(known):
        return np.asarray(np.median(known, axis=0))
    across = [np.eye(3) - np.outer(camera.rotation[2], camera.rotation[2]) for camera in cameras]
    positions = [matrix @ camera.position_mm for matrix, camera in zip(across, cameras, strict=True)]
    return np.asarray(np.linalg.lstsq(np.sum(across, axis=0), np.sum(positions, axis=0), rcond=None)[0])


def _draw_camera(
    axes: Axes, camera: Camera, columns: list[int], *, middle: FloatArray, name_at: tuple[int, int]
) -> None:
    """Draw a camera and its viewing cone down to the depth of the scene's middle."""
    depth_mm = max(float((middle @ camera.rotation.T + camera.tvec)[2]), 1.0)
    place = camera.position_mm[columns]
    cone = _hull(np.vstack([place, view_cone(camera, depth_mm)[:, columns]]))
    axes.fill(*cone.T, facecolor=CONE_COLOR, edgecolor=CONE_COLOR, alpha=0.06, zorder=1)
    axes.plot(*np.stack([place, middle[columns]]).T, color=CONE_COLOR, linewidth=0.6, alpha=0.6, zorder=2)
    axes.plot(*place, "s", markersize=7, color=CONE_COLOR, markeredgecolor="black", zorder=4)
    axes.annotate(
        camera.name, (place[0], place[1]), xytext=name_at, textcoords="offset points", fontsize=SMALL_FONT,
        ha="left" if name_at[0] > 0 else "right", zorder=7,
    )  # fmt: skip


def _hull(points: FloatArray) -> FloatArray:
    from scipy.spatial import ConvexHull, QhullError

    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except QhullError:  # a camera seen edge on: a line
        return points


def _draw_seeds(axes: Axes, points: FloatArray, skeleton: Skeleton) -> None:
    for ends in points[skeleton.edge_indices]:
        axes.plot(*ends.T, color="black", linewidth=0.8, alpha=0.7, zorder=5)
    for style, point in zip(keypoint_styles(skeleton), points, strict=True):
        axes.plot(*point, style.marker, markersize=3.5, color=style.color, markeredgecolor="black",
                  markeredgewidth=0.4, zorder=6)  # fmt: skip
