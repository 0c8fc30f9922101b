"""Bones over time: how far each is from its median length, the worst of each moment."""

from __future__ import annotations

import numpy as np

from behaviorvlm.pose.body_limits import LENGTH_SLACK
from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, Files, new_figure, save_figure
from behaviorvlm.report.geometry_check import Bones
from behaviorvlm.report.quality_picture import MISSING_COLOR, worst_of
from behaviorvlm.types import FloatArray, IntArray

ROW_IN = 0.24


def draw_bones(bones: Bones, timepoints: IntArray, *, path: Files) -> None:
    """Draw a strip for each bone: longer than its median in one color, shorter in the other.

    Args:
        bones: Of a run.
        timepoints: (timepoint,) what the rows are called, ascending.
        path: The PNG to write, or the files of several forms.

    Raises:
        RunStorageError: If it cannot be written.
    """
    from matplotlib import colormaps
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    count = len(bones.names)
    figure = new_figure(11, ROW_IN * max(count, 1) + 1.2)
    axes = figure.subplots()
    image = axes.imshow(
        worst_of(bones.relative - 1, _furthest), aspect="auto", interpolation="nearest",
        cmap=colormaps["PuOr"].with_extremes(bad=MISSING_COLOR), vmin=-LENGTH_SLACK, vmax=LENGTH_SLACK,
        extent=(timepoints[0] - 0.5, timepoints[-1] + 0.5, count - 0.5, -0.5),
    )  # fmt: skip
    axes.set_yticks(range(count), bones.names)
    for row, words in enumerate(_lengths_in_words(bones)):
        axes.annotate(
            words, (1.008, row), xycoords=("axes fraction", "data"), fontsize=SMALL_FONT, va="center",
            annotation_clip=False,
        )  # fmt: skip
    axes.tick_params(labelsize=SMALL_FONT + 1, length=2)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    axes.set_xlabel("timepoint", fontsize=FONT)
    bar = figure.colorbar(image, ax=axes, orientation="horizontal", location="top", shrink=0.4, extend="both", pad=0.02)
    bar.ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    bar.ax.tick_params(labelsize=SMALL_FONT)
    bar.set_label("length less its median; grey: an end is missing", fontsize=FONT)
    save_figure(figure, path)


def _furthest(rows: FloatArray, axis: int) -> FloatArray:
    """Return what is furthest from 0 along an axis of (row, bone) values, its sign kept, (bone,) float64."""
    low, high = np.nanmin(rows, axis=axis), np.nanmax(rows, axis=axis)
    return np.asarray(np.where(-low > high, low, high))


def _lengths_in_words(bones: Bones) -> list[str]:
    words = []
    for column, median in zip(bones.lengths_mm.T, bones.median_mm.tolist(), strict=True):
        known = column[np.isfinite(column)]
        spread = float(np.median(np.abs(known - median))) if len(known) else 0.0
        words.append(f"{median:.1f} ± {spread:.1f} mm" if len(known) else "never seen")
    return words
