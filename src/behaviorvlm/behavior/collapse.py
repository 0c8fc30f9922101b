"""Clusters that are clusters in name only: without rows, or lying on another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from behaviorvlm.behavior.k_means import squared_distances
from behaviorvlm.types import Float32Array

TOGETHER = 0.1
"""Centroids nearer than this share of the median distance of two centroids lie on one another."""


def empty_clusters(sizes: Mapping[str, Sequence[int]], *, shared: bool) -> tuple[tuple[str, int], ...]:
    """Return (animal, cluster) of the clusters without rows; shared ones are empty if no animal has rows in them."""
    counted = (
        {"": np.sum(list(sizes.values()), axis=0)} if shared else {name: np.array(own) for name, own in sizes.items()}
    )
    return tuple((name, int(place)) for name, own in counted.items() for place in np.flatnonzero(own == 0))


def collapsed_clusters(centroids: Float32Array, animals: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Return (animal, cluster) of the clusters that lie on one with a smaller number.

    Args:
        centroids: (table, cluster, dimension) float32.
        animals: Name of each table; "" where all animals share one.
    """
    return tuple((name, place) for name, table in zip(animals, centroids, strict=True) for place in _doubles(table))


def _doubles(centroids: Float32Array) -> list[int]:
    distances = np.sqrt(squared_distances(centroids, centroids))
    typical = float(np.median(distances[np.triu_indices(len(centroids), 1)]))
    near = np.tril(distances <= TOGETHER * typical, -1)
    return [int(place) for place in np.flatnonzero(near.any(axis=1))]
