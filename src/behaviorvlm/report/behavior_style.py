"""How behavior looks in every picture: a color for each animal, the same order of behaviors, time as people read it.

What is done is told by place and by words, to whom by color, so that twenty behaviors need no twenty colors. The colors
are those of Okabe and Ito (2008), told apart by color-blind readers too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from behaviorvlm.imaging.marks import PALETTE, color_of
from behaviorvlm.types import Bout

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOBODY_COLOR = "#4D4D4D"
UNNAMED_COLOR = "#E3E3E3"
MINUTES_FROM_S, SECONDS_AN_HOUR = 180.0, 3600.0


def animal_color(place: int) -> str:
    """Return the color of the animal at this place of the individual axis, ``#RRGGBB``; the same as in clips."""
    return "#{:02X}{:02X}{:02X}".format(*color_of(place))


def cluster_color(place: int) -> str:
    """Return a color for a cluster: seven, then paler ones, then darker ones; numbers tell them apart for certain."""
    ground = (None, 255, 0)[place // len(PALETTE) % 3]
    mixed = [one if ground is None else (one + ground) // 2 for one in color_of(place)]
    return "#{:02X}{:02X}{:02X}".format(*mixed)


def ordered_behaviors(bouts: Iterable[Bout]) -> list[str]:
    """Return the names of behaviors: those directed at others first, then the rest, each from most time to least."""
    seconds: dict[str, float] = {}
    directed: dict[str, float] = {}
    for bout in bouts:
        length = bout.stop_s - bout.start_s
        seconds[bout.behavior] = seconds.get(bout.behavior, 0.0) + length
        directed[bout.behavior] = directed.get(bout.behavior, 0.0) + length * bool(bout.target)
    return sorted(seconds, key=lambda name: (2 * directed[name] < seconds[name], -seconds[name], name))


def n_social(bouts: Sequence[Bout], names: Sequence[str]) -> int:
    """Return how many names, of those in order, are mostly directed at others."""
    count = 0
    for name in names:
        own = [bout for bout in bouts if bout.behavior == name]
        directed = sum(bout.stop_s - bout.start_s for bout in own if bout.target)
        count += 2 * directed >= sum(bout.stop_s - bout.start_s for bout in own)
    return count


def label_time(axes: Axes, stop_s: float) -> None:
    """Mark the time axis in seconds, or in minutes and seconds where that reads better."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    if stop_s < MINUTES_FROM_S:
        axes.set_xlabel("time (s)")
        return
    step_s = next((step_s for step_s in (30, 60, 120, 300, 600, 1800, 3600) if stop_s <= 10 * step_s), 7200)
    axes.xaxis.set_major_locator(MultipleLocator(step_s))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda second, _: clock(second)))
    axes.set_xlabel("time (h:min:s)" if stop_s >= SECONDS_AN_HOUR else "time (min:s)")


def clock(second: float) -> str:
    """Return ``1:02:03`` or ``2:03``."""
    whole = round(second)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
