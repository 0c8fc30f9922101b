"""k-means: where the clusters of an embedding begin. Arthur and Vassilvitskii 2007 for the seeds, then Lloyd."""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import Float32Array, FloatArray, IntArray

RESTARTS = 4
ITERATIONS = 100
TRIALS = 4
"""Candidates for each new seed, of which the best is taken."""


def k_means(rows: Float32Array, clusters: int, *, rng: np.random.Generator) -> Float32Array:
    """Return (cluster, dimension) float32 centroids, the best of `RESTARTS` runs.

    Where there are fewer different rows than clusters, some centroids lie on one another; without rows all are 0.

    Args:
        rows: (row, dimension) float32.
        clusters: How many.
        rng: Where chance comes from.
    """
    if not len(rows):
        return np.zeros((clusters, rows.shape[1]), np.float32)
    runs = [_lloyd(rows, _seeds(rows, clusters, rng)) for _ in range(RESTARTS)]
    return min(runs, key=lambda run: run[1])[0]


def squared_distances(rows: Float32Array, centroids: Float32Array) -> Float32Array:
    """Return (row, cluster) float32 squared distances of (row, dimension) to (cluster, dimension)."""
    squared = rows @ (-2 * centroids.T)
    squared += np.einsum("ij,ij->i", rows, rows)[:, None]
    squared += np.einsum("ij,ij->i", centroids, centroids)
    return np.asarray(np.maximum(squared, 0), np.float32)


def draw_far(distances: Float32Array, rng: np.random.Generator, *, count: int = 1) -> IntArray:
    """Return (count,) rows drawn with chances like their squared distance, (row,) float32; evenly if all are 0."""
    cumulative = np.cumsum(distances, dtype=np.float64)
    if cumulative[-1] <= 0:
        return rng.integers(len(distances), size=count)
    drawn = np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right")
    return np.asarray(np.minimum(drawn, len(distances) - 1), np.int64)


def _seeds(rows: Float32Array, clusters: int, rng: np.random.Generator) -> Float32Array:
    chosen = [rows[rng.integers(len(rows))]]
    nearest = squared_distances(rows, np.stack(chosen))[:, 0]
    for _ in range(clusters - 1):
        tried = rows[draw_far(nearest, rng, count=TRIALS)]
        left = np.minimum(nearest[:, None], squared_distances(rows, tried))
        best = int(left.sum(axis=0, dtype=np.float64).argmin())
        chosen.append(tried[best])
        nearest = left[:, best]
    return np.stack(chosen)


def _lloyd(rows: Float32Array, centroids: Float32Array) -> tuple[Float32Array, float]:
    """Return the settled centroids and the sum of squared distances to them; a cluster without rows stays."""
    labels: IntArray = np.full(len(rows), -1)
    distances = squared_distances(rows, centroids)
    for _ in range(ITERATIONS):
        before, labels = labels, distances.argmin(axis=1)
        if np.array_equal(before, labels):
            break
        sums, counts = _sums(rows, labels, len(centroids))
        filled = counts > 0
        centroids = centroids.copy()
        centroids[filled] = sums[filled] / counts[filled, None]
        distances = squared_distances(rows, centroids)
    return centroids, float(distances.min(axis=1).sum(dtype=np.float64))


def _sums(rows: Float32Array, labels: IntArray, clusters: int) -> tuple[FloatArray, IntArray]:
    sums = np.stack([np.bincount(labels, column, clusters) for column in rows.T], axis=1).astype(np.float64)
    return sums, np.bincount(labels, minlength=clusters).astype(np.int64)
