"""How long bouts last: a histogram for each behavior, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.report.behavior_style import n_social, ordered_behaviors
from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, Files, new_figure, save_figure
from behaviorvlm.report.transition_picture import ALONE_COLOR, SOCIAL_COLOR
from behaviorvlm.types import Bout, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 4
BINS = 24
WIDTH_IN, ROW_IN = 13.0, 1.7
LEAST_HALVED = 4
SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1800, 3600)


def draw_durations(bouts: Sequence[Bout], *, path: Files, title: str = "") -> None:
    """Write a PNG of how long the bouts of each behavior last, with their number and median.

    Args:
        bouts: Of any recordings and animals.
        path: The PNG to write, or the files of several forms.
        title: Written above.

    Raises:
        RunStorageError: If the PNG cannot be written.
    """
    names = ordered_behaviors(bouts)
    lengths_s = {
        name: np.array([bout.stop_s - bout.start_s for bout in bouts if bout.behavior == name]) for name in names
    }
    everything = np.concatenate([*lengths_s.values(), np.ones(1)])
    edges = np.linspace(np.log10(everything.min() / 1.2), np.log10(everything.max() * 1.2), BINS + 1)
    n_rows = max(-(-len(names) // COLUMNS), 1)
    height_in = ROW_IN * n_rows + 1.0
    figure = new_figure(WIDTH_IN, height_in)
    figure.set_layout_engine("none")  # twenty panels by hand: finding their places would take longer than drawing them
    edges_of = {"left": 0.035, "right": 0.99, "bottom": 0.6 / height_in, "top": 1 - 0.7 / height_in}
    spaced = edges_of | {"wspace": 0.14, "hspace": 0.45}
    panels = figure.subplots(n_rows, COLUMNS, squeeze=False, gridspec_kw=spaced).ravel()
    social = n_social(bouts, names)
    for place, (axes, name) in enumerate(zip(panels, names, strict=False)):
        _draw_histogram(axes, lengths_s[name], edges, color=SOCIAL_COLOR if place < social else ALONE_COLOR)
        axes.set_title(name, fontsize=FONT, loc="left")
        axes.tick_params(labelbottom=place + COLUMNS >= len(names))  # one scale for all
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    figure.suptitle(
        title or "How long bouts last", fontsize=FONT + 2, x=0.01, y=1 - 0.2 / height_in, ha="left", va="center"
    )
    figure.supxlabel("duration (s); orange: directed at another; line: median", fontsize=FONT, y=0.1 / height_in)
    save_figure(figure, path)


def _draw_histogram(axes: Axes, lengths_s: FloatArray, edges: FloatArray, *, color: str) -> None:
    """Draw bars over the decimal logarithm of seconds, whose ticks are written as seconds."""
    counts, _ = np.histogram(np.log10(lengths_s), bins=edges)
    median = float(np.median(lengths_s))
    axes.stairs(counts, edges, fill=True, color=color)
    axes.axvline(np.log10(median), color="black", linewidth=1.2)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_title(f"n {len(lengths_s)}, median {median:.2g} s", fontsize=SMALL_FONT, loc="right")
    shown = [second for second in SECONDS if edges[0] <= np.log10(second) <= edges[-1]]
    axes.set_xticks(np.log10(shown), [f"{second:g}" for second in shown])
    most = int(counts.max())
    axes.set_yticks([0, most] if most < LEAST_HALVED else [0, most // 2, most])
    axes.tick_params(labelsize=SMALL_FONT)
    axes.spines[["top", "right"]].set_visible(False)
