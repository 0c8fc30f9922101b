"""Running mean and spread, against the plain definition."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from behaviorvlm.behavior.time_scales import running_mean, running_mean_and_spread


@pytest.mark.parametrize("half_window", [1, 4, 50])
def test_they_are_mean_and_deviation_of_what_is_seen_in_the_window(half_window: int) -> None:
    rng = np.random.default_rng(half_window)
    values = 1e4 + rng.normal(size=(40, 2))
    values[rng.random((40, 2)) < 0.4] = np.nan
    values[10:25, 1] = np.nan
    mean, spread = running_mean_and_spread(values, half_window=half_window)
    np.testing.assert_array_equal(running_mean(values, half_window=half_window), mean, err_msg="to the last digit")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for frame in range(40):
            window = values[max(0, frame - half_window) : frame + half_window + 1]
            np.testing.assert_allclose(mean[frame], np.nanmean(window, axis=0))
            np.testing.assert_allclose(spread[frame], np.nanstd(window, axis=0), atol=1e-6)


def test_nothing_seen_is_missing() -> None:
    mean, spread = running_mean_and_spread(np.full((5, 1), np.nan), half_window=2)
    assert np.isnan(mean).all()
    assert np.isnan(spread).all()
    assert running_mean_and_spread(np.empty((0, 1)), half_window=2)[0].shape == (0, 1)
