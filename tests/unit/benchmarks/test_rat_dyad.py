"""From two rats to the pair."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"


def test_the_state_of_a_pair_is_which_two_states_there_are_whoever_is_in_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    rat_dyad = importlib.import_module("_rat_dyad")
    first, second = np.meshgrid(np.arange(4), np.arange(4))
    pairs = rat_dyad.pair_states(first, second, n_states=4)
    np.testing.assert_array_equal(pairs, pairs.T)
    assert len(np.unique(pairs)) == 4 * 5 // 2
    assert pairs.max() < 4 * 4
