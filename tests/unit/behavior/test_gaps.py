"""Short gaps are bridged, long ones stay; slopes over what is seen."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.behavior.gaps import bridge_short_gaps, close_short_absences, local_slope, runs

NAN = np.nan


def test_short_gaps_are_filled_in_a_straight_line_and_long_ones_and_ends_stay() -> None:
    series = np.array([NAN, 1.0, NAN, NAN, 4.0, NAN, NAN, NAN, 8.0, NAN])
    filled = bridge_short_gaps(series, longest=2)
    np.testing.assert_array_equal(filled, [NAN, 1, 2, 3, 4, NAN, NAN, NAN, 8, NAN])
    np.testing.assert_array_equal(bridge_short_gaps(series, longest=0), series)


def test_columns_are_filled_each_for_itself_and_the_input_stays() -> None:
    series = np.array([[0, 5], [NAN, NAN], [2 + 2j, NAN], [3, 8]])
    before = series.copy()
    filled = bridge_short_gaps(series, longest=1)
    assert filled[1, 0] == 1 + 1j
    assert np.isnan(filled[1:3, 1]).all()
    np.testing.assert_array_equal(series, before)


def test_slopes_are_exact_on_lines_at_uneven_times_with_holes() -> None:
    times = np.array([0.0, 0.1, 0.15, 0.3, 0.31, 0.5])
    line = 1e6 + 3 * times
    line[2] = NAN
    slope = local_slope(line, times, half_window=2)
    np.testing.assert_allclose(slope[[0, 1, 3, 4, 5]], 3, rtol=1e-6)
    assert np.isnan(slope[2])


def test_slopes_equal_savitzky_golay_where_all_is_seen() -> None:
    from scipy.signal import savgol_filter

    series = np.random.default_rng(0).normal(size=(60, 2))
    ours = local_slope(series, np.arange(60) / 30, half_window=3)
    theirs = savgol_filter(series, 7, 1, deriv=1, delta=1 / 30, axis=0)
    np.testing.assert_allclose(ours[3:-3], theirs[3:-3], atol=1e-9)


@pytest.mark.parametrize("n_frames", [0, 1, 2, 3])
def test_very_short_series_have_the_slopes_they_can_have(n_frames: int) -> None:
    slope = local_slope(2.0 * np.arange(n_frames), np.arange(n_frames, dtype=float), half_window=5)
    np.testing.assert_array_equal(slope, np.full(n_frames, 2.0) if n_frames > 1 else np.full(n_frames, NAN))


def test_runs_cover_everything_in_order() -> None:
    starts, stops = runs(np.array([1, 1, 2, 1, 1, 1]))
    assert starts.tolist() == [0, 2, 3]
    assert stops.tolist() == [2, 3, 6]
    assert [len(edges) for edges in runs(np.array([]))] == [0, 0]


def test_short_absences_inside_are_closed() -> None:
    present = np.array([0, 1, 0, 1, 0, 0, 1, 0], bool)
    assert close_short_absences(present, longest=1).tolist() == [False, True, True, True, False, False, True, False]
