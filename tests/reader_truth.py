"""What a simulated reader knows and a lab does not: where every keypoint is, and whether its dot shows."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SAME_DOT_PX = 3.0
"""A dot no farther than this from a keypoint's true place in the view is its dot, if it shines at all ..."""
FAINTEST = 0.2
"""... which is a likelihood of the truth's files of at least so much; a dot of 0.5 or more is seen by most."""
SEEN = 0.5

Point = tuple[float, float]


@dataclass(frozen=True)
class TrueView:
    """Keypoint to its place in px of the view, and to the likelihood that its dot is seen."""

    places: Mapping[str, Point]
    likelihood: Mapping[str, float]

    def numbers(self, dots: Mapping[int, Point]) -> dict[str, int]:
        """Return the number of each keypoint's dot among `dots`, -1 = it is not among them; each dot once."""
        found = dict.fromkeys(self.places, -1)
        gaps = sorted(
            (math.dist(place, at), keypoint, number)
            for keypoint, place in self.places.items()
            if self.likelihood[keypoint] >= FAINTEST
            for number, at in dots.items()
        )
        for gap, keypoint, number in gaps:
            if gap <= SAME_DOT_PX and found[keypoint] < 0 and number not in found.values():
                found[keypoint] = number
        return found

    def seen(self, keypoint: str) -> bool:
        return self.likelihood[keypoint] >= SEEN


@dataclass(frozen=True)
class Truth:
    """The truth of a session: (camera, timepoint) to what is to be seen there."""

    views: Mapping[tuple[str, int], TrueView]

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """Read ``points2d_<camera>.csv`` of a session's folder of truth."""
        views = {}
        for path in sorted(folder.glob("points2d_*.csv")):
            camera = path.stem.removeprefix("points2d_")
            with path.open(newline="") as stream:
                _, names, _, *rows = csv.reader(stream)
            for timepoint, *numbers in rows:
                values = [float(number or "nan") for number in numbers]
                columns = [(names[1 + place], values[place : place + 3]) for place in range(0, len(values), 3)]
                places = {name: (x, y) for name, (x, y, _) in columns}
                views[camera, int(timepoint)] = TrueView(places, {name: chance for name, (*_, chance) in columns})
        if not views:
            raise FileNotFoundError(f"no points2d_<camera>.csv in {folder}")
        return cls(views)
