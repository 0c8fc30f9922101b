"""How well each camera fits: its error for each keypoint, and the cloud of its dots around where the poses fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, Files, new_figure, save_figure
from behaviorvlm.report.pose_measures import CameraOffsets
from behaviorvlm.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 6
PANEL_IN, ROW_IN = 1.83, 0.3
DOT_COLOR, MEAN_COLOR = "#56B4E9", "#D55E00"
LEAST_REACH_PX = 0.5
_MOST_WITH_NUMBERS = 26


def draw_cameras(offsets: CameraOffsets, keypoints: tuple[str, ...], *, path: Files) -> None:
    """Draw a table of errors, cameras by keypoints, and a cloud of offsets for each camera, all on one scale.

    Args:
        offsets: Of a run.
        keypoints: The keypoint axis.
        path: The PNG to write, or the files of several forms.

    Raises:
        RunStorageError: If it cannot be written.
    """
    n_cameras = len(offsets.names)
    columns = min(n_cameras, COLUMNS)
    rows = -(-n_cameras // columns)
    table_in = ROW_IN * n_cameras + 1.3
    figure = new_figure(11, table_in + rows * (PANEL_IN + 0.45))
    grid = figure.add_gridspec(1 + rows, columns, height_ratios=[table_in, *[PANEL_IN + 0.45] * rows])
    _draw_table(figure.add_subplot(grid[0, :]), offsets, keypoints)
    reach = _reach(offsets.cloud_px)
    for place, name in enumerate(offsets.names):
        axes = figure.add_subplot(grid[1 + place // columns, place % columns])
        _draw_cloud(axes, offsets.cloud_px[place], offsets.mean_px[place], reach=reach)
        axes.set_title(f"{name}: {offsets.rms_px[place]:.2f} px", fontsize=FONT)
        if place % columns == 0:
            axes.set_ylabel("down (px)", fontsize=SMALL_FONT)
        axes.set_xlabel("right (px)", fontsize=SMALL_FONT)
    save_figure(figure, path)


def _draw_table(axes: Axes, offsets: CameraOffsets, keypoints: tuple[str, ...]) -> None:
    errors = offsets.keypoint_rms_px
    known = errors[np.isfinite(errors)]
    highest = float(known.max()) if len(known) else 1.0
    from matplotlib import colormaps

    colors = colormaps["Blues"].with_extremes(bad="#D9D9D9")
    image = axes.imshow(np.ma.masked_invalid(errors), cmap=colors, vmin=0, vmax=highest, aspect="auto")
    axes.set_xticks(range(len(keypoints)), keypoints, rotation=35, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(offsets.names)), offsets.names)
    axes.tick_params(labelsize=SMALL_FONT + 1, length=0)
    if len(keypoints) > _MOST_WITH_NUMBERS:
        axes.figure.colorbar(image, ax=axes, fraction=0.03, label="px")
        return
    for row, column in np.argwhere(np.isfinite(errors)).tolist():
        ink = "white" if errors[row, column] > 0.55 * highest else "black"
        words = f"{errors[row, column]:.2f}"
        axes.text(column, row, words, ha="center", va="center", fontsize=SMALL_FONT, color=ink)


def _reach(clouds: tuple[FloatArray, ...]) -> float:
    """Return half the side of a panel in px: it holds 99 % of the dots."""
    everything = np.abs(np.concatenate(clouds))
    return max(float(np.percentile(everything, 99)) if len(everything) else 0.0, LEAST_REACH_PX) * 1.1


def _draw_cloud(axes: Axes, cloud_px: FloatArray, mean_px: FloatArray, *, reach: float) -> None:
    axes.axhline(0, color="#999999", linewidth=0.7)
    axes.axvline(0, color="#999999", linewidth=0.7)
    axes.scatter(cloud_px[:, 0], cloud_px[:, 1], s=5, color=DOT_COLOR, alpha=0.5, linewidths=0, rasterized=True)
    if len(cloud_px):
        axes.plot(*mean_px, "X", markersize=9, color=MEAN_COLOR, markeredgecolor="white", zorder=3)
    axes.set(xlim=(-reach, reach), ylim=(reach, -reach), aspect="equal")
    axes.tick_params(labelsize=SMALL_FONT, length=2)
    axes.locator_params(nbins=4)
