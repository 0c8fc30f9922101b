"""Groups of recordings side by side: a dot for each recording, a line at each group's median."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.imaging.marks import PALETTE
from behaviorvlm.report.behavior_style import animal_color
from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, Files, new_figure, save_figure
from behaviorvlm.report.group_comparison import ComparedFamily
from behaviorvlm.types import FloatArray, IntArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS, MOST_PANELS = 5, 20
WIDTH_IN, ROW_IN = 11.0, 1.95
MARKERS = "osD^vPX*"
SPREAD = 0.32


def draw_groups(compared: ComparedFamily, names: Sequence[str], *, groups: Sequence[str], path: Files) -> None:
    """Draw the measures of a family, the surest differences first.

    Args:
        compared: The family.
        names: What its measures are called in the figure.
        groups: What its groups are called in the figure, in their order.
        path: The PNG to write, or the files of several forms.

    Raises:
        RunStorageError: If it cannot be written.
    """
    order = shown_measures(compared)
    rows = max(-(-len(order) // COLUMNS), 1)
    figure = new_figure(WIDTH_IN, rows * ROW_IN + 0.5)
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    codes = np.array([compared.names.index(group) for group in compared.groups], dtype=np.int64)
    for axes, place in zip(panels, order, strict=False):
        _draw_measure(axes, compared.family.values[place], codes, groups=groups)
        p = compared.corrected[place]
        axes.set_title(names[place] + ("" if p is None else f"\np {p:.2g}"), fontsize=SMALL_FONT + 1)
    for axes in panels[len(order) :]:
        axes.set_axis_off()
    figure.supylabel(compared.family.unit, fontsize=FONT)
    save_figure(figure, path)


def shown_measures(compared: ComparedFamily) -> list[int]:
    """Return the measures that are drawn: by p, then the larger ones first, and no more than fit."""
    middle = [float(row[np.isfinite(row)].sum()) for row in compared.family.values]
    p_values = [1.0 if p is None else p for p in compared.corrected]
    return sorted(range(len(p_values)), key=lambda place: (p_values[place], -middle[place]))[:MOST_PANELS]


def _draw_measure(axes: Axes, values: FloatArray, codes: IntArray, *, groups: Sequence[str]) -> None:
    for code, _ in enumerate(groups):
        own = np.sort(values[(codes == code) & np.isfinite(values)])
        across = code + np.linspace(-SPREAD, SPREAD, len(own) + 2)[1:-1]
        axes.plot(
            across, own, MARKERS[code % len(MARKERS)], color=animal_color(code % len(PALETTE)), markersize=5.5,
            markeredgecolor="black", markeredgewidth=0.6, linestyle="",
        )  # fmt: skip
        if len(own):
            axes.plot([code - SPREAD, code + SPREAD], [np.median(own)] * 2, color="black", linewidth=1.6)
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.set_ylim(bottom=0)
    axes.set_xticks(range(len(groups)), groups)
    axes.tick_params(labelsize=SMALL_FONT, length=2)
    axes.spines[["top", "right"]].set_visible(False)
