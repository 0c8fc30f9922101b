"""The same quantity over shorter and longer windows: how it is on average, and how much it varies."""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import FloatArray


def running_mean_and_spread(values: FloatArray, *, half_window: int) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of what is seen in the window around each frame, NaN where nothing is.

    Args:
        values: (timepoint, ...) float64, NaN = missing.
        half_window: Frames to either side; the window is cut off at the ends.
    """
    seen = ~np.isnan(values)
    level = _level(values)  # sums of squares around it keep their digits
    around = np.where(seen, values - level, 0.0)
    count, total, squares = (_window_sums(part, half_window) for part in (seen, around, around * around))
    some = np.maximum(count, 1)
    mean = total / some
    spread = np.sqrt(np.maximum(squares / some - mean * mean, 0))
    return np.where(count > 0, mean + level, np.nan), np.where(count > 0, spread, np.nan)


def running_mean(values: FloatArray, *, half_window: int) -> FloatArray:
    """Return the mean alone, of (timepoint, column) values a column at a time: those of hours are not held many times.

    Args:
        values: (timepoint, column) float64, NaN = missing.
        half_window: Frames to either side; the window is cut off at the ends.
    """
    level, mean = _level(values), np.empty_like(values)
    for column in range(values.shape[1]):
        own = values[:, column]
        seen = ~np.isnan(own)
        count, total = (_window_sums(part, half_window) for part in (seen, np.where(seen, own - level, 0.0)))
        mean[:, column] = np.where(count > 0, total / np.maximum(count, 1) + level, np.nan)
    return mean


def _level(values: FloatArray) -> float:
    return float(np.nan_to_num(np.nanmean(values))) if not np.isnan(values).all() else 0.0


def _window_sums(values: FloatArray, half_window: int) -> FloatArray:
    sums = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=sums[1:])
    frames = np.arange(len(values))
    return np.asarray(
        sums[np.minimum(frames + half_window + 1, len(values))] - sums[np.maximum(frames - half_window, 0)]
    )
