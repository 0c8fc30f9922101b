"""Hundreds of visual features to a few: principal components, fitted over all recordings of a run in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import InputError, ShapeError
from behaviorvlm.types import AnyArray, Float32Array, FloatArray

MOST_COMPONENTS = 16
VARIANCE = 0.95
"""Components are taken until they hold this share of the variance, or there are `MOST_COMPONENTS`."""


@dataclass(frozen=True, eq=False)
class VisualReduction:
    """What the features of an encoder are reduced to.

    Attributes:
        center: (feature,) float64 their mean.
        components: (feature, component) float64 orthogonal unit directions, that of the largest variance first.
        share: Share of the variance that they hold.
    """

    center: FloatArray
    components: FloatArray
    share: float

    def apply(self, features: Float32Array) -> Float32Array:
        """Return (..., component) float32 of (..., feature) float32; a row with a missing one is missing whole.

        Raises:
            ShapeError: If there are other features than those it was fitted on.
        """
        if features.shape[-1] != len(self.center):
            raise ShapeError(
                "these are not the visual features that the reduction was fitted on",
                expected=f"{len(self.center)} features",
                actual=f"{features.shape[-1]}",
                remedy="use the same encoder",
            )
        return np.asarray((features - self.center) @ self.components, np.float32)

    def arrays(self) -> dict[str, AnyArray]:
        """Return it as named arrays of any shape, for whoever stores it."""
        return {"center": self.center, "components": self.components, "share": np.array(self.share)}

    @classmethod
    def from_arrays(cls, stored: Mapping[str, AnyArray]) -> VisualReduction:
        """Return what `arrays` gave, arrays of any shape by name."""
        center, components = (np.asarray(stored[name], np.float64) for name in ("center", "components"))
        return cls(center, components, float(stored["share"].item()))


def fit_reduction(blocks: Iterable[Float32Array], *, most: int = MOST_COMPONENTS) -> VisualReduction:
    """Return the principal components of all rows of all blocks; which way they point is settled, too.

    Args:
        blocks: (..., feature) float32, NaN = missing: one piece of a recording after the other.
        most: Components at most.

    Raises:
        InputError: If there is no row without missing features.
    """
    count, first, total, products = 0, None, np.zeros(0), np.zeros((0, 0))
    for block in blocks:
        rows = block.reshape(-1, block.shape[-1]).astype(np.float64)
        rows = rows[np.isfinite(rows).all(axis=1)]
        if not len(rows):
            continue
        if first is None:  # numbers near 0 lose fewest digits
            first = rows.mean(axis=0)
            total, products = np.zeros(len(first)), np.zeros((len(first), len(first)))
        rows = rows - first
        count, total = count + len(rows), total + rows.sum(axis=0)
        products += rows.T @ rows
    if first is None:
        raise InputError(
            "there are no visual features to reduce",
            expected="at least one frame in which the place of an animal is known",
            remedy="look whether the tracks belong to the video",
        )
    mean = total / count
    return _components(first + mean, products / count - np.outer(mean, mean), most)


def _components(center: FloatArray, covariance: FloatArray, most: int) -> VisualReduction:
    from scipy.linalg import eigh

    size = len(center)
    variance, directions = eigh(covariance, subset_by_index=(max(0, size - most), size - 1))
    variance, directions = np.maximum(variance[::-1], 0), directions[:, ::-1]
    whole = float(np.trace(covariance))
    held = np.cumsum(variance) / whole if whole > 0 else np.ones(len(variance))
    kept = slice(0, int(np.searchsorted(held, VARIANCE)) + 1)  # all of them, where all together hold less
    directions, share = directions[:, kept], float(held[kept][-1])
    largest = np.abs(directions).argmax(axis=0)
    signs = np.where(directions[largest, np.arange(directions.shape[1])] < 0, -1.0, 1.0)
    return VisualReduction(center, directions * signs, share)
