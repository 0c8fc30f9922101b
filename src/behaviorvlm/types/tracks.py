"""Tracks: named 2D points of one or several animals over a whole recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import InputError
from behaviorvlm.types.arrays import BoolArray, FloatArray, all_finite, frozen_floats
from behaviorvlm.types.card import Card, Shown, named


@dataclass(frozen=True, eq=False, repr=False)
class Tracks(Shown):
    """Named points of all animals in one view.

    Attributes:
        individuals: Names, the individual axis; each once.
        keypoints: Names, the keypoint axis; each once.
        points_px: (timepoint, individual, keypoint, 2) float64 px of the raw picture, NaN = missing.
        confidence: (timepoint, individual, keypoint) float64 of whoever tracked; NaN where none was stated.
        times_s: (timepoint,) float64 seconds from the start of the recording, rising.
    """

    individuals: tuple[str, ...]
    keypoints: tuple[str, ...]
    points_px: FloatArray
    confidence: FloatArray
    times_s: FloatArray

    def __post_init__(self) -> None:
        times = frozen_floats(self.times_s, (None,), name="times_s")
        object.__setattr__(self, "times_s", times)
        shape = (len(times), len(self.individuals), len(self.keypoints))
        object.__setattr__(self, "points_px", frozen_floats(self.points_px, (*shape, 2), name="points_px"))
        object.__setattr__(self, "confidence", frozen_floats(self.confidence, shape, name="confidence"))
        _refuse_repeated(self.individuals, "individuals")
        _refuse_repeated(self.keypoints, "keypoints")

    @property
    def present(self) -> BoolArray:
        """Which points have a place, (timepoint, individual, keypoint) bool."""
        return all_finite(self.points_px)

    def card(self) -> Card:
        """Return what is shown of it."""
        present, times_s = self.present, self.times_s
        ends = f" from {times_s[0]:.1f} to {times_s[-1]:.1f} s" if len(times_s) else ""
        facts = [
            ("individuals", named(self.individuals)),
            ("keypoints", named(self.keypoints)),
            ("timepoints", f"{len(times_s)}{ends}"),
            ("points with a place", f"{present.mean():.1%}" if present.size else "none"),
        ]
        return Card(f"Tracks of {len(self.individuals)} animal{'s' * (len(self.individuals) != 1)}", tuple(facts))

    @property
    def visible(self) -> BoolArray:
        """Which animals have any point, (timepoint, individual) bool."""
        return np.asarray(self.present.any(axis=-1))

    def part(self, start: int, stop: int) -> Tracks:
        """Return the frames from `start` to `stop` (excluded), fewer where there are no more; nothing is copied."""
        frames = slice(start, stop)
        return Tracks(
            self.individuals, self.keypoints, self.points_px[frames], self.confidence[frames], self.times_s[frames]
        )


def _refuse_repeated(names: tuple[str, ...], what: str) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(
            f"{what} have the same name",
            expected="each name once",
            actual=", ".join(repeated),
            remedy="rename them in the file of tracks",
        )
