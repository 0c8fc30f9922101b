"""Clusters against labels: by hand, and beside scikit-learn; maps fitted elsewhere; the ceiling of naming."""

from __future__ import annotations

import numpy as np
import pytest
from unit.evaluate.random_labels import doubted, random_bouts

from behaviorvlm.errors import ShapeError
from behaviorvlm.evaluate.clustering_agreement import (
    clustering_agreement,
    contingency_table,
    many_to_one,
    maps_from_others,
    score_contingency,
)
from behaviorvlm.evaluate.frame_agreement import frame_agreement
from behaviorvlm.evaluate.naming_ceiling import perfect_names, pieces_of_all


def test_a_case_worked_by_hand() -> None:
    truth, clusters = np.array([0, 0, 1, 1, -1]), np.array([3, 3, 3, 5, 5])
    scores = clustering_agreement(truth, clusters)
    # labels 2 2: ln 2; clusters 3 1; within cluster 3 two of three, within 5 none unsure
    within = 3 / 4 * -(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3))
    shared, cluster_entropy = np.log(2) - within, -(3 / 4 * np.log(3 / 4) + 1 / 4 * np.log(1 / 4))
    assert scores.n_clusters == 2
    assert scores.nmi == scores.v_measure == pytest.approx(2 * shared / (np.log(2) + cluster_entropy))
    assert scores.homogeneity == pytest.approx(shared / np.log(2))
    assert scores.completeness == pytest.approx(shared / cluster_entropy)
    # pairs together in both 1, in labels 2, in clusters 3, of 6: chance 1
    assert scores.ari == 0
    assert scores.purity == pytest.approx(3 / 4)


@pytest.mark.parametrize("seed", range(5))
def test_scikit_learn_says_the_same(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    truth = random_bouts(seed)
    clusters = doubted(truth, seed + 20) * 3 + random_bouts(seed + 40, n_names=3)
    scores = clustering_agreement(truth, clusters)
    assert scores.nmi == pytest.approx(metrics.normalized_mutual_info_score(truth, clusters))
    assert scores.ari == pytest.approx(metrics.adjusted_rand_score(truth, clusters))
    for ours, theirs in zip(
        (scores.homogeneity, scores.completeness, scores.v_measure),
        metrics.homogeneity_completeness_v_measure(truth, clusters),
        strict=True,
    ):
        assert ours == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("truth", "clusters", "nmi", "ari"),
    [([0, 0], [4, 4], 1, 1), ([0, 1], [0, 0], 0, 0), ([0, 0], [0, 1], 0, 0), ([0, 1, 2], [2, 1, 0], 1, 1)],
)
def test_edges_as_scikit_learn_has_them(truth: list[int], clusters: list[int], nmi: float, ari: float) -> None:
    scores = clustering_agreement(np.array(truth), np.array(clusters))
    assert (scores.nmi, scores.ari) == pytest.approx((nmi, ari))
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    assert metrics.normalized_mutual_info_score(truth, clusters) == pytest.approx(nmi)
    assert metrics.adjusted_rand_score(truth, clusters) == pytest.approx(ari)


def test_without_frames_there_is_no_score() -> None:
    scores = clustering_agreement(np.array([-1, -1]), np.array([0, 1]))
    assert scores.n_clusters == 0
    assert {scores.nmi, scores.ari, scores.v_measure, scores.purity} == {None}


def test_a_frame_in_no_cluster_is_refused() -> None:
    with pytest.raises(ShapeError, match="no label"):
        clustering_agreement(np.array([0, 1]), np.array([0, -1]))
    with pytest.raises(ShapeError, match="too high"):
        contingency_table(np.array([0, 1]), np.array([0, 9]), shape=(2, 9))


def test_a_map_is_fitted_on_the_other_recordings_only() -> None:
    tables = [np.array([[9, 0, 0], [0, 5, 0]]), np.array([[0, 2, 0], [4, 0, 0]]), np.array([[0, 0, 0], [1, 0, 0]])]
    assert many_to_one(tables[0]).tolist() == [0, 1, 0]  # cluster 2 has no frames: the commonest label
    assert [found.tolist() for found in maps_from_others(tables)] == [[1, 0, 1], [0, 1, 0], [0, 1, 0]]
    with pytest.raises(ShapeError, match="other recordings"):
        maps_from_others(tables[:1])


def test_purity_is_what_a_map_fitted_on_the_same_frames_would_reach() -> None:
    truth, clusters = random_bouts(0), random_bouts(1, n_names=8)
    table = contingency_table(truth, clusters, shape=(5, 8))
    named = many_to_one(table)[clusters]
    assert score_contingency(table).purity == frame_agreement(truth, named, names="abcde").accuracy


def test_the_ceiling_names_each_piece_as_most_of_its_frames() -> None:
    truth = np.array([0, 0, 1, 1, 1, -1, 2, -1])
    pieces = np.array([7, 7, 7, 4, 4, 4, 4, 9])
    assert perfect_names(truth, pieces).tolist() == [0, 0, 0, 1, 1, 1, 1, -1]
    assert perfect_names(truth, np.arange(8)).tolist() == truth.tolist()
    assert perfect_names(np.full(3, -1), np.zeros(3, dtype=np.int64)).tolist() == [-1, -1, -1]


def test_no_namer_of_the_same_pieces_agrees_on_more_frames() -> None:
    truth = random_bouts(3)
    pieces = pieces_of_all([random_bouts(4, n_names=50), random_bouts(5, n_names=50)])
    best = frame_agreement(truth, perfect_names(truth, pieces), names="abcde").accuracy
    rng = np.random.default_rng(0)
    for _ in range(50):
        named = rng.integers(0, 5, size=pieces.max() + 1)
        mixed = np.where(
            rng.random(len(named)) < 0.9, perfect_names(truth, pieces)[np.unique(pieces, return_index=True)[1]], named
        )
        assert frame_agreement(truth, mixed[pieces], names="abcde").accuracy <= best


def test_time_is_cut_where_any_animal_changes() -> None:
    assert pieces_of_all([np.array([5, 5, 6, 6, 6]), np.array([0, 0, 0, 0, 1])]).tolist() == [0, 0, 1, 1, 2]
