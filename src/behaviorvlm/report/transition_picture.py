"""What follows what: a graph of the usual successions of behaviors, and the table of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.report.behavior_style import n_social, ordered_behaviors
from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, Files, new_figure, save_figure
from behaviorvlm.types import Bout, FloatArray, IntArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AT_ONCE_S = 0.5
"""A bout follows another one of the same animal if no more time than this lies between them."""
LEAST_SHARE = 0.1
LEAST_COUNT, MOST_ARROWS = 2, 3
SOCIAL_COLOR, ALONE_COLOR = "#D55E00", "#4D4D4D"
NOTHING = "nothing named"
STACKED_IN, GRAPH_IN = 11.0, 6.2
_MOST_WITH_NUMBERS = 24


def transition_counts(bouts: Sequence[Bout], names: Sequence[str]) -> IntArray:
    """Count which behavior follows which at once, within each animal of each recording.

    Args:
        bouts: Of any recordings and animals.
        names: The behaviors, both axes.

    Returns:
        (from, to) int64. Bouts of one behavior can follow each other, at other targets.
    """
    place = {name: number for number, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), dtype=np.int64)

    def stream(bout: Bout) -> tuple[str, str]:
        return bout.recording, bout.individual

    for _, own in groupby(sorted(bouts, key=lambda bout: (*stream(bout), bout.start_s)), key=stream):
        for one, other in pairwise(own):
            if other.start_s - one.stop_s <= AT_ONCE_S:
                counts[place[one.behavior], place[other.behavior]] += 1
    return counts


def draw_transitions(bouts: Sequence[Bout], *, path: Files, title: str = "", stacked: bool = False) -> None:
    """Write a PNG of the succession of behaviors: a graph of the usual ones, and all in a table.

    Args:
        bouts: Of any recordings and animals.
        path: The PNG to write, or the files of several forms.
        title: Written above.
        stacked: Whether the table stands below the graph, for a page, and not beside it.

    Raises:
        RunStorageError: If the PNG cannot be written.
    """
    names = ordered_behaviors(bouts) or [NOTHING]
    counts = transition_counts(bouts, names)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    seconds = np.array([sum(bout.stop_s - bout.start_s for bout in bouts if bout.behavior == name) for name in names])
    side = max(0.34 * len(names) + 2.4, 5.5)
    if stacked:
        figure = new_figure(STACKED_IN, GRAPH_IN + side)
        graph, table = figure.subplots(2, 1, height_ratios=(GRAPH_IN, side))
    else:
        figure = new_figure(2.3 * side, side + 0.6)
        graph, table = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    social = n_social(bouts, names)
    time_shares = seconds / max(seconds.sum(), 1e-9)
    _draw_graph(graph, names, shares=usual_transitions(counts), time_shares=time_shares, n_above=social)
    _draw_table(table, names, shares=shares, counts=counts)
    figure.suptitle(title or "What follows what", fontsize=FONT + 2, x=0.01, ha="left")
    save_figure(figure, path)


def usual_transitions(counts: IntArray) -> FloatArray:
    """Return the shares of (from, to) counts that are drawn as arrows: large, more than chance one, the first three."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rank = np.argsort(np.argsort(-shares, axis=1, kind="stable"), axis=1)
    return np.where((shares >= LEAST_SHARE) & (counts >= LEAST_COUNT) & (rank < MOST_ARROWS), shares, 0.0)


def _draw_graph(axes: Axes, names: Sequence[str], *, shares: FloatArray, time_shares: FloatArray, n_above: int) -> None:
    """Draw behaviors on a circle, as large as the time they take, and an arrow as wide as a succession is usual."""
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(names)) / max(len(names), 1)
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for one, other in np.argwhere(shares > 0).tolist():
        color = SOCIAL_COLOR if one < n_above else ALONE_COLOR
        if one != other:
            _draw_arrow(axes, places[one], places[other], share=float(shares[one, other]), color=color)
    for number, name in enumerate(names):
        color = SOCIAL_COLOR if number < n_above else ALONE_COLOR
        size = 60 + 1600 * float(time_shares[number])
        axes.scatter(
            places[number, 0], places[number, 1], s=size, color=color, edgecolor="white", linewidth=1.0, zorder=3
        )
        x, y = places[number] * 1.16
        aligned = "center" if abs(x) < 0.25 else "left" if x > 0 else "right"
        axes.text(x, y, name, fontsize=SMALL_FONT + 1, ha=aligned, va="center", zorder=5)
    axes.set(xlim=(-1.75, 1.75), ylim=(-1.5, 1.3), aspect="equal")
    axes.set_axis_off()
    words = (
        f"Disc: share of time; orange: directed at another. Arrow: what follows in {LEAST_SHARE:.0%} of cases or more, "
        f"the {MOST_ARROWS} most usual."
    )
    axes.text(0, -1.45, words, fontsize=SMALL_FONT, ha="center")


def _draw_arrow(axes: Axes, start: FloatArray, stop: FloatArray, *, share: float, color: str) -> None:
    from matplotlib.patches import FancyArrowPatch

    arrow = FancyArrowPatch(
        tuple(start), tuple(stop), connectionstyle="arc3,rad=0.16", arrowstyle="-|>", mutation_scale=9 + 8 * share,
        shrinkA=9, shrinkB=13, linewidth=0.5 + 5 * share, color=color, alpha=0.25 + 0.6 * share, zorder=2,
    )  # fmt: skip
    axes.add_patch(arrow)


def _draw_table(axes: Axes, names: Sequence[str], *, shares: FloatArray, counts: IntArray) -> None:
    """Draw from (rows) and to (columns): the share in color and in percent, rows add up to 100."""
    darkest = max(float(shares.max(initial=0)), 0.01)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=darkest, aspect="auto")
    rows = [f"{name} (n {count})" for name, count in zip(names, counts.sum(axis=1).tolist(), strict=True)]
    axes.set_yticks(range(len(names)), rows, fontsize=SMALL_FONT)
    axes.set_xticks(range(len(names)), names, fontsize=SMALL_FONT, rotation=45, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_title("then (% of the row)", fontsize=FONT)
    axes.set_ylabel("first", fontsize=FONT)
    if len(names) > _MOST_WITH_NUMBERS:
        axes.figure.colorbar(image, ax=axes, fraction=0.04)
        return
    for row, column in np.argwhere(counts > 0).tolist():
        ink = "white" if shares[row, column] > 0.55 * darkest else "black"
        words = f"{100 * shares[row, column]:.0f}"
        axes.text(column, row, words, ha="center", va="center", fontsize=SMALL_FONT - 1, color=ink)
