"""The space in which clusters are found, seen from its two widest directions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.report.behavior_style import cluster_color
from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, new_figure, save_figure
from behaviorvlm.types import NO_CLUSTER, Float32Array, FloatArray, IntArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POINTS = 15_000
"""More than these only cover each other."""


def draw_embedding(
    embedding: Float32Array,
    clusters: IntArray,
    *,
    path: Path,
    titles: Mapping[int, str] | None = None,
    title: str = "",
    seed: int = 0,
) -> None:
    """Write a PNG of the frames in the embedding, a color and a number for each cluster.

    Args:
        embedding: (frame, dimension) float32; frames of any animals and recordings.
        clusters: (frame,) int64, -1 = not seen, left out.
        path: The PNG to write.
        titles: What a cluster is mostly called, by its number.
        title: Written above.
        seed: Of the choice of frames, where there are more than can be told apart.

    Raises:
        RunStorageError: If the PNG cannot be written.
    """
    shown = np.flatnonzero((clusters != NO_CLUSTER) & np.isfinite(embedding).all(axis=1))
    sizes = np.bincount(clusters[shown], minlength=1)
    if len(shown) > MOST_POINTS:
        shown = np.random.default_rng(seed).choice(shown, MOST_POINTS, replace=False)
    places, spread = widest_plane(np.asarray(embedding[shown], dtype=np.float64))
    figure = new_figure(10.5, 7)
    axes = figure.subplots()
    _draw_points(axes, places, clusters[shown])
    _add_key(axes, sizes, titles or {})
    axes.set_xlabel(f"first direction ({spread[0]:.0%} of the spread)", fontsize=FONT)
    axes.set_ylabel(f"second direction ({spread[1]:.0%})", fontsize=FONT)
    axes.tick_params(labelsize=SMALL_FONT)
    axes.spines[["top", "right"]].set_visible(False)
    heading = title or "Frames in the space of the clusters"
    figure.suptitle(f"{heading} ({len(shown)} of {int(sizes.sum())} frames)", fontsize=FONT + 2, x=0.01, ha="left")
    save_figure(figure, path)


def widest_plane(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return rows on their first two principal axes, and the share of the variance along each.

    Args:
        rows: (row, dimension) float64.

    Returns:
        (row, 2) and (2,) float64; a direction that does not exist has zeros.
    """
    if not rows.size:
        return np.zeros((len(rows), 2)), np.zeros(2)
    centered = rows - rows.mean(axis=0)
    values, axes = np.linalg.eigh(centered.T @ centered)
    values, axes = values[::-1].clip(0), axes[:, ::-1]
    axes = axes * np.where(axes[np.argmax(np.abs(axes), axis=0), np.arange(len(values))] < 0, -1, 1)
    places, spread = np.zeros((len(rows), 2)), np.zeros(2)
    n_axes = min(2, len(values))
    places[:, :n_axes] = centered @ axes[:, :n_axes]
    spread[:n_axes] = values[:n_axes] / max(values.sum(), 1e-300)
    return places, spread


def _draw_points(axes: Axes, places: FloatArray, clusters: IntArray) -> None:
    from matplotlib.patheffects import withStroke

    order = np.random.default_rng(0).permutation(len(places))  # so that no cluster lies on top of all others
    numbers = np.unique(clusters)
    colors = {number: cluster_color(number) for number in numbers.tolist()}
    size = 10 if len(places) < MOST_POINTS // 3 else 4
    inks = [colors[number] for number in clusters[order].tolist()]
    axes.scatter(places[order, 0], places[order, 1], s=size, c=inks, alpha=0.75, linewidths=0)
    for number in numbers.tolist():
        x, y = np.median(places[clusters == number], axis=0).tolist()
        axes.text(
            x, y, str(number), fontsize=FONT + 3, fontweight="bold", ha="center", va="center",
            path_effects=[withStroke(linewidth=3.5, foreground="white")],
        )  # fmt: skip


def _add_key(axes: Axes, sizes: IntArray, titles: Mapping[int, str]) -> None:
    from matplotlib.lines import Line2D

    total = max(int(sizes.sum()), 1)
    entries = [
        Line2D(
            [], [], linestyle="", marker="o", markersize=7, color=cluster_color(number),
            label=f"{number}: {sizes[number] / total:.0%}" + (f", {titles[number]}" if number in titles else ""),
        )
        for number in np.flatnonzero(sizes).tolist()
    ]  # fmt: skip
    axes.legend(
        handles=entries, loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=SMALL_FONT, frameon=False,
        title="cluster: share of frames", title_fontsize=SMALL_FONT,
    )  # fmt: skip
