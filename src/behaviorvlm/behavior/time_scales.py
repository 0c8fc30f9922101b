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
    level = np.nan_to_num(np.nanmean(values)) if seen.any() else 0.0  # sums of squares around it keep their digits
    around = np.where(seen, values - level, 0.0)
    count, total, squares = (_window_sums(part, half_window) for part in (seen, around, around * around))
    some = np.maximum(count, 1)
    mean = total / some
    spread = np.sqrt(np.maximum(squares / some - mean * mean, 0))
    return np.where(count > 0, mean + level, np.nan), np.where(count > 0, spread, np.nan)


def _window_sums(values: FloatArray, half_window: int) -> FloatArray:
    sums = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=sums[1:])
    frames = np.arange(len(values))
    return np.asarray(
        sums[np.minimum(frames + half_window + 1, len(values))] - sums[np.maximum(frames - half_window, 0)]
    )
