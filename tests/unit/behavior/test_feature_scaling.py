"""One scale over all recordings: blocks weigh alike, missing is 0, and it survives storage exactly."""

from __future__ import annotations

import json

import numpy as np
import pytest

from behaviorvlm.behavior import feature_scaling
from behaviorvlm.behavior.feature_scaling import LARGEST, FeatureScaling, Shared, Spread, fit_scaling
from behaviorvlm.behavior.feature_signals import FeatureColumn
from behaviorvlm.errors import InputError, ShapeError

COLUMNS = [
    *(FeatureColumn(f"p{number}", "bl", "pose", "") for number in range(6)),
    FeatureColumn("m0", "bl/s", "motion", ""),
    FeatureColumn("m1", "bl/s", "motion", ""),
    FeatureColumn("s0", "", "social", ""),
]
SIZES = np.array([1, 2, 3, 4, 5, 6, 0.1, 10, 100])


def drawn(n_rows: int = 4000, *, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n_rows, 9)) * SIZES + 7).astype(np.float32)


@pytest.mark.parametrize("spread", ["quartiles", "deviation"])
@pytest.mark.parametrize("shared", ["feature", "unit"])
def test_blocks_weigh_alike_and_the_usual_is_0(spread: Spread, shared: Shared) -> None:
    scaled = fit_scaling([drawn()], COLUMNS, spread=spread, shared=shared).apply(drawn())
    variance = scaled.var(axis=0)
    by_block = [variance[:6].sum(), variance[6:8].sum(), variance[8:].sum()]
    np.testing.assert_allclose(by_block, 3, rtol=0.01)
    np.testing.assert_allclose(np.median(scaled, axis=0), 0, atol=0.1)
    assert scaled.dtype == np.float32


def test_features_have_a_spread_each_or_one_for_all_of_a_kind() -> None:
    each = fit_scaling([drawn()], COLUMNS, shared="feature").apply(drawn()).std(axis=0)
    together = fit_scaling([drawn()], COLUMNS).apply(drawn()).std(axis=0)
    np.testing.assert_allclose(each[:6] / each[0], 1, rtol=0.05)
    np.testing.assert_allclose(together[:6] / together[0], SIZES[:6], rtol=0.05)


def test_missing_becomes_0_and_outliers_are_cut_off() -> None:
    rows = drawn()
    rows[5, 3], rows[6, 3] = np.nan, 1e6
    scaling = fit_scaling([rows], COLUMNS)
    scaled = scaling.apply(rows)
    assert scaled[5, 3] == 0
    np.testing.assert_allclose(scaled[6, 3], LARGEST * scaling.weight[3], rtol=1e-6)
    untouched = fit_scaling([drawn()], COLUMNS)
    np.testing.assert_allclose(scaling.factor, untouched.factor, rtol=1e-2)  # an outlier does not set the scale


def test_what_never_changes_or_is_never_seen_counts_nothing() -> None:
    rows = drawn()
    rows[:, 6:8], rows[:, 8] = 3.7, np.nan
    scaled = fit_scaling([rows], COLUMNS).apply(rows)
    assert (scaled[:, 6:] == 0).all()
    np.testing.assert_allclose(scaled[:, :6].var(axis=0).sum(), 6, rtol=0.01)


def test_a_share_that_is_mostly_0_has_a_spread_all_the_same() -> None:
    rows = drawn()
    rows[:, 8] = np.arange(len(rows)) % 10 == 0
    assert fit_scaling([rows], COLUMNS).apply(rows)[:, 8].std() > 0.5


def test_pieces_are_scaled_together_and_not_each_for_itself() -> None:
    low, high = drawn(seed=1) - 100, drawn(seed=2) + 100
    scaling = fit_scaling([low[None], high[None]], COLUMNS)
    assert np.median(scaling.apply(low)[:, 0]) < 0 < np.median(scaling.apply(high)[:, 0])


def test_the_sample_is_drawn_evenly_over_all_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_scaling, "SAMPLED_ROWS", 500)
    pieces = [np.full((200, 9), number, np.float32) for number in range(20)]
    scaling = fit_scaling(pieces, COLUMNS, spread="deviation")
    np.testing.assert_allclose(scaling.center, 9.5, atol=1)
    np.testing.assert_allclose(1 / scaling.factor, np.arange(20).std(), rtol=0.1)


def test_it_survives_json_exactly() -> None:
    scaling = fit_scaling([drawn()], COLUMNS)
    again = FeatureScaling.from_dict(json.loads(json.dumps(scaling.to_dict())))
    assert again.names == scaling.names
    np.testing.assert_array_equal(again.apply(drawn(seed=3)), scaling.apply(drawn(seed=3)))


def test_nothing_to_fit_and_other_features_are_refused() -> None:
    with pytest.raises(InputError, match="no features"):
        fit_scaling([np.empty((0, 9), np.float32)], COLUMNS)
    with pytest.raises(ShapeError, match="9 features"):
        fit_scaling([drawn()], COLUMNS).apply(drawn()[:, :4])


def test_features_that_are_all_constant_are_all_0() -> None:
    assert (fit_scaling([np.ones((10, 9), np.float32)], COLUMNS).apply(np.ones((3, 9), np.float32)) == 0).all()
