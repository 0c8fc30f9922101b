"""Boundaries move to where the features change, and never too far."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.behavior.boundary_refinement import refine_boundaries


def two_states(changes: list[int], n_frames: int, *, noise: float = 0.5, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    state = np.zeros(n_frames)
    for change in changes:
        state[change:] = 1 - state[change]
    return (np.stack([state, 2 * state, 0 * state], axis=1) + noise * rng.normal(size=(n_frames, 3))).astype(np.float32)


@pytest.mark.parametrize("off", [-8, -3, 0, 5, 10])
def test_a_boundary_finds_the_change(off: int) -> None:
    features = two_states([50], 100)
    moved = refine_boundaries(features, np.array([0, 50 + off, 100]), reach_frames=10, min_frames=5)
    assert abs(int(moved[1]) - 50) <= 1
    assert moved[[0, 2]].tolist() == [0, 100]


def test_each_of_several_finds_its_own() -> None:
    features = two_states([40, 70, 130], 200, noise=0.2)
    moved = refine_boundaries(features, np.array([0, 45, 64, 133, 200]), reach_frames=8, min_frames=5)
    assert moved.tolist() == [0, 40, 70, 130, 200]


def test_it_does_not_move_beyond_reach_or_where_it_may_not() -> None:
    features = two_states([50], 100, noise=0.01)
    assert refine_boundaries(features, np.array([0, 70, 100]), reach_frames=10, min_frames=5)[1] >= 60
    fixed = np.zeros(3, bool)
    kept = refine_boundaries(features, np.array([0, 55, 100]), reach_frames=10, min_frames=5, movable=fixed)
    assert kept.tolist() == [0, 55, 100]
    assert refine_boundaries(features, np.array([0, 55, 100]), reach_frames=0, min_frames=5)[1] == 55


def test_without_a_difference_it_stays() -> None:
    assert (
        refine_boundaries(np.zeros((60, 2), np.float32), np.array([0, 31, 60]), reach_frames=9, min_frames=1)[1] == 31
    )


@given(st.integers(0, 10**6), st.integers(0, 40), st.integers(1, 15), st.integers(2, 8))
def test_order_and_least_length_are_kept(seed: int, reach: int, shortest: int, n_bouts: int) -> None:
    rng = np.random.default_rng(seed)
    edges = np.concatenate([[0], np.cumsum(rng.integers(shortest, 40, n_bouts))])
    features = rng.normal(size=(edges[-1], 4)).astype(np.float32)
    moved = refine_boundaries(features, edges, reach_frames=reach, min_frames=shortest)
    assert (np.diff(moved) >= shortest).all()
    assert (np.abs(moved - edges) <= reach).all()
    assert moved[[0, -1]].tolist() == edges[[0, -1]].tolist()


def test_a_bout_that_is_already_too_short_is_left_alone() -> None:
    edges = np.array([0, 50, 52, 100])
    assert refine_boundaries(two_states([45], 100), edges, reach_frames=10, min_frames=5).tolist() == edges.tolist()
