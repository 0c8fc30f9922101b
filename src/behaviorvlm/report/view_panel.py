"""One camera's picture in a figure: cropped, stretched, with labels that keep out of each other's way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.report.drawing_style import SMALL_FONT, KeypointStyle, is_known
from behaviorvlm.types import FLUORESCENCE, VISIBLE, ByteArray, FloatArray, FrameSource

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST_CROP_PX = 120
CROP_MARGIN = 1.25
MARKER_POINTS = 8.0
LABEL_DISTANCES_POINTS = (13.0, 20.0, 28.0)
LABEL_DIRECTIONS = np.array([(1, 0), (-1, 0), (0, -1), (0, 1), (0.7, -0.7), (-0.7, -0.7), (0.7, 0.7), (-0.7, 0.7)])
LETTER_POINTS = (0.68 * SMALL_FONT, 1.1 * SMALL_FONT)
BLANK_GREY = 70


def read_picture(source: FrameSource | None, camera: str, *, timepoint: int, size: tuple[int, int]) -> ByteArray:
    """Return the best picture of one view for people, (height, width) uint8.

    The visible channel where it is recorded, else the fluorescence, stretched; grey where there is no video.

    Args:
        source: Where pixels come from, or None.
        camera: Camera name.
        timepoint: Index of the synchronised instant.
        size: (width, height) of the camera's pictures in px.
    """
    channels = source.channels(camera) if source else ()
    if source is None or not channels:
        return np.full(size[::-1], BLANK_GREY, dtype=np.uint8)
    channel = next((name for name in (VISIBLE, FLUORESCENCE) if name in channels), channels[0])
    image = next(iter(source.read(camera, channel=channel, start=timepoint, stop=timepoint + 1)))
    return image if channel == VISIBLE else stretch(image)


def stretch(image: ByteArray) -> ByteArray:
    """Return the picture with its ground dark and its faint dots lifted, (height, width) uint8."""
    ground, top = np.percentile(image, 50), max(float(image.max()), 1.0)
    lifted = np.clip((image - ground) / max(top - ground, 1.0), 0, 1) ** 0.5
    return np.asarray(20 + 235 * lifted, dtype=np.uint8)


def crop_boxes(
    points_px: FloatArray, sizes: Sequence[tuple[int, int]], *, heights: tuple[float, float] = (0.6, 1.6)
) -> FloatArray:
    """Return one crop per view, all of the same size so that views compare.

    Args:
        points_px: (camera, point, 2) px, NaN where there is none.
        sizes: (width, height) of each camera's pictures in px.
        heights: Least and largest height of a crop, in widths.

    Returns:
        (camera, 4) float64 x_min, y_min, x_max, y_max in px; the middle of the picture where a view has no points.
    """
    spans = []
    for points, size in zip(points_px, sizes, strict=True):
        known = points[is_known(points)]
        known = known[((known >= 0) & (known < size)).all(axis=1)]
        spans.append((known.min(axis=0), known.max(axis=0)) if len(known) else (np.array(size) / 2,) * 2)
    low, high = (np.array(ends) for ends in zip(*spans, strict=True))
    side = np.maximum(CROP_MARGIN * (high - low).max(axis=0), LEAST_CROP_PX)
    side = np.maximum(side, side[::-1] * (1 / heights[1], heights[0]))
    first = np.clip((low + high - side) / 2, 0, np.maximum(np.array(sizes) - side, 0))
    return np.concatenate([first, first + side], axis=1)


def draw_picture(axes: Axes, image: ByteArray, box: FloatArray) -> None:
    """Show the (4,) `box` of a (height, width) picture; the axes are in px of the whole picture."""
    axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set(xlim=(box[0], box[2]), ylim=(box[3], box[1]), xticks=[], yticks=[], aspect="equal")


def draw_marker(axes: Axes, point_px: FloatArray, style: KeypointStyle) -> None:
    """Draw a keypoint's marker at (2,) px, with a white rim so that it stands out on dark and on bright ground."""
    axes.plot(*point_px, style.marker, markersize=MARKER_POINTS + 3, color="white", zorder=4.8)
    axes.plot(*point_px, style.marker, markersize=MARKER_POINTS, color=style.color, markeredgecolor="black", zorder=5)


def draw_labels(
    axes: Axes, points_px: FloatArray, styles: Sequence[KeypointStyle], *, box: FloatArray, panel_in: float
) -> None:
    """Write each keypoint's short label beside its point.

    Args:
        axes: Axes in px of the picture.
        points_px: (keypoint, 2) px, NaN where there is none.
        styles: Of the keypoints.
        box: (4,) the crop in px.
        panel_in: Width of the crop on paper, in inches.
    """
    px_per_point = (box[2] - box[0]) / (72 * panel_in)
    inside = is_known(np.where((points_px >= box[:2]) & (points_px <= box[2:]), points_px, np.nan))
    points, shown = points_px[inside], [style for style, here in zip(styles, inside, strict=True) if here]
    labels = [style.label for style in shown]
    places = place_labels((points - box[:2]) / px_per_point, labels, extent=(box[2:] - box[:2]) / px_per_point)
    for point, place, style in zip(points, places * px_per_point + box[:2], shown, strict=True):
        axes.plot(*np.stack([point, place]).T, color=style.color, linewidth=0.7, alpha=0.8, zorder=4)
        axes.text(
            place[0], place[1], style.label, color="black", fontsize=SMALL_FONT, ha="center", va="center", zorder=6,
            bbox={"boxstyle": "round,pad=0.12", "facecolor": style.color, "edgecolor": "none", "alpha": 0.9},
        )  # fmt: skip


def place_labels(points: FloatArray, labels: Sequence[str], *, extent: FloatArray) -> FloatArray:
    """Return where labels go so that they cover neither markers nor each other where that can be had.

    Args:
        points: (label, 2) marker positions in typographic points.
        labels: The texts.
        extent: (2,) width and height of the panel in typographic points.

    Returns:
        (label, 2) float64 centres of the texts in typographic points.
    """
    markers = [np.array([*point, MARKER_POINTS, MARKER_POINTS]) for point in points]
    taken: list[FloatArray] = []
    for point, label in zip(points, labels, strict=True):
        size = np.array([(len(label) + 0.6) * LETTER_POINTS[0], LETTER_POINTS[1]])
        options = [np.concatenate([place, size]) for place in _options(point, points.mean(axis=0))]
        costs = [
            4 * _overlap(option, taken) + _overlap(option, markers) + _outside(option, extent) for option in options
        ]
        taken.append(options[int(np.argmin(costs))])
    return np.array([box[:2] for box in taken]).reshape(-1, 2)


def _options(point: FloatArray, middle: FloatArray) -> Iterator[FloatArray]:
    """Yield places around `point`, near ones first, those that lead away from the animal's middle first."""
    outward = np.argsort(-LABEL_DIRECTIONS @ (point - middle), kind="stable")
    for distance in LABEL_DISTANCES_POINTS:
        yield from point + distance * LABEL_DIRECTIONS[outward]


def _overlap(box: FloatArray, others: Sequence[FloatArray]) -> float:
    """Return the area that a (4,) box (centre x, y, width, height) shares with others."""
    if not others:
        return 0.0
    stacked = np.array(others)
    shared = (box[2:] + stacked[:, 2:]) / 2 - np.abs(box[:2] - stacked[:, :2])
    return float(np.prod(np.maximum(shared, 0), axis=1).sum())


def _outside(box: FloatArray, extent: FloatArray) -> float:
    low, high = box[:2] - box[2:] / 2, box[:2] + box[2:] / 2
    return 100 * float(np.maximum(-low, 0).sum() + np.maximum(high - extent, 0).sum())
