"""How animals lie and move with respect to each other, for all ordered pairs of a recording at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from behaviorvlm.behavior.trunk import FOREMOST
from behaviorvlm.types import BoolArray, ComplexArray, FloatArray, Role


@dataclass(frozen=True, eq=False)
class Bodies:
    """Animals reduced to middle, heading and motion; NaN = cannot be said.

    What it returns is from the first to the second, and NaN from an animal to itself.

    Attributes:
        center: (timepoint, individual) complex128 px.
        heading_rad: (timepoint, individual) float64, 0 = +x, towards +y.
        velocity: (timepoint, individual) complex128 lengths per second.
        length_px: (individual,) float64.
    """

    center: ComplexArray
    heading_rad: FloatArray
    velocity: ComplexArray
    length_px: FloatArray

    def distance(self) -> FloatArray:
        """Return (timepoint, individual, individual) distances between middles, in lengths of the first."""
        return self._in_lengths(self._between())

    def bearing(self) -> FloatArray:
        """Return (timepoint, individual, individual) directions of the second, degrees in [-180, 180], 0 = ahead."""
        ahead = np.exp(-1j * self.heading_rad)[:, :, None]
        return np.degrees(np.where(self._apart(), np.angle(self._between() * ahead), np.nan))

    def closing(self) -> FloatArray:
        """Return (timepoint, individual, individual) how fast the first shortens it, lengths per second."""
        between = self._between()
        distance = np.abs(between)
        towards = between * (1 / np.where(distance > 0, distance, np.nan))
        return (self.velocity[:, :, None] * towards.conj()).real

    def gap(self, points: ComplexArray) -> FloatArray:
        """Return (timepoint, individual, individual) smallest distances of two bodies' points, in lengths of the first.

        Args:
            points: (timepoint, individual, keypoint) complex128 px.
        """
        pairs = combinations(range(points.shape[1]), 2)
        nearest = [smallest_distance(points[:, first], points[:, second]) for first, second in pairs]
        return self.gap_of(np.stack(nearest, axis=1) if nearest else np.empty((len(points), 0)))

    def gap_of(self, nearest_px: FloatArray) -> FloatArray:
        """Return what `gap` does, from (timepoint, pair) distances of each two animals, `combinations` in order."""
        number = len(self.length_px)
        smallest = np.full((len(nearest_px), number, number), np.nan)
        for pair, (first, second) in enumerate(combinations(range(number), 2)):
            smallest[:, first, second] = smallest[:, second, first] = nearest_px[:, pair]
        return self._in_lengths(smallest)

    def reach(self, parts: Mapping[Role, ComplexArray]) -> dict[Role, FloatArray]:
        """Return, for each part, how far the first's foremost head point is from that part of the second, in lengths.

        Args:
            parts: Role to (timepoint, individual) complex128 px. Without any of the head nothing can be said: {}.
        """
        front = next((parts[role] for role in FOREMOST if role in parts), None)
        if front is None:
            return {}
        return {role: self._in_lengths(part[:, None, :] - front[:, :, None]) for role, part in parts.items()}

    def _apart(self) -> BoolArray:
        return ~np.eye(len(self.length_px), dtype=bool)

    def _between(self) -> ComplexArray:
        return np.where(self._apart(), self.center[:, None, :] - self.center[:, :, None], np.nan)

    def _in_lengths(self, between_px: ComplexArray) -> FloatArray:
        return np.where(self._apart(), np.abs(between_px) / self.length_px[:, None], np.nan)


def smallest_distance(first: ComplexArray, second: ComplexArray) -> FloatArray:
    """Return (timepoint,) smallest px between any of two (timepoint, keypoint) sets; missing points are passed over."""
    smallest = np.full(len(first), np.nan)
    for mine in range(first.shape[1]):
        for theirs in range(second.shape[1]):
            smallest = np.fmin(smallest, np.abs(first[:, mine] - second[:, theirs]))
    return smallest
