"""The time budget of each animal: bars for a few of them, a table in shades for many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.report.behavior_style import UNNAMED_COLOR, animal_color
from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, Files, new_figure, save_figure
from behaviorvlm.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 5
"""Animals for which bars are drawn side by side."""
ROW_IN = 0.25
UNNAMED = "not seen, or not named"
_MOST_WITH_NUMBERS = 20


def draw_time_budget(
    shares: FloatArray, *, behaviors: Sequence[str], animals: Sequence[str], path: Files, places: Sequence[int] = ()
) -> None:
    """Draw which share of the time each animal spends with what.

    Args:
        shares: (animal, behavior) float64 in [0, 1], what bears no name in the last column.
        behaviors: Names, but for the last column.
        animals: What the rows are called.
        path: The PNG to write, or the files of several forms.
        places: Of the animals on the individual axis of their recording, for their colors; their order if not given.

    Raises:
        RunStorageError: If it cannot be written.
    """
    titles = [*behaviors, UNNAMED]
    if len(animals) <= MOST_BARS:
        _draw_bars(shares, titles, animals, path=path, places=places or range(len(animals)))
    else:
        _draw_shades(shares, titles, animals, path=path)


def _draw_bars(
    shares: FloatArray, titles: Sequence[str], animals: Sequence[str], *, path: Files, places: Sequence[int]
) -> None:
    figure = new_figure(11, ROW_IN * len(titles) + 1.0)
    panels = figure.subplots(1, len(animals), sharey=True, sharex=True, squeeze=False)[0]
    for axes, own, name, place in zip(panels, 100 * shares, animals, places, strict=True):
        colors = [animal_color(place)] * (len(titles) - 1) + [UNNAMED_COLOR]
        edges = ["none"] * (len(titles) - 1) + ["#AAAAAA"]
        axes.barh(range(len(titles)), own, color=colors, edgecolor=edges, height=0.7)
        for row, share in enumerate(own.tolist()):
            if share > 0:
                axes.annotate(
                    _percent(share), (share, row), xytext=(3, 0), textcoords="offset points", va="center",
                    fontsize=SMALL_FONT,
                )  # fmt: skip
        axes.set_title(name, fontsize=FONT, loc="left", fontweight="bold")
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=SMALL_FONT + 1, length=2)
    panels[0].set_yticks(range(len(titles)), titles)
    panels[0].set_ylim(len(titles) - 0.4, -0.6)
    panels[0].set_xlim(0, min(1.18 * max(float(100 * shares.max(initial=0.0)), 1.0), 118.0))
    figure.supxlabel("share of the recording (%)", fontsize=FONT)
    save_figure(figure, path)


def _draw_shades(shares: FloatArray, titles: Sequence[str], animals: Sequence[str], *, path: Files) -> None:
    numbered = len(animals) <= _MOST_WITH_NUMBERS
    figure = new_figure(11, ROW_IN * len(titles) + 2.6)
    axes = figure.subplots()
    image = axes.imshow(100 * shares.T, cmap="Blues", vmin=0, aspect="auto")
    axes.set_yticks(range(len(titles)), titles)
    _name_columns(axes, animals)
    if not numbered:
        figure.colorbar(image, ax=axes, label="share of the recording (%)", fraction=0.03)
    darkest = 100 * float(shares.max(initial=0.0))
    for column, row in np.argwhere(shares > 0).tolist() if numbered else []:
        share = 100 * float(shares[column, row])
        ink = "white" if share > 0.55 * darkest else "black"
        axes.text(column, row, _percent(share), ha="center", va="center", fontsize=SMALL_FONT, color=ink)
    axes.tick_params(labelsize=SMALL_FONT + 1, length=0)
    save_figure(figure, path)


def _name_columns(axes: Axes, animals: Sequence[str]) -> None:
    step = -(-len(animals) // 60)  # more names than that would cover each other
    axes.set_xticks(range(0, len(animals), step), animals[::step], rotation=45, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()


def _percent(share: float) -> str:
    return f"{share:.0f}" if share >= 9.5 else f"{share:.1f}"
