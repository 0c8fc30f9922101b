"""The decoder finds the best segments there are, checked against all there are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.behavior.segment_decoding import LEAST_LOG_PROBABILITY, change_strength, decode_segments

UNBOUNDED = 10**6


def all_divisions(n_frames: int, shortest: int) -> Iterator[list[int]]:
    """Yield the starts of every division into pieces of at least `shortest`."""
    yield [0]
    for cut in range(shortest, n_frames - shortest + 1):
        for rest in all_divisions(n_frames - cut, shortest):
            yield [0, *(cut + start for start in rest)]


def score(log_probability: np.ndarray, starts: list[int], cost: float) -> float:
    """Return the best sum of a division, each piece of the cluster that suits it."""
    pieces = np.split(log_probability, starts[1:])
    return sum(piece.sum(axis=0).max() for piece in pieces) - cost * (len(starts) - 1)


@given(st.integers(0, 10**6), st.integers(1, 11), st.integers(1, 4), st.sampled_from([0.1, 1.0, 3.0]))
def test_no_division_is_better(seed: int, n_frames: int, shortest: int, cost: float) -> None:
    rows = np.log(np.random.default_rng(seed).dirichlet([0.5, 0.5, 0.5], n_frames))
    rows = np.maximum(rows, LEAST_LOG_PROBABILITY)
    starts, clusters = decode_segments(rows, min_frames=shortest, max_frames=UNBOUNDED, switch_cost=cost)
    stops = [*starts[1:], n_frames]
    found = sum(rows[a:b, k].sum() for a, b, k in zip(starts, stops, clusters, strict=True)) - cost * (len(starts) - 1)
    best = max(score(rows, division, cost) for division in all_divisions(n_frames, shortest))
    np.testing.assert_allclose(found, best)
    assert all(b - a >= shortest for a, b in zip(starts, stops, strict=True)) or len(starts) == 1


def rows_of(clusters: np.ndarray, sure: float = 0.8, n_clusters: int = 3) -> np.ndarray:
    """Return log probabilities of frames whose clusters are almost known."""
    rows = np.full((len(clusters), n_clusters), (1 - sure) / (n_clusters - 1))
    rows[np.arange(len(clusters)), clusters] = sure
    return np.log(rows)


def test_boundaries_are_where_the_frames_change_and_flicker_is_passed_over() -> None:
    truth = np.repeat([0, 2, 1], [43, 20, 37])
    seen = truth.copy()
    seen[[10, 30, 50, 80]] = [1, 2, 0, 0]
    starts, clusters = decode_segments(rows_of(seen), min_frames=5, max_frames=UNBOUNDED)
    assert starts.tolist() == [0, 43, 63]
    assert clusters.tolist() == [0, 2, 1]


def test_segments_of_a_single_frame_are_possible() -> None:
    truth = np.array([0, 0, 1, 0, 0, 2])
    starts, clusters = decode_segments(rows_of(truth, 0.999), min_frames=1, max_frames=UNBOUNDED, switch_cost=1.0)
    assert starts.tolist() == [0, 2, 3, 5]
    assert clusters.tolist() == [0, 1, 0, 2]


def test_a_long_segment_is_divided_where_most_changes_and_not_in_equal_parts() -> None:
    rows = rows_of(np.zeros(100, np.int64))
    change = np.zeros(100)
    change[[30, 62]] = [5, 9]
    starts, clusters = decode_segments(rows, min_frames=10, max_frames=45, change=change)
    assert starts.tolist() == [0, 30, 62]
    assert clusters.tolist() == [0, 0, 0]


def test_without_features_it_is_divided_where_the_assignments_change() -> None:
    rows = np.log(np.concatenate([np.tile([0.9, 0.1], (37, 1)), np.tile([0.6, 0.4], (63, 1))]))
    starts, _ = decode_segments(rows, min_frames=10, max_frames=70)
    assert starts.tolist() == [0, 37]


@given(st.integers(1, 300), st.integers(1, 20), st.integers(1, 60), st.integers(0, 1000))
def test_lengths_are_kept(n_frames: int, shortest: int, longest: int, seed: int) -> None:
    rows = np.log(np.random.default_rng(seed).dirichlet([0.3, 0.3], n_frames).clip(1e-6))
    starts, clusters = decode_segments(rows, min_frames=shortest, max_frames=longest)
    lengths = np.diff([*starts, n_frames])
    assert starts[0] == 0
    assert len(clusters) == len(starts)
    assert (lengths >= min(shortest, n_frames)).all()
    assert (lengths <= max(longest, 2 * shortest - 1)).all()


def test_no_frames_and_impossible_frames() -> None:
    assert decode_segments(np.empty((0, 3)), min_frames=1, max_frames=5)[0].tolist() == []
    rows = np.full((10, 2), -np.inf)
    assert decode_segments(rows, min_frames=3, max_frames=20)[0].tolist() == [0]


def test_more_cost_never_means_more_changes() -> None:
    rows = np.log(np.random.default_rng(0).dirichlet(np.ones(5), 500))
    counts = [
        len(decode_segments(rows, min_frames=1, max_frames=UNBOUNDED, switch_cost=cost)[0])
        for cost in (0.0, 0.5, 1.0, 2.0, 4.0, 100.0)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 1 < counts[0]


def test_by_default_the_same_is_found_at_any_frame_rate() -> None:
    rows = np.log(np.random.default_rng(1).dirichlet(np.full(4, 0.3), 60)).repeat(8, axis=0)
    starts, clusters = decode_segments(rows, min_frames=10, max_frames=UNBOUNDED)
    twice, same = decode_segments(rows.repeat(2, axis=0), min_frames=20, max_frames=UNBOUNDED)
    assert len(starts) > 3
    assert twice.tolist() == (2 * starts).tolist()
    assert same.tolist() == clusters.tolist()


def test_an_excursion_of_the_shortest_length_survives_if_it_is_clear() -> None:
    clusters = np.repeat([0, 1, 0], [40, 10, 40])
    clear, faint = rows_of(clusters, 0.9), rows_of(clusters, 0.6)
    assert decode_segments(clear, min_frames=10, max_frames=UNBOUNDED)[0].tolist() == [0, 40, 50]
    assert decode_segments(faint, min_frames=10, max_frames=UNBOUNDED)[0].tolist() == [0]


def test_change_is_the_distance_between_the_two_sides() -> None:
    features = np.repeat([[0.0, 1.0], [3.0, 5.0]], 10, axis=0)
    strength = change_strength(features, half_window=4)
    assert strength.argmax() == 10
    np.testing.assert_allclose(strength[10], 3**2 + 4**2)
    np.testing.assert_allclose(strength[12], (3 * 0.5) ** 2 + (4 * 0.5) ** 2)
    assert strength[0] == 0


@pytest.mark.parametrize("n_frames", [0, 1, 2])
def test_change_of_very_short_stretches(n_frames: int) -> None:
    np.testing.assert_allclose(change_strength(np.arange(n_frames)[:, None], half_window=5), [0, 1][:n_frames])
