"""All views of one timepoint side by side, with the named keypoints and the 3D pose thrown back into each picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.report.drawing_style import (
    FONT,
    Files,
    KeypointStyle,
    add_legend,
    entry,
    is_known,
    keypoint_styles,
    new_figure,
    save_figure,
)
from behaviorvlm.report.view_panel import (
    MARKER_POINTS,
    crop_boxes,
    draw_labels,
    draw_marker,
    draw_picture,
    read_picture,
)
from behaviorvlm.types import CameraGroup, FloatArray, FrameSource, RecordingSession, Skeleton

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

PANEL_IN = 4.0
LEGEND_IN = 2.3
LEAST_HEIGHT_IN = 4.5
VECTOR_COLOR = "#D55E00"
VECTOR_TIMES = (1, 2, 5, 10, 20, 50, 100)
VECTOR_SHARE = 0.12


def draw_labelled_views(
    session: RecordingSession,
    source: FrameSource | None,
    *,
    timepoint: int,
    points_mm: FloatArray,
    points_px: FloatArray,
    path: Files,
    error_px: FloatArray | None = None,
    cameras: CameraGroup | None = None,
    vectors: bool = False,
) -> None:
    """Write a PNG of all views of one timepoint.

    Args:
        session: Skeleton and cameras.
        source: Where pictures come from; None leaves the ground grey.
        timepoint: Index of the synchronised instant.
        points_mm: (keypoint, 3) the 3D pose, NaN = missing.
        points_px: (camera, keypoint, 2) the dots the pose rests on, px of the raw image, NaN = none in that view.
        path: The PNG to write, or the files of several forms.
        error_px: (keypoint,) root mean square reprojection error; computed here where None.
        cameras: The refined rig, where the run refined it; None = the session's.
        vectors: Whether errors are drawn as lines, as many times as long as lets the longest be seen.

    Raises:
        VideoError: If a video cannot be read at `timepoint`.
        RunStorageError: If the PNG cannot be written.
    """
    rig = cameras or session.cameras
    reprojected = project_all(points_mm, rig)
    sizes = [camera.image_size for camera in rig]
    boxes = crop_boxes(np.concatenate([points_px, reprojected], axis=1), sizes)
    longer = _magnified(points_px - reprojected, float(boxes[0, 2] - boxes[0, 0])) if vectors else 0
    figure, panels = _panels(len(rig), float((boxes[0, 3] - boxes[0, 1]) / (boxes[0, 2] - boxes[0, 0])))
    for place, (axes, camera) in enumerate(zip(panels, rig, strict=False)):
        image = read_picture(source, camera.name, timepoint=timepoint, size=camera.image_size)
        draw_picture(axes, image, boxes[place])
        draw_pose_in_view(axes, points_px[place], reprojected[place], skeleton=session.skeleton)
        _draw_vectors(axes, points_px[place], reprojected[place], longer=longer)
        known = np.where(np.isfinite(points_px[place]), points_px[place], reprojected[place])
        draw_labels(axes, known, keypoint_styles(session.skeleton), box=boxes[place], panel_in=PANEL_IN)
        axes.set_title(_view_title(camera.name, points_px[place], reprojected[place]), fontsize=FONT)
    errors = error_px if error_px is not None else _root_mean_square(points_px, reprojected)
    figure.suptitle(_title(session, timepoint, points_mm=points_mm, error_px=errors), fontsize=FONT + 2)
    add_legend(
        figure,
        session.skeleton,
        entry("o", "dot seen in this view", color="grey"),
        entry("+", "3D point, thrown back", color="black"),
        entry("o", "3D point, no dot here", color="grey", filled=False),
        *([_vector_entry(longer)] if longer else []),
    )
    save_figure(figure, path)


def draw_pose_in_view(axes: Axes, seen_px: FloatArray, reprojected_px: FloatArray, *, skeleton: Skeleton) -> None:
    """Draw bones, dots and the 3D pose in one view.

    Args:
        axes: Axes in px of the picture.
        seen_px: (keypoint, 2) px of the dots the pose rests on, NaN = none in this view.
        reprojected_px: (keypoint, 2) px of the 3D pose, NaN = missing.
        skeleton: Keypoints, edges and regions.
    """
    for ends in reprojected_px[skeleton.edge_indices]:
        axes.plot(*ends.T, color="black", linewidth=2.4, alpha=0.5, zorder=2)
        axes.plot(*ends.T, color="white", linewidth=1.2, alpha=0.9, zorder=3)
    for style, seen, thrown in zip(keypoint_styles(skeleton), seen_px, reprojected_px, strict=True):
        _draw_keypoint(axes, style, seen=seen, thrown=thrown)


def _draw_keypoint(axes: Axes, style: KeypointStyle, *, seen: FloatArray, thrown: FloatArray) -> None:
    """Draw a filled marker on a dot and a cross where the 3D point falls; hollow where the view sees no dot."""
    if is_known(seen):
        draw_marker(axes, seen, style)
        axes.plot(*thrown, "+", markersize=MARKER_POINTS - 1, color="black", markeredgewidth=0.9, zorder=7)
    else:
        axes.plot(
            *thrown, style.marker, markersize=MARKER_POINTS, color="none", markeredgecolor=style.color,
            markeredgewidth=1.4, zorder=5,
        )  # fmt: skip


def _magnified(offsets_px: FloatArray, width_px: float) -> int:
    """Return how many times as long errors are drawn: the longest takes up to `VECTOR_SHARE` of a panel's width."""
    longest = float(np.nanmax(np.linalg.norm(offsets_px, axis=-1), initial=0.0))
    fitting = [times for times in VECTOR_TIMES if times * longest <= VECTOR_SHARE * width_px]
    return max(fitting, default=1) if longest > 0 else 0


def _draw_vectors(axes: Axes, seen_px: FloatArray, reprojected_px: FloatArray, *, longer: int) -> None:
    """Draw a line from each dot towards where the 3D pose falls, `longer` times the way."""
    for seen, thrown in zip(seen_px, reprojected_px, strict=True):
        if longer and is_known(seen) and is_known(thrown):
            line = np.stack([seen, seen + longer * (thrown - seen)]).T
            axes.plot(*line, color="white", linewidth=3.2, zorder=7.5)
            axes.plot(*line, color=VECTOR_COLOR, linewidth=1.8, zorder=7.6)


def _vector_entry(longer: int) -> Line2D:
    from matplotlib.lines import Line2D

    words = "reprojection error" + (f",\ndrawn {longer} times as long" if longer > 1 else "")
    return Line2D([], [], color=VECTOR_COLOR, linewidth=1.8, label=words)


def _panels(count: int, height_to_width: float) -> tuple[Figure, Sequence[Axes]]:
    """Return a figure and one axes per view, in rows of about equal number and a legend's width to the right."""
    columns = int(np.ceil(np.sqrt(count)))
    rows = int(np.ceil(count / columns))
    figure = new_figure(
        columns * PANEL_IN + LEGEND_IN, max(rows * (PANEL_IN * height_to_width + 0.3) + 0.7, LEAST_HEIGHT_IN)
    )
    grid = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for axes in grid[count:]:
        axes.set_axis_off()
    return figure, grid[:count]


def _title(session: RecordingSession, timepoint: int, *, points_mm: FloatArray, error_px: FloatArray) -> str:
    present = is_known(points_mm)
    missing = [name for name, here in zip(session.skeleton.keypoints, present, strict=True) if not here]
    lines = [f"{session.name}, timepoint {timepoint}: {present.sum()} of {len(present)} keypoints"]
    if np.isfinite(error_px).any():
        worst = int(np.nanargmax(error_px))
        lines.append(
            f"reprojection error {np.nanmedian(error_px):.2f} px median, "
            f"{error_px[worst]:.2f} px at worst ({session.skeleton.keypoints[worst]})"
        )
    if missing:
        lines.append(f"missing: {', '.join(missing)}")
    return "\n".join(lines)


def _view_title(camera: str, seen_px: FloatArray, reprojected_px: FloatArray) -> str:
    distance = np.linalg.norm(seen_px - reprojected_px, axis=1)
    used = np.isfinite(distance)
    if not used.any():
        return f"{camera}: no keypoint seen"
    return f"{camera}: {used.sum()} seen, {np.sqrt((distance[used] ** 2).mean()):.2f} px"


def _root_mean_square(points_px: FloatArray, reprojected_px: FloatArray) -> FloatArray:
    """Return the (keypoint,) root mean square over views of (camera, keypoint, 2) differences, NaN where none."""
    squared = ((points_px - reprojected_px) ** 2).sum(axis=2)
    count = np.isfinite(squared).sum(axis=0)
    return np.where(count > 0, np.sqrt(np.nansum(squared, axis=0) / np.maximum(count, 1)), np.nan)
