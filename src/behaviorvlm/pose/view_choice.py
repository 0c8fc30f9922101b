"""Which views to ask about: one question may hold several doubts, so those views come first that show most of them.

What is expected of a question is how many wrong names it may right: for each keypoint it asks about the chance that the
better guess about its name is wrong. What is being asked about is worth nothing until the answer is known; and because
an answer also tells of the timepoints around it, as long as the keypoint is tracked from one to the next, these are
worth less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from behaviorvlm.types import BoolArray, FloatArray

DOUBTS_PER_QUESTION = 4
"""More at once nobody reads with care."""
LEAST_WORTH = 0.05
"""What a question must be expected to right, in names ..."""
LEAST_SHARE = 0.4
"""... and each of its doubts, as a share of it."""
ALIKE = 0.6
"""How much of what an answer says holds for each further timepoint along the keypoint's track ..."""
ALIKE_TIMEPOINTS = 3
"""... up to so many on either side."""


@dataclass(frozen=True)
class ChosenView:
    """A view to be asked about: `row` of the stretch, `camera`, and the keypoints in doubt there, most worth first."""

    row: int
    camera: int
    keypoints: tuple[int, ...]


@dataclass(eq=False)
class ViewChoice:
    """Chooses views one after the other; T timepoints, K keypoints, C cameras.

    Attributes:
        worth: (T, K) float64 the chance that the better guess about a name is wrong.
        legible: (T, K, C) float64 how well a view shows a keypoint's dot, in [0, 1]; 0 = not at all, or not again.
        linked: (T, K) bool the keypoint is tracked from the timepoint before.
    """

    worth: FloatArray
    legible: FloatArray
    linked: BoolArray
    _closed: BoolArray = field(init=False)
    _views: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.worth = self.worth.copy()
        self._closed = np.zeros((len(self.worth), self.legible.shape[2]), dtype=np.bool_)
        self._views = self._worth_of_views(slice(None))

    def join(self, row: int, camera: int, *, room: int) -> ChosenView:
        """Return what else a view that is asked about anyhow may be asked, at most `room` keypoints."""
        return self._take(row, camera, room)

    def best(self, most: int) -> Iterator[ChosenView]:
        """Yield the views most worth asking about, at most so many, as long as they are worth it."""
        for _ in range(most):
            row, camera = np.unravel_index(int(self._views.argmax()), self._views.shape)
            if self._views[row, camera] < LEAST_WORTH:
                return
            yield self._take(int(row), int(camera), DOUBTS_PER_QUESTION)

    def _take(self, row: int, camera: int, room: int) -> ChosenView:
        worth = self.worth[row] * self.legible[row, :, camera]
        order = np.argsort(-worth, kind="stable")[:room]
        keypoints = order[worth[order] >= LEAST_SHARE * LEAST_WORTH]
        self._closed[row, camera] = True
        self.worth[row, keypoints] = 0.0
        for other, alike in alike_around(self.linked, row):
            self.worth[other, keypoints] *= 1 - alike[keypoints]
        near = slice(max(row - ALIKE_TIMEPOINTS, 0), row + ALIKE_TIMEPOINTS + 1)
        self._views[near] = self._worth_of_views(near)
        return ChosenView(row, camera, tuple(keypoints.tolist()))

    def _worth_of_views(self, rows: slice) -> FloatArray:
        """Return what a question about each view is worth, (timepoint, camera); 0 where it was taken."""
        each = np.sort(self.worth[rows, :, None] * self.legible[rows], axis=1)[:, -DOUBTS_PER_QUESTION:]
        return np.where(self._closed[rows], 0.0, each.sum(axis=1))


def alike_around(linked: BoolArray, row: int) -> Iterator[tuple[int, FloatArray]]:
    """Yield the timepoints around `row`, each with how far what holds at `row` holds there, too.

    Args:
        linked: (timepoint, keypoint) bool, the keypoint is tracked from the timepoint before.
        row: The timepoint, which itself is left out.

    Yields:
        Timepoint and (keypoint,) float64 in [0, 1].
    """
    for way in (-1, 1):
        alike = np.ones(linked.shape[1])
        for step in range(1, ALIKE_TIMEPOINTS + 1):
            other = row + way * step
            if not 0 <= other < len(linked):
                break
            alike = alike * ALIKE * linked[max(other, other - way)]
            yield other, alike
