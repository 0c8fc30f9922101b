"""How sure a run is, over time: reprojection error, views and margin of every keypoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, Files, new_figure, save_figure
from behaviorvlm.types import FloatArray, IntArray, Skeleton

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_COLUMNS = 600
MISSING_COLOR = "#D9D9D9"
ROW_IN = 0.2


@dataclass(frozen=True, eq=False)
class _Strip:
    """One band of the picture: a (keypoint, column) value, its words, its colors (bad is bright) and its limits."""

    values: FloatArray
    title: str
    colors: str
    limits: tuple[float, float]


def draw_quality(
    skeleton: Skeleton,
    *,
    path: Files,
    error_px: FloatArray,
    n_views: IntArray,
    margin: FloatArray,
    timepoints: IntArray | None = None,
    title: str = "",
) -> None:
    """Write a PNG of three strips over time; each column shows the worst of the timepoints it stands for.

    Args:
        skeleton: Keypoints.
        path: The PNG to write, or the files of several forms.
        error_px: (timepoint, keypoint) root mean square reprojection error, NaN = missing.
        n_views: (timepoint, keypoint) views each position rests on.
        margin: (timepoint, keypoint) nats to the best configuration that says otherwise, NaN = missing.
        timepoints: (timepoint,) what the rows are called, ascending; None = from 0.
        title: Written above.

    Raises:
        RunStorageError: If the PNG cannot be written.
    """
    save_figure(
        quality_figure(skeleton, error_px=error_px, n_views=n_views, margin=margin, timepoints=timepoints, title=title),
        path,
    )


def quality_figure(
    skeleton: Skeleton,
    *,
    error_px: FloatArray,
    n_views: IntArray,
    margin: FloatArray,
    timepoints: IntArray | None = None,
    title: str = "",
) -> Figure:
    """Return the same as a figure; the arguments, (timepoint, keypoint) each, are those of `draw_quality`."""
    from matplotlib.ticker import MaxNLocator

    names = np.arange(len(error_px)) if timepoints is None else timepoints
    missing = ~np.isfinite(error_px)
    views = np.where(missing, np.nan, n_views.astype(np.float64))
    strips = [
        _Strip(worst_of(error_px, np.nanmax), "reprojection error (px)", "viridis", _limits(error_px, 98, least=3.0)),
        _Strip(
            worst_of(views, np.nanmin), "views used", "viridis_r", (1.5, max(float(n_views.max(initial=2)), 3) + 0.5)
        ),
        _Strip(worst_of(margin, np.nanmin), "margin (nats)", "viridis_r", _limits(margin, 50, least=1.0)),
    ]
    figure = new_figure(11, len(strips) * (ROW_IN * len(skeleton) + 0.75) + 0.8)
    for axes, strip in zip(figure.subplots(len(strips), 1, sharex=True), strips, strict=True):
        _draw_strip(axes, strip, skeleton=skeleton, names=names)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    axes.set_xlabel("timepoint", fontsize=FONT)
    share = 1 - float(missing.mean()) if missing.size else 0.0
    heading = f"{title}: " if title else ""
    figure.suptitle(f"{heading}{share:.1%} of keypoints placed; grey = missing, bright = look here", fontsize=FONT + 1)
    return figure


def worst_of(values: FloatArray, worst: Callable[..., FloatArray]) -> FloatArray:
    """Return (keypoint, column) float64: the worst of the rows of (timepoint, keypoint) that share a column.

    A column is NaN only where all its timepoints are missing.

    Args:
        values: (timepoint, keypoint), NaN = missing.
        worst: ``np.nanmax`` or ``np.nanmin``.
    """
    columns = np.full((values.shape[1], min(len(values), MOST_COLUMNS)), np.nan)
    if not columns.size:
        return columns
    for column, rows in enumerate(np.array_split(values, columns.shape[1])):
        known = np.isfinite(rows).any(axis=0)
        columns[known, column] = worst(rows[:, known], axis=0)
    return columns


def _limits(values: FloatArray, percentile: float, *, least: float) -> tuple[float, float]:
    """Return a scale from 0 to a percentile of (timepoint, keypoint), so that the large do not hide the rest."""
    known = values[np.isfinite(values)]
    return 0.0, max(float(np.percentile(known, percentile)) if len(known) else 0.0, least)


def _draw_strip(axes: Axes, strip: _Strip, *, skeleton: Skeleton, names: IntArray) -> None:
    from matplotlib import colormaps
    from matplotlib.ticker import MaxNLocator

    first, last = (float(names[0]), float(names[-1])) if len(names) else (0.0, 0.0)
    n_keypoints = len(skeleton)
    image = axes.imshow(
        strip.values, aspect="auto", interpolation="nearest", vmin=strip.limits[0], vmax=strip.limits[1],
        cmap=colormaps[strip.colors].with_extremes(bad=MISSING_COLOR),
        extent=(first - 0.5, last + 0.5, n_keypoints - 0.5, -0.5),
    )  # fmt: skip
    axes.set_yticks(range(n_keypoints), skeleton.keypoints, fontsize=SMALL_FONT)
    axes.tick_params(axis="x", labelsize=SMALL_FONT)
    axes.set_title(strip.title, fontsize=FONT, loc="left")
    bar = axes.figure.colorbar(
        image, ax=axes, pad=0.01, fraction=0.03, extend="max" if strip.limits[0] == 0 else "neither"
    )
    bar.locator = MaxNLocator(6, integer=strip.limits[0] > 0)
    bar.ax.tick_params(labelsize=SMALL_FONT)
