"""One scale for the features of all recordings of a run, fitted once and kept with the run.

Files scaled one by one would give the same posture other numbers in another file; scaled over all, a fitted model
gives new recordings the same clusters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from behaviorvlm.behavior.feature_signals import FeatureColumn
from behaviorvlm.errors import InputError, ShapeError
from behaviorvlm.types import Float32Array, FloatArray

Spread = Literal["quartiles", "deviation"]
Shared = Literal["feature", "unit"]

NORMAL_QUARTILES = 1.349
"""Quartiles of a normal distribution are this many standard deviations apart."""
LARGEST = 5.0
"""Scaled values are cut off here: one lost point must not outweigh an hour."""
SAMPLED_ROWS = 100_000
"""Rows that center and spread are taken from."""


@dataclass(frozen=True, eq=False)
class FeatureScaling:
    """How features become numbers of like weight.

    Attributes:
        names: (feature,) names of the columns, in order.
        center: (feature,) float64 what becomes 0.
        factor: (feature,) float64 by which it is multiplied after; 0 = the feature never changes, or is never seen.
        weight: (feature,) float64 by which it is multiplied after values are cut off at `LARGEST`: blocks weigh alike.
    """

    names: tuple[str, ...]
    center: FloatArray
    factor: FloatArray
    weight: FloatArray

    def apply(self, features: Float32Array) -> Float32Array:
        """Return (..., feature) float32 scaled features, missing = 0, that is the usual value.

        Raises:
            ShapeError: If there are other features than those it was fitted on.
        """
        if features.shape[-1] != len(self.names):
            raise ShapeError(
                "these are not the features that the scaling was fitted on",
                expected=f"{len(self.names)} features",
                actual=f"{features.shape[-1]}",
            )
        scaled = (features - self.center.astype(np.float32)) * self.factor.astype(np.float32)
        np.clip(scaled, -LARGEST, LARGEST, out=scaled)
        scaled *= self.weight.astype(np.float32)
        return np.nan_to_num(scaled, copy=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it as what JSON can hold, exactly."""
        return {"names": list(self.names)} | {name: getattr(self, name).tolist() for name in _NUMBERS}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> FeatureScaling:
        """Return what `to_dict` gave."""
        return cls(tuple(stored["names"]), *(np.array(stored[name], np.float64) for name in _NUMBERS))


_NUMBERS = ("center", "factor", "weight")


def fit_scaling(
    blocks: Iterable[Float32Array],
    columns: Sequence[FeatureColumn],
    *,
    spread: Spread = "quartiles",
    shared: Shared = "unit",
    seed: int = 0,
) -> FeatureScaling:
    """Return the scaling of all recordings together, in one pass over them.

    Center and spread come from a sample of rows drawn evenly over everything. Then each block (pose, motion, social,
    visual) is weighted so that its features together vary as much as those of any other block, and all of them
    together as much as one would per feature.

    Args:
        blocks: (..., feature) float32 features, NaN = missing, of one piece of a recording after the other.
        columns: What the features are.
        spread: Median and quartiles, which lost points leave alone, or mean and standard deviation.
        shared: Whether those features of one block and unit share a spread, so that what varies little counts little,
            or each has its own.
        seed: Of the sample.

    Raises:
        InputError: If there is nothing to fit on.
    """
    sample = _sample(blocks, len(columns), np.random.default_rng(seed))
    if not len(sample):
        raise InputError("no features to scale", expected="at least one frame of one animal")
    center, size = _center_and_spread(sample, spread)
    told = size > 0
    if shared == "unit":
        size = _shared_spread(size, columns)
    factor = np.where(told, 1 / np.where(told, size, 1), 0.0)
    plain = FeatureScaling(tuple(column.name for column in columns), center, factor, np.ones(len(columns)))
    return FeatureScaling(plain.names, center, factor, _block_weights(plain.apply(sample), columns))


def _sample(blocks: Iterable[Float32Array], n_features: int, rng: np.random.Generator) -> Float32Array:
    """Return rows drawn without replacement, each as likely as any other: those with the smallest random keys."""
    rows, keys = np.empty((0, n_features), np.float32), np.empty(0)
    for block in blocks:
        flat = block.reshape(-1, n_features)
        drawn = rng.random(len(flat))
        limit = keys.max() if len(keys) == SAMPLED_ROWS else 1.0
        near = drawn < limit
        rows, keys = np.concatenate([rows, flat[near]]), np.concatenate([keys, drawn[near]])
        if len(keys) > SAMPLED_ROWS:
            kept = np.argpartition(keys, SAMPLED_ROWS)[:SAMPLED_ROWS]
            rows, keys = rows[kept], keys[kept]
    return rows


def _center_and_spread(sample: Float32Array, spread: Spread) -> tuple[FloatArray, FloatArray]:
    """Return (feature,) center and spread; 0 where a feature is never seen.

    Quartiles that coincide (a share that is mostly 0) say nothing of the rest: the standard deviation stands in.
    """
    center, size = np.zeros(sample.shape[1]), np.zeros(sample.shape[1])
    for number, values in enumerate(sample.T.astype(np.float64)):
        seen = values[~np.isnan(values)]
        if not len(seen):
            continue
        low, middle, high = np.percentile(seen, [25, 50, 75]) if spread == "quartiles" else (0.0, seen.mean(), 0.0)
        deviation = seen.std()
        certain = deviation > np.finfo(np.float32).eps * max(1.0, np.abs(seen).max())
        center[number] = middle
        size[number] = ((high - low) / NORMAL_QUARTILES or deviation) if certain else 0.0
    return center, size


def _shared_spread(size: FloatArray, columns: Sequence[FeatureColumn]) -> FloatArray:
    """Return the root mean square spread of the features of the same block and unit."""
    shared = size.copy()
    kinds = [(column.block, column.unit) for column in columns]
    for kind in set(kinds):
        same = np.array([other == kind for other in kinds]) & (size > 0)
        shared[same] = np.sqrt(np.mean(size[same] ** 2)) if same.any() else 0.0
    return shared


def _block_weights(scaled: Float32Array, columns: Sequence[FeatureColumn]) -> FloatArray:
    """Return (feature,) factors that give every block that varies the same share of the variance."""
    blocks = np.array([column.block for column in columns])
    variance = scaled.astype(np.float64).var(axis=0)
    weight = np.ones(len(columns))
    varying = [block for block in dict.fromkeys(blocks.tolist()) if variance[blocks == block].sum() > 0]
    total = (variance > 0).sum()
    for block in varying:
        weight[blocks == block] = np.sqrt(total / len(varying) / variance[blocks == block].sum())
    return weight
