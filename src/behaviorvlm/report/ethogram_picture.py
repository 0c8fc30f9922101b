"""The ethogram over time: a panel for each animal, a lane for each behavior, colored by whom it is directed at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.report.behavior_style import (
    NOBODY_COLOR,
    UNNAMED_COLOR,
    animal_color,
    label_time,
    n_social,
    ordered_behaviors,
)
from behaviorvlm.report.drawing_style import FONT, SMALL_FONT, Files, new_figure, save_figure
from behaviorvlm.types import Bout, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 1800
LEAST_SHADE = 0.45
"""A column with any of a behavior is at least so dark, so that short bouts of a long recording are not lost."""
LANE_IN, PANEL_IN, EDGE_IN = 0.19, 0.42, 1.1
LANE_FILL = 0.8
STRIPE = 0.965
"""Every second lane is a little darker, so that the eye keeps to it across the picture."""
_ROWS = 10
"""Rows of pixels of a lane, of which `LANE_FILL` are inked."""


def draw_ethogram(
    bouts: Sequence[Bout],
    *,
    individuals: Sequence[str],
    stop_s: float,
    path: Files,
    title: str = "",
    behaviors: Sequence[str] = (),
) -> None:
    """Write a PNG of what every animal of one recording does over time.

    Args:
        bouts: Of one recording.
        individuals: The animals, a panel each.
        stop_s: When the recording ends.
        path: The PNG to write, or the files of several forms.
        title: Written above.
        behaviors: The lanes from the top, so that pictures of several recordings compare; those of the bouts if not
            given.

    Raises:
        RunStorageError: If the PNG cannot be written.
    """
    figure = ethogram_figure(bouts, individuals=individuals, stop_s=stop_s, title=title, behaviors=behaviors)
    save_figure(figure, path)


def ethogram_figure(
    bouts: Sequence[Bout],
    *,
    individuals: Sequence[str],
    stop_s: float,
    title: str = "",
    behaviors: Sequence[str] = (),
) -> Figure:
    """Return the same as a figure; the arguments are those of `draw_ethogram`."""
    names = list(behaviors) or ordered_behaviors(bouts)
    n_lanes = max(len(names), 1)
    figure = new_figure(13.5, len(individuals) * (n_lanes * LANE_IN + PANEL_IN) + EDGE_IN)
    panels = figure.subplots(len(individuals), 1, sharex=True, squeeze=False)[:, 0]
    edges_s = np.linspace(0.0, max(stop_s, 1e-3), COLUMNS + 1)
    for place, (axes, individual) in enumerate(zip(panels, individuals, strict=True)):
        own = [bout for bout in bouts if bout.individual == individual]
        axes.imshow(
            lane_picture(own, names, individuals=individuals, edges_s=edges_s), aspect="auto", interpolation="nearest",
            extent=(0.0, edges_s[-1], n_lanes - 0.5, -0.5),
        )  # fmt: skip
        _label_lanes(axes, own, names, stop_s=edges_s[-1])
        _separate(axes, n_social(bouts, names), n_lanes)
        axes.set_title(individual, loc="left", fontsize=FONT, fontweight="bold", color=_ink(place))
    label_time(panels[-1], float(edges_s[-1]))
    _add_key(figure, individuals, bouts)
    figure.suptitle(title or "Ethogram", fontsize=FONT + 2, x=0.01, ha="left")
    return figure


def lane_picture(
    bouts: Sequence[Bout], names: Sequence[str], *, individuals: Sequence[str], edges_s: FloatArray
) -> FloatArray:
    """Return the lanes of one animal, (row, column, 3) float64 in [0, 1]: the fuller a column of a lane, the darker.

    Args:
        bouts: Of one animal.
        names: The lanes, from the top.
        individuals: All animals; whom a bout is directed at decides its color.
        edges_s: (column + 1,) rising times between the columns.
    """
    from matplotlib.colors import to_rgb

    said = cover([(bout.start_s, bout.stop_s) for bout in bouts], edges_s)
    ground = 1 - (1 - np.array(to_rgb(UNNAMED_COLOR))) * (1 - said)[:, None]
    shade = np.where(np.arange(max(len(names), 1)) % 2, STRIPE, 1.0)
    grounds = shade[:, None, None] * ground
    lanes = grounds.copy()
    colors = {"": NOBODY_COLOR} | {name: animal_color(place) for place, name in enumerate(individuals)}
    for place, name in enumerate(names):
        shares = _shares_by_target([bout for bout in bouts if bout.behavior == name], edges_s)
        total = np.sum([*shares.values(), np.zeros(len(said))], axis=0)
        darker = np.where(total > 0, np.clip(total, LEAST_SHADE, 1) / np.maximum(total, 1e-9), 0.0)
        for target, share in shares.items():
            ink = np.array(to_rgb(colors.get(target, NOBODY_COLOR)))
            lanes[place] += (share * darker)[:, None] * (ink - grounds[place])
    rows = np.repeat(lanes, _ROWS, axis=0)
    gap = np.arange(len(rows)) % _ROWS >= round(_ROWS * (0.5 + LANE_FILL / 2))
    gap |= np.arange(len(rows)) % _ROWS < round(_ROWS * (0.5 - LANE_FILL / 2))
    rows[gap] = np.repeat(grounds, _ROWS, axis=0)[gap]
    return np.clip(rows, 0.0, 1.0)


def _shares_by_target(bouts: Sequence[Bout], edges_s: FloatArray) -> dict[str, FloatArray]:
    """Return whom bouts of one behavior are directed at, to the (column,) shares that they cover."""
    targets = sorted({bout.target for bout in bouts})
    return {
        target: cover([(bout.start_s, bout.stop_s) for bout in bouts if bout.target == target], edges_s)
        for target in targets
    }


def cover(intervals_s: Sequence[tuple[float, float]], edges_s: FloatArray) -> FloatArray:
    """Return which share of each column intervals cover that do not overlap each other, (column,) float64 in [0, 1].

    Args:
        intervals_s: Start and stop of each.
        edges_s: (column + 1,) rising times between the columns.
    """
    if not intervals_s:
        return np.zeros(len(edges_s) - 1)
    ends = np.array(sorted(intervals_s), dtype=np.float64)
    lengths = np.cumsum(ends[:, 1] - ends[:, 0])
    covered = np.stack([np.concatenate([[0.0], lengths[:-1]]), lengths], axis=1)
    until = np.interp(edges_s, ends.ravel(), covered.ravel())
    return np.asarray(np.clip(np.diff(until) / np.diff(edges_s), 0.0, 1.0))


def _label_lanes(axes: Axes, own: Sequence[Bout], names: Sequence[str], *, stop_s: float) -> None:
    """Write the names left of the lanes, and how much time and how many bouts right of them."""
    axes.set_yticks(range(len(names)), names, fontsize=SMALL_FONT)
    axes.tick_params(axis="both", length=2, labelsize=SMALL_FONT)
    for place, name in enumerate(names):
        lengths = [bout.stop_s - bout.start_s for bout in own if bout.behavior == name]
        words = f"{sum(lengths) / stop_s:4.0%}  n {len(lengths)}" if lengths else "-"
        axes.annotate(
            words, (1.006, place), xycoords=("axes fraction", "data"), fontsize=SMALL_FONT - 1, va="center",
            color="black" if lengths else "#999999", annotation_clip=False,
        )  # fmt: skip
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _separate(axes: Axes, n_above: int, n_lanes: int) -> None:
    """Draw a line between what is directed at others and what is not."""
    if 0 < n_above < n_lanes:
        axes.axhline(n_above - 0.5, color="#888888", linewidth=0.7, linestyle=(0, (4, 3)))


def _add_key(figure: Figure, individuals: Sequence[str], bouts: Sequence[Bout]) -> None:
    from matplotlib.patches import Patch

    targets = {bout.target for bout in bouts} - {""}
    patches = [Patch(color=NOBODY_COLOR, label="directed at nobody")]
    aimed_at = [(place, name) for place, name in enumerate(individuals) if name in targets]
    patches += [Patch(color=animal_color(place), label=f"at {name}") for place, name in aimed_at]
    patches.append(Patch(facecolor=UNNAMED_COLOR, edgecolor="#AAAAAA", label="not seen, or not named"))
    figure.legend(
        handles=patches, loc="outside upper right", ncols=len(patches), fontsize=SMALL_FONT, frameon=False,
        handlelength=1.2, columnspacing=1.4,
    )  # fmt: skip


def _ink(place: int) -> str:
    """Return the color of an animal, darkened so that it reads as text on white."""
    from matplotlib.colors import to_hex, to_rgb

    red, green, blue = to_rgb(animal_color(place))
    return str(to_hex((0.7 * red, 0.7 * green, 0.7 * blue)))
