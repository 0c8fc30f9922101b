"""How much a row belongs to each cluster: Student's t around the centroids, and the target that sharpens it.

After Xie, Girshick and Farhadi, "Unsupervised Deep Embedding for Clustering Analysis", ICML 2016, equations 1 to 5,
with one degree of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.types import Float32Array

TINY = np.float32(1e-12)


@dataclass(frozen=True, eq=False)
class Pull:
    """What one batch of rows wants of the embedding and of the centroids.

    Attributes:
        assigned: (row, cluster) float32 soft assignment.
        divergence: Sum over the rows of KL(target || assigned), in nats.
        embedded: (row, dimension) float32 slope of that sum in the embedded rows.
        centroids: (cluster, dimension) float32 slope of that sum in the centroids.
    """

    assigned: Float32Array
    divergence: float
    embedded: Float32Array
    centroids: Float32Array


def soft_assignment(embedded: Float32Array, centroids: Float32Array) -> Float32Array:
    """Return how much each row belongs to each cluster, (row, cluster) float32, 1 in sum over the clusters.

    Args:
        embedded: (row, dimension) float32.
        centroids: (cluster, dimension) float32.
    """
    return _normalized(_closeness(embedded, centroids))


def target_distribution(assigned: Float32Array, frequencies: Float32Array) -> Float32Array:
    """Return what the assignment should become, (row, cluster) float32: squared, evened out over clusters, normalized.

    Args:
        assigned: (row, cluster) float32 soft assignment.
        frequencies: (cluster,) float32 mean or sum of the soft assignment over all rows; its scale does not matter.
    """
    return _normalized(np.asarray(assigned * assigned / np.maximum(frequencies, TINY), np.float32))


def pull(embedded: Float32Array, centroids: Float32Array, frequencies: Float32Array) -> Pull:
    """Return how far rows are from their target, and which way is down; the target itself is held still.

    Args:
        embedded: (row, dimension) float32.
        centroids: (cluster, dimension) float32.
        frequencies: (cluster,) float32 mean or sum of the soft assignment over all rows.
    """
    near = _closeness(embedded, centroids)
    assigned = _normalized(near)
    target = target_distribution(assigned, frequencies)
    force = 2 * near * (target - assigned)
    ratio = np.log(np.maximum(target, TINY) / np.maximum(assigned, TINY))
    return Pull(
        assigned=assigned,
        divergence=float((target * ratio).sum(dtype=np.float64)),
        embedded=embedded * force.sum(axis=1, keepdims=True) - force @ centroids,
        centroids=centroids * force.sum(axis=0)[:, None] - force.T @ embedded,
    )


def _closeness(embedded: Float32Array, centroids: Float32Array) -> Float32Array:
    """Return 1 / (1 + squared distance), (row, cluster) float32."""
    squared = embedded @ (-2 * centroids.T)
    squared += np.einsum("ij,ij->i", embedded, embedded)[:, None]
    squared += 1 + np.einsum("ij,ij->i", centroids, centroids)
    return np.asarray(1 / np.maximum(squared, 1), np.float32)


def _normalized(weights: Float32Array) -> Float32Array:
    return np.asarray(weights / np.maximum(weights.sum(axis=1, keepdims=True), TINY), np.float32)
