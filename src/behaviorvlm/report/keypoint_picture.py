"""Every keypoint at a glance: how often it was placed, how well its views agree, how sure its name is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.pose.quality_flags import LOW_MARGIN
from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, Files, new_figure, save_figure
from behaviorvlm.report.pose_measures import PoseMeasures
from behaviorvlm.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOR, FAINT = "#0072B2", "#9CC7E3"
ROW_IN = 0.27


def draw_keypoints(measures: PoseMeasures, *, path: Files) -> None:
    """Draw coverage, reprojection error and margin of each keypoint.

    Args:
        measures: Of a run.
        path: The PNG to write, or the files of several forms.

    Raises:
        RunStorageError: If it cannot be written.
    """
    names = measures.skeleton.keypoints
    figure = new_figure(11, ROW_IN * len(names) + 1.1)
    coverage, error, margin = figure.subplots(1, 3, sharey=True)
    coverage.barh(range(len(names)), 100 * measures.coverage, color=COLOR, height=0.6)
    for row, share in enumerate(measures.coverage.tolist()):
        inside = share > 0.25
        coverage.text(
            100 * share + (-2 if inside else 2), row, f"{share:.1%}", va="center", ha="right" if inside else "left",
            fontsize=SMALL_FONT, color="white" if inside else "black",
        )  # fmt: skip
    coverage.set_xlim(0, 100)
    coverage.set_xlabel("placed (% of timepoints)", fontsize=FONT)
    _draw_spread(error, measures.error_px)
    error.set_xlabel("reprojection error (px)", fontsize=FONT)
    _draw_spread(margin, measures.margin)
    margin.axvline(LOW_MARGIN, color="#D55E00", linewidth=1.2, linestyle=(0, (4, 3)))
    margin.set_xlabel("margin (nats)", fontsize=FONT)
    coverage.set_yticks(range(len(names)), names, fontsize=SMALL_FONT + 1)
    coverage.set_ylim(len(names) - 0.5, -0.5)
    for axes in (coverage, error, margin):
        axes.tick_params(labelsize=SMALL_FONT + 1, length=2)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x", alpha=0.25)
    save_figure(figure, path)


def _draw_spread(axes: Axes, values: FloatArray) -> None:
    """Draw the median, the middle half and the middle nine tenths of each column of (timepoint, keypoint) values."""
    for row, column in enumerate(values.T):
        known = column[np.isfinite(column)]
        if not len(known):
            axes.text(0.01, row, "never placed", fontsize=SMALL_FONT, va="center", transform=axes.get_yaxis_transform())
            continue
        low, first, median, third, high = np.percentile(known, [5, 25, 50, 75, 95]).tolist()
        axes.plot([low, high], [row, row], color=FAINT, linewidth=2.5, solid_capstyle="butt")
        axes.plot([first, third], [row, row], color=COLOR, linewidth=6, solid_capstyle="butt")
        axes.plot(median, row, "o", color="white", markeredgecolor="black", markersize=6, zorder=3)
    axes.set_xlim(left=0)
