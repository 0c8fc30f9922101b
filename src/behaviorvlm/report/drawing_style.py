"""How keypoints look in every picture: color by body region (by side without regions), shape by side, a short label.

The colors are those of Okabe and Ito (2008), told apart by color-blind readers too; side is never shown by color alone.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.extras import require_figures
from behaviorvlm.types import BoolArray, FloatArray, Skeleton

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

REGION_COLORS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#CC79A7", "#D55E00", "#0072B2")
NO_REGION_COLOR = "#BBBBBB"
LEFT, RIGHT, MIDDLE = "<", ">", "o"
SIDES = {LEFT: "left", RIGHT: "right", MIDDLE: "middle, or no side"}
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d")
SMALL_FONT, FONT = 8, 10
DOTS_PER_INCH = 110
Files = Path | Sequence[Path]
"""One file, or one picture in several forms; the ending of each says its form: ``.png`` or ``.svg``."""


@dataclass(frozen=True)
class KeypointStyle:
    """How one keypoint is drawn.

    Attributes:
        name: Its name in the skeleton.
        label: One to four letters, unique in the skeleton.
        color: Of its body region, ``#RRGGBB``.
        marker: matplotlib marker: a triangle that points left or right for a side, a disc for the rest.
    """

    name: str
    label: str
    color: str
    marker: str


def keypoint_styles(skeleton: Skeleton) -> tuple[KeypointStyle, ...]:
    """Return the style of every keypoint, in order of the keypoint axis."""
    color = {name: color for _, names, color in _groups(skeleton) for name in names}
    side = _sides(skeleton)
    return tuple(
        KeypointStyle(name, label, color[name], side[name])
        for name, label in zip(skeleton.keypoints, short_labels(skeleton.keypoints), strict=True)
    )


def short_labels(names: Sequence[str]) -> list[str]:
    """Return a short unique label for each name: its words' initials, a number behind those that would be equal."""
    initials = ["".join(word[0] for word in WORD.findall(name)).upper() or "?" for name in names]
    labels: list[str] = []
    for place, label in enumerate(initials):
        before = initials[:place].count(label)
        labels.append(f"{label}{before + 1}" if initials.count(label) > 1 else label)
    return labels


def is_known(points: FloatArray) -> BoolArray:
    """Return which (..., space) points have no NaN coordinate, (...,) bool."""
    return np.asarray(np.isfinite(points).all(axis=-1))


def entry(marker: str, label: str, *, color: str, filled: bool = True, edge: str = "black") -> Line2D:
    """Return one legend entry."""
    from matplotlib.lines import Line2D

    face = color if filled else "none"
    edge = edge if filled else color
    return Line2D([], [], linestyle="", marker=marker, markersize=7, color=face, markeredgecolor=edge, label=label)


def add_legend(figure: Figure, skeleton: Skeleton, *others: Line2D) -> None:
    """Write a legend right of the figure: each body region with its keypoints' labels, the sides, and `others`."""
    sides = [entry(marker, words, color="white") for marker, words in SIDES.items()] if skeleton.symmetries else []
    entries = [*_group_entries(skeleton), *sides, *others]
    figure.legend(handles=entries, loc="outside right center", fontsize=SMALL_FONT, frameon=False)


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure that belongs to nobody: no global state, no window.

    Raises:
        SettingsError: If what draws pictures is not installed.
    """
    require_figures()
    from behaviorvlm.report.shown_figure import ShownFigure

    return ShownFigure(figsize=(width_in, height_in), dpi=DOTS_PER_INCH, layout="constrained")


@contextmanager
def plain_text() -> Iterator[None]:
    """Draw names as they are written: a dollar sign begins no formula, and a letter that the font lacks is a box.

    Raises:
        SettingsError: If what draws pictures is not installed.
    """
    require_figures()
    from matplotlib import rc_context

    with rc_context({"text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def save_figure(figure: Figure, files: Files) -> None:
    """Write `figure` in the form that each file's ending says; the same figure gives the same bytes.

    Raises:
        RunStorageError: If it cannot be written.
    """
    for path in [files] if isinstance(files, Path) else files:
        _save(figure, path)
        figure.set_layout_engine("none")  # everything is in its place: finding it again for the next form takes as long


def _save(figure: Figure, path: Path) -> None:
    from behaviorvlm.errors import RunStorageError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _print(figure, path)
    except OSError as error:
        raise RunStorageError(
            "the picture could not be written",
            where=str(path),
            actual=error.strerror or str(error),
            remedy="choose a folder that can be written and has room",
        ) from error


def _print(figure: Figure, path: Path) -> None:
    """Draw once: `Figure.savefig` draws everything twice, the first time into nothing."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    if path.suffix == ".svg":
        dots_per_inch = figure.dpi
        # the same figure gives the same SVG, in which text is text: to be searched, and changed in a drawing program
        with rc_context({"svg.hashsalt": "behaviorvlm", "svg.fonttype": "none"}):
            drawing = FigureCanvasSVG(figure)
            drawing.print_svg(path, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
        figure.dpi = dots_per_inch
    else:
        FigureCanvasAgg(figure).print_png(path, metadata={"Software": None})  # type: ignore[no-untyped-call]


def _sides(skeleton: Skeleton) -> dict[str, str]:
    """Return the marker of every keypoint."""
    paired = {name: marker for pair in skeleton.symmetries for name, marker in zip(pair, (LEFT, RIGHT), strict=True)}
    return {name: paired.get(name, MIDDLE) for name in skeleton.keypoints}


def _groups(skeleton: Skeleton) -> list[tuple[str, tuple[str, ...], str]]:
    """Return name, keypoints and color of each body region and of the rest; of each side where there are no regions."""
    side = _sides(skeleton)
    if not skeleton.regions:
        members = [(SIDES[marker], tuple(name for name in side if side[name] == marker)) for marker in SIDES]
    else:
        members = [(region.name, region.keypoints) for region in skeleton.regions]
    placed = {name for _, names in members for name in names}
    rest = tuple(name for name in skeleton.keypoints if name not in placed)
    colored = [(*member, REGION_COLORS[place % len(REGION_COLORS)]) for place, member in enumerate(members)]
    return [group for group in [*colored, ("other", rest, NO_REGION_COLOR)] if group[1]]


def _group_entries(skeleton: Skeleton) -> list[Line2D]:
    styles = {style.name: style for style in keypoint_styles(skeleton)}
    entries = []
    for group, names, color in _groups(skeleton):
        entries.append(entry("s", f"{group}:", color=color))
        entries += [entry(styles[name].marker, f"{styles[name].label}  {name}", color=color) for name in names]
    return entries
