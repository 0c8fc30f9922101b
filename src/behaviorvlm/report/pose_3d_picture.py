"""Poses in space: a few along the way, the path of the body, equal axes in mm; in perspective and from above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from behaviorvlm.report.drawing_style import (
    FONT,
    SMALL_FONT,
    Files,
    add_legend,
    is_known,
    keypoint_styles,
    new_figure,
    save_figure,
)
from behaviorvlm.types import FloatArray, IntArray, Skeleton

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POSES = 6
LEAST_APART = 0.25
"""Poses drawn are so many body sizes apart."""
MARGIN = 1.08
MOST_TICKS = 7
MOST_PLACES = 3_000
"""Of the path: more dots only cover each other, and make a large SVG."""
TIME_COLORS = "viridis"


def draw_pose_3d(
    points_mm: FloatArray,
    skeleton: Skeleton,
    *,
    path: Files,
    timepoints: IntArray | None = None,
    title: str = "",
    most_poses: int = MOST_POSES,
) -> None:
    """Write a PNG of poses in space.

    Args:
        points_mm: (timepoint, keypoint, 3) world frame, mm; NaN = missing.
        skeleton: Keypoints, edges and regions.
        path: The PNG to write, or the files of several forms.
        timepoints: (timepoint,) what the rows are called; None = from 0.
        title: Written above.
        most_poses: How many poses are drawn at most; they are chosen far apart.

    Raises:
        RunStorageError: If the PNG cannot be written.
    """
    save_figure(pose_3d_figure(points_mm, skeleton, timepoints=timepoints, title=title, most_poses=most_poses), path)


def pose_3d_figure(
    points_mm: FloatArray,
    skeleton: Skeleton,
    *,
    timepoints: IntArray | None = None,
    title: str = "",
    most_poses: int = MOST_POSES,
) -> Figure:
    """Return the same as a figure; the arguments, (timepoint, keypoint, 3) mm first, are those of `draw_pose_3d`."""
    names = np.arange(len(points_mm)) if timepoints is None else timepoints
    body = body_path(points_mm)
    rows = choose_rows(points_mm, most_poses)
    low, high = _cube(points_mm[rows], body)
    step = max(-(-len(body) // MOST_PLACES), 1)
    figure = new_figure(14, 6.2)
    grid = figure.add_gridspec(1, 2, width_ratios=(1.3, 1), wspace=0.12)
    space, above = figure.add_subplot(grid[0], projection="3d"), figure.add_subplot(grid[1])
    for axes, columns in ((space, [0, 1, 2]), (above, [0, 1])):
        _draw_path(axes, body[::step, columns], names[::step])
        for row in rows:
            _draw_pose(axes, points_mm[row][:, columns], skeleton)
    _set_space(space, low, high)
    _set_plane(above, low, high)
    for row in rows:
        _name_pose(above, body[row, :2], str(names[row]))
    _time_scale(figure, above, names)
    add_legend(figure, skeleton)
    figure.suptitle(
        f"{title or 'poses'}: timepoints {', '.join(str(names[row]) for row in rows)} of {len(points_mm)}",
        fontsize=FONT + 2,
    )
    return figure


def body_path(points_mm: FloatArray) -> FloatArray:
    """Return the middle of the body, (timepoint, 3) float64 mm: the median of its keypoints, NaN where none is."""
    known = is_known(points_mm)
    middle = np.full((len(points_mm), 3), np.nan)
    some = known.any(axis=1)
    middle[some] = np.nanmedian(points_mm[some], axis=1)
    return middle


def choose_rows(points_mm: FloatArray, most: int) -> IntArray:
    """Return up to `most` rows of (timepoint, keypoint, 3), as far apart in space as can be, in order of time.

    Only rows that show as many keypoints as the median row count, and rows whose bodies would overlap are left out.
    """
    known = is_known(points_mm)
    count = known.sum(axis=1)
    rows = np.flatnonzero((count > 0) & (count >= np.median(count))) if len(count) else np.zeros(0, dtype=np.int64)
    if not len(rows):
        return rows
    body = body_path(points_mm)[rows]
    sizes = np.nanmax(points_mm[rows], axis=1) - np.nanmin(points_mm[rows], axis=1)
    apart = LEAST_APART * float(np.median(np.linalg.norm(sizes, axis=1)))
    chosen = [0]
    while len(chosen) < most:
        distance = np.linalg.norm(body[:, np.newaxis] - body[chosen], axis=2).min(axis=1)
        if distance.max() < apart:
            break
        chosen.append(int(distance.argmax()))
    return np.sort(rows[chosen])


def _cube(poses: FloatArray, body: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the low and high corner, (3,) mm each, of the box that holds everything drawn."""
    points = np.concatenate([poses.reshape(-1, 3), body])
    points = points[is_known(points)]
    if not len(points):
        return np.full(3, -1.0), np.full(3, 1.0)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    half = np.maximum(MARGIN * (points.max(axis=0) - points.min(axis=0)) / 2, 1.0)
    return middle - half, middle + half


def _draw_path(axes: Any, body: FloatArray, names: IntArray) -> None:  # noqa: ANN401  (plane or space axes)
    known = is_known(body)
    axes.plot(*body.T, color="lightgrey", linewidth=1, zorder=1)
    axes.scatter(*body[known].T, c=names[known], cmap=TIME_COLORS, s=5, zorder=2)


def _draw_pose(axes: Any, points: FloatArray, skeleton: Skeleton) -> None:  # noqa: ANN401
    """Draw bones and keypoints of one (keypoint, 2 or 3) pose."""
    for ends in points[skeleton.edge_indices]:
        axes.plot(*ends.T, color="black", linewidth=1.1, alpha=0.6, zorder=3)
    for style, point in zip(keypoint_styles(skeleton), points, strict=True):
        if is_known(point):
            axes.plot(
                *point[:, np.newaxis], style.marker, markersize=5.5, color=style.color, markeredgecolor="black",
                markeredgewidth=0.5, zorder=4,
            )  # fmt: skip


def _set_space(axes: Any, low: FloatArray, high: FloatArray) -> None:  # noqa: ANN401
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    axes.set_xlabel("x (mm)", fontsize=FONT)
    axes.set_ylabel("y (mm)", fontsize=FONT)
    axes.set_zlabel("z (mm)", fontsize=FONT)
    extents = (high - low) / (high - low).max()
    for name, extent in zip("xyz", extents.tolist(), strict=True):  # a short edge has no room for many numbers
        axes.locator_params(axis=name, nbins=max(round(MOST_TICKS * extent), 2))
    axes.tick_params(labelsize=SMALL_FONT)
    axes.set_box_aspect(high - low, zoom=0.95)
    axes.view_init(elev=28, azim=-60)


def _set_plane(axes: Axes, low: FloatArray, high: FloatArray) -> None:
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal", title="along the z axis")
    axes.set_xlabel("x (mm)", fontsize=FONT)
    axes.set_ylabel("y (mm)", fontsize=FONT)
    axes.tick_params(labelsize=SMALL_FONT)
    axes.grid(alpha=0.3)


def _name_pose(axes: Axes, place: FloatArray, name: str) -> None:
    axes.annotate(
        name, (place[0], place[1]), xytext=(9, 9), textcoords="offset points", fontsize=SMALL_FONT, zorder=6,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "grey", "alpha": 0.85},
        arrowprops={"arrowstyle": "-", "color": "grey"},
    )  # fmt: skip


def _time_scale(figure: Figure, axes: Axes, names: IntArray) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.ticker import MaxNLocator

    first, last = (int(names[0]), int(names[-1])) if len(names) else (0, 1)
    scale = ScalarMappable(Normalize(first, max(last, first + 1)), cmap=TIME_COLORS)
    bar = figure.colorbar(scale, ax=axes, shrink=0.7)
    bar.locator = MaxNLocator(6, integer=True)
    bar.set_label("path of the body: timepoint", fontsize=FONT)
