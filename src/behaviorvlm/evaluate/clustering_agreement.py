"""Unnamed clusters against a person's labels, and the map that would name them.

Everything follows from the table of labels by clusters, so recordings are added up before anything is divided. The
sources are named in ``docs/behavior_metrics.md``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.errors import ShapeError
from behaviorvlm.evaluate.label_runs import UNSCORED, masked_like
from behaviorvlm.types import FloatArray, IntArray


class ClusteringAgreement(BaseModel):
    """How much clusters say of labels; None without frames.

    Attributes:
        n_clusters: Clusters that frames are in.
        nmi: Mutual information over the mean of both entropies, in [0, 1].
        ari: Rand index beyond chance, 1 = the same partition.
        homogeneity: 1 - entropy of the labels within clusters over entropy of the labels.
        completeness: The same with labels and clusters exchanged.
        v_measure: Harmonic mean of both; by its definition equal to `nmi`, and here because both names are in use.
        purity: Share of frames that bear the commonest label of their cluster; grows with the number of clusters.
    """

    model_config = ConfigDict(frozen=True)

    n_clusters: int
    nmi: float | None
    ari: float | None
    homogeneity: float | None
    completeness: float | None
    v_measure: float | None
    purity: float | None


def clustering_agreement(truth: IntArray, clusters: IntArray) -> ClusteringAgreement:
    """Compare clusters with labels.

    Args:
        truth: (frame,) int64 codes of labels, -1 = does not count.
        clusters: (frame,) int64 numbers of clusters, from 0 on wherever the truth counts.

    Raises:
        ShapeError: If lengths differ, or a frame that counts is in no cluster.
    """
    n_labels, n_clusters = int(truth.max(initial=-1)) + 1, int(clusters.max(initial=-1)) + 1
    return score_contingency(contingency_table(truth, clusters, shape=(n_labels, n_clusters)))


def contingency_table(truth: IntArray, clusters: IntArray, *, shape: tuple[int, int]) -> IntArray:
    """Count the frames that count by label and cluster.

    Args:
        truth: (frame,) int64 codes of labels, -1 = does not count.
        clusters: (frame,) int64 numbers of clusters.
        shape: How many labels and clusters there are.

    Returns:
        (label, cluster) int64.

    Raises:
        ShapeError: If lengths differ, a frame that counts is in no cluster, or a number is too high.
    """
    said = masked_like(clusters, truth)
    counted = truth != UNSCORED
    highest = int(truth.max(initial=-1)), int(said.max(initial=-1))
    if highest[0] >= shape[0] or highest[1] >= shape[1]:
        raise ShapeError("a code is too high", expected=f"below {shape}", actual=str(highest))
    cells = np.bincount(truth[counted] * shape[1] + said[counted], minlength=shape[0] * shape[1])
    return np.asarray(cells.reshape(shape), dtype=np.int64)


def score_contingency(table: IntArray) -> ClusteringAgreement:
    """Score a (label, cluster) int64 table of frames, perhaps the sum over recordings."""
    n_clusters = int((table.sum(axis=0) > 0).sum())
    if not table.sum():
        nothing = dict.fromkeys(("nmi", "ari", "homogeneity", "completeness", "v_measure", "purity"))
        return ClusteringAgreement.model_validate({"n_clusters": 0, **nothing})
    shares = table / table.sum()
    label_entropy, cluster_entropy = _entropy(shares.sum(axis=1)), _entropy(shares.sum(axis=0))
    shared = max(label_entropy + cluster_entropy - _entropy(shares.ravel()), 0.0)
    mean_entropy = (label_entropy + cluster_entropy) / 2
    homogeneity = shared / label_entropy if label_entropy else 1.0
    completeness = shared / cluster_entropy if cluster_entropy else 1.0
    both = homogeneity + completeness
    return ClusteringAgreement(
        n_clusters=n_clusters,
        nmi=shared / mean_entropy if mean_entropy else 1.0,
        ari=adjusted_rand_index(table),
        homogeneity=homogeneity,
        completeness=completeness,
        v_measure=2 * homogeneity * completeness / both if both else 0.0,
        purity=float(table.max(axis=0).sum() / table.sum()),
    )


def adjusted_rand_index(table: IntArray) -> float:
    """Return how far pairs of frames agree on being together, chance taken off, of a (label, cluster) int64 table.

    Source: Hubert and Arabie 1985, "Comparing partitions".
    """
    pairs = float(_pairs(table).sum())
    by_label, by_cluster = float(_pairs(table.sum(axis=1)).sum()), float(_pairs(table.sum(axis=0)).sum())
    all_pairs = float(_pairs(np.asarray(table.sum())))
    chance = by_label * by_cluster / all_pairs if all_pairs else 0.0
    best = (by_label + by_cluster) / 2
    return (pairs - chance) / (best - chance) if best != chance else 1.0


def many_to_one(table: IntArray) -> IntArray:
    """Return which label each cluster stands for: the one most of its frames bear.

    A cluster without frames stands for the commonest label of all. Fit it on other recordings than those it is
    applied to; on the same, it flatters the more the more clusters there are.

    Args:
        table: (label, cluster) int64 numbers of frames.

    Returns:
        (cluster,) int64 codes of labels.
    """
    commonest = int(np.argmax(table.sum(axis=1)))
    return np.where(table.sum(axis=0) > 0, np.argmax(table, axis=0), commonest)


def maps_from_others(tables: Sequence[IntArray]) -> list[IntArray]:
    """Return for each recording the map fitted on all the others together.

    Args:
        tables: (label, cluster) int64 of each recording; two or more.

    Returns:
        (cluster,) int64 codes of labels for each.

    Raises:
        ShapeError: If there are no others to fit on.
    """
    if len(tables) < 2:
        raise ShapeError("a map needs other recordings", expected="two or more", actual=str(len(tables)))
    total = np.sum(tables, axis=0)
    return [many_to_one(total - table) for table in tables]


def _entropy(shares: FloatArray) -> float:
    """Return the entropy of (outcome,) shares that add up to 1, in nats."""
    known = shares[shares > 0]
    return float(-(known * np.log(known)).sum()) if len(known) > 1 else 0.0


def _pairs(counts: IntArray) -> FloatArray:
    numbers = counts.astype(np.float64)
    return np.asarray(numbers * (numbers - 1) / 2)
