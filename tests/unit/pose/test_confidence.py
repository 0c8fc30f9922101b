"""From margins to the chance of being right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from behaviorvlm.pose.confidence import NEARBY, confidence_of, missing_nearby

margins = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 40), st.integers(1, 6)), elements=st.floats(0, 1e3) | st.just(np.nan)
)


@given(margins)
def test_it_is_a_chance_and_zero_where_missing(margin: np.ndarray) -> None:
    confidence = confidence_of(margin)
    assert confidence.shape == margin.shape
    assert ((confidence >= 0) & (confidence <= 1)).all()
    assert ((confidence == 0) == np.isnan(margin)).all()


@given(margins, st.floats(0.1, 10))
def test_it_grows_with_the_margin(margin: np.ndarray, more: float) -> None:
    before, after = confidence_of(margin), confidence_of(margin + more)
    here = np.isfinite(margin)
    assert (after[here] >= before[here]).all()
    doubtful = here & (before < 0.999)
    assert (after[doubtful] > before[doubtful]).all()


@pytest.mark.parametrize(("n_missing", "nats"), [(0, 2.8), (1, 7.2), (2, 11.5)])
def test_99_percent_takes_the_margin_that_is_stated(n_missing: int, nats: float) -> None:
    """Of ten keypoints none, a tenth and a fifth are missing."""
    below, above = np.full((2, 5, 10), nats)
    below -= 0.1
    above += 0.1
    below[:, :n_missing] = above[:, :n_missing] = np.nan
    assert confidence_of(below)[:, -1].max() < 0.99 < confidence_of(above)[:, -1].min()


def test_what_is_missing_nearby_makes_unsure_and_what_is_far_does_not() -> None:
    margin = np.full((60, 4), 5.0)
    alone = confidence_of(margin)[30, 0]
    margin[30 - NEARBY, 3] = margin[30 + NEARBY, 3] = np.nan
    assert confidence_of(margin)[30, 0] < alone
    margin[30 - NEARBY, 3] = margin[30 + NEARBY, 3] = 5.0
    margin[30 - NEARBY - 1] = margin[30 + NEARBY + 1] = np.nan
    assert confidence_of(margin)[30, 0] == pytest.approx(alone, abs=1e-12)


def test_the_share_missing_is_over_the_timepoints_there_are() -> None:
    missing = np.zeros((30, 2), dtype=bool)
    missing[0, 0] = missing[29] = True
    share = missing_nearby(missing)
    assert share.shape == (30, 1)
    assert share[[0, 10, 11, 18, 19, 29], 0] == pytest.approx([0.5 / 11, 0.5 / 21, 0, 0, 1 / 21, 1 / 11])


def test_endless_margins_are_understood() -> None:
    assert confidence_of(np.array([[np.inf, -np.inf, -1e6]])).tolist() == [[1.0, 0.0, 0.0]]
