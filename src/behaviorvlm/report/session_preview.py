"""One picture to look at before a run: the rig in space, and every seed on its frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate
from behaviorvlm.report.drawing_style import FONT, add_legend, keypoint_styles, new_figure, save_figure
from behaviorvlm.report.rig_picture import draw_rig
from behaviorvlm.report.view_panel import crop_boxes, draw_labels, draw_marker, draw_picture, read_picture
from behaviorvlm.types import ByteArray, FloatArray, FrameSource, RecordingSession, Skeleton

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_IN = 3.4
RIG_IN = 5.0
LEGEND_IN = 2.2
LEAST_WIDTH_IN = 11.0
MOST_COLUMNS = 6
ROW_SCALE = 0.7
"""Height of a panel in widths."""
FAR_PX = 4.0
"""A seed this far from its own reprojection is drawn with a red line."""


def draw_session_preview(session: RecordingSession, source: FrameSource | None, path: Path) -> None:
    """Write a PNG of the rig from above and the side, and of each seed timepoint in each camera.

    Args:
        session: Cameras, skeleton and seeds; a session without seeds shows the rig alone.
        source: Where pictures come from; None leaves the ground grey.
        path: The PNG to write.

    Raises:
        VideoError: If a video cannot be read at a seed's timepoint.
        RunStorageError: If the PNG cannot be written.
    """
    from matplotlib.lines import Line2D

    timepoints, seeds_px = seed_array(session)
    points_mm = triangulate(np.moveaxis(seeds_px, 1, 0), session.cameras)
    reprojected = np.moveaxis(project_all(points_mm, session.cameras), 0, 1)
    figure, rig_axes, panels = _panels(len(session.cameras), len(timepoints))
    draw_rig(*rig_axes, cameras=session.cameras, points_mm=points_mm, skeleton=session.skeleton)
    for row, timepoint in enumerate(timepoints):
        images = _pictures(session, source, timepoint)
        _draw_row(panels[row], session, images, timepoint=timepoint, seeds_px=seeds_px[row], thrown_px=reprojected[row])
    figure.suptitle(_title(session, seeds_px, reprojected), fontsize=FONT + 2)
    far = Line2D([], [], color="red", label=f"more than {FAR_PX:g} px from\nwhere all views put it")
    add_legend(figure, session.skeleton, far)
    save_figure(figure, path)


def seed_array(session: RecordingSession) -> tuple[list[int], FloatArray]:
    """Return the seed timepoints in order, and (timepoint, camera, keypoint, 2) px of their labels, NaN = none."""
    timepoints = sorted({seed.timepoint for seed in session.seeds})
    points = np.full((len(timepoints), len(session.cameras), len(session.skeleton), 2), np.nan)
    for seed in session.seeds:
        points[timepoints.index(seed.timepoint), session.cameras.index(seed.camera)] = seed.points_px
    return timepoints, points


def _pictures(session: RecordingSession, source: FrameSource | None, timepoint: int) -> list[ByteArray]:
    """Return every camera's picture, (height, width) uint8; grey where the seed lies outside the video."""
    inside = source if 0 <= timepoint < session.n_timepoints else None
    return [
        read_picture(inside, camera.name, timepoint=timepoint, size=camera.image_size) for camera in session.cameras
    ]


def _draw_row(
    panels: Sequence[Axes],
    session: RecordingSession,
    images: Sequence[ByteArray],
    *,
    timepoint: int,
    seeds_px: FloatArray,
    thrown_px: FloatArray,
) -> None:
    """Draw one seed timepoint: (camera, keypoint, 2) px of labels and of their triangulation thrown back."""
    styles = keypoint_styles(session.skeleton)
    boxes = crop_boxes(seeds_px, [camera.image_size for camera in session.cameras], heights=(ROW_SCALE, ROW_SCALE))
    for place, (axes, camera, image) in enumerate(zip(panels, session.cameras, images, strict=True)):
        draw_picture(axes, image, boxes[place])
        _draw_seeds(axes, seeds_px[place], thrown_px[place], skeleton=session.skeleton)
        draw_labels(axes, seeds_px[place], styles, box=boxes[place], panel_in=PANEL_IN)
        distance = np.linalg.norm(seeds_px[place] - thrown_px[place], axis=1)
        error = f"{np.nanmedian(distance):.1f} px" if np.isfinite(distance).any() else "no error known"
        axes.set_title(f"{camera.name}, timepoint {timepoint}: {error}", fontsize=FONT)


def _draw_seeds(axes: Axes, seeds_px: FloatArray, reprojected_px: FloatArray, *, skeleton: Skeleton) -> None:
    for ends in seeds_px[skeleton.edge_indices]:
        axes.plot(*ends.T, color="white", linewidth=1, alpha=0.8, zorder=2)
    for style, seed, thrown in zip(keypoint_styles(skeleton), seeds_px, reprojected_px, strict=True):
        draw_marker(axes, seed, style)
        if np.linalg.norm(seed - thrown) > FAR_PX:
            axes.plot(*np.stack([seed, thrown]).T, color="red", linewidth=1.6, zorder=6)


def _panels(n_cameras: int, n_timepoints: int) -> tuple[Figure, list[Axes], list[list[Axes]]]:
    """Return a figure, two axes for the rig, and for each seed timepoint one axes per camera."""
    columns = max(min(n_cameras, MOST_COLUMNS), 2)
    rows_each = -(-n_cameras // columns)
    heights = [RIG_IN, *[ROW_SCALE * PANEL_IN] * (n_timepoints * rows_each)]
    figure = new_figure(max(columns * PANEL_IN, LEAST_WIDTH_IN) + LEGEND_IN, sum(heights) + 0.3 * len(heights) + 0.4)
    grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
    rig = [figure.add_subplot(grid[0, : columns // 2]), figure.add_subplot(grid[0, columns // 2 :])]
    places = [divmod(camera, columns) for camera in range(n_cameras)]
    return figure, rig, [
        [figure.add_subplot(grid[1 + row * rows_each + down, across]) for down, across in places]
        for row in range(n_timepoints)
    ]  # fmt: skip


def _title(session: RecordingSession, seeds_px: FloatArray, reprojected_px: FloatArray) -> str:
    distance = np.linalg.norm(seeds_px - reprojected_px, axis=-1)
    known = distance[np.isfinite(distance)]
    heading = f"{session.name}: {len(session.cameras)} cameras, {len(seeds_px)} seed timepoints"
    if not len(known):
        return heading
    return f"{heading}; seeds reproject within {np.median(known):.1f} px (median), {known.max():.1f} px at worst"
