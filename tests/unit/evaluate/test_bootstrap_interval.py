"""Intervals over recordings: repeatable, of the right width, none where there is one recording."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.evaluate.bootstrap_interval import bootstrap_interval


def test_the_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(0).normal(10, 2, size=60)
    interval = bootstrap_interval(lambda times: float(times @ values / times.sum()), len(values), n_draws=4000)
    standard_error = values.std() / np.sqrt(len(values))
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx(
        (values.mean() - 1.96 * standard_error, values.mean() + 1.96 * standard_error), abs=0.06
    )
    assert (interval.level, interval.n_recordings) == (0.95, 60)


def test_the_same_seed_gives_the_same_interval() -> None:
    def score(times: np.ndarray) -> float:
        return float(times @ np.sqrt(np.arange(9.0)))

    assert bootstrap_interval(score, 9, seed=3) == bootstrap_interval(score, 9, seed=3)
    assert bootstrap_interval(score, 9, seed=3) != bootstrap_interval(score, 9, seed=4)


def test_one_recording_has_no_interval() -> None:
    assert bootstrap_interval(lambda times: 1.0, 1) is None


def test_draws_without_a_score_are_left_out() -> None:
    interval = bootstrap_interval(lambda times: 1.0 if times[0] else None, 2)
    assert interval is not None
    assert (interval.low, interval.high) == (1, 1)
    assert bootstrap_interval(lambda times: None, 2) is None
