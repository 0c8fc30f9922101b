"""Short gaps in a series are bridged in a straight line, long ones stay missing."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from behaviorvlm.types import AnyArray, BoolArray, ComplexArray, FloatArray, IntArray

_Numbers = TypeVar("_Numbers", FloatArray, ComplexArray)


def bridge_short_gaps(values: _Numbers, *, longest: int) -> _Numbers:
    """Return a copy in which gaps between two seen values are filled linearly if they are short enough.

    Args:
        values: (timepoint, ...) float or complex, NaN = missing. The ends are not filled.
        longest: Most frames of a gap that is filled.
    """
    flat = values.reshape(len(values), math.prod(values.shape[1:]))
    seen = ~np.isnan(flat)
    if longest < 1 or seen.all():
        return values.copy()
    before, after = _neighbors_seen(seen)
    gap = ~seen & (before >= 0) & (after < len(flat)) & (after - before - 1 <= longest)
    at, column = np.nonzero(gap)
    first, last = before[at, column], after[at, column]
    share = (at - first) / (last - first)
    filled = flat.copy()
    filled[at, column] = flat[first, column] * (1 - share) + flat[last, column] * share
    return filled.reshape(values.shape)


def runs(labels: AnyArray) -> tuple[IntArray, IntArray]:
    """Return starts and stops (int64) of the stretches in which (timepoint,) labels stay the same."""
    changes = np.flatnonzero(labels[1:] != labels[:-1]) + 1
    edges = np.concatenate([[0], changes, [len(labels)]]) if len(labels) else np.zeros(1, np.int64)
    return edges[:-1].astype(np.int64), edges[1:].astype(np.int64)


def close_short_absences(present: BoolArray, *, longest: int) -> BoolArray:
    """Return (timepoint,) bool in which absences of at most `longest` frames between presences count as present."""
    closed = present.copy()
    for start, stop in zip(*runs(present), strict=True):
        if not present[start] and start > 0 and stop < len(present) and stop - start <= longest:
            closed[start:stop] = True
    return closed


def local_slope(values: _Numbers, times_s: FloatArray, *, half_window: int) -> _Numbers:
    """Return the slope per second of the straight line through the values of a window around each frame.

    Least squares over what is seen in the window (a Savitzky-Golay derivative of first order where nothing is
    missing); missing where the frame itself is, or where nothing else is seen around it.

    Args:
        values: (timepoint, ...) float or complex, NaN = missing.
        times_s: (timepoint,) float64 s of the frames, rising; they need not be even.
        half_window: Frames to either side.
    """
    shape = (len(values),) + (1,) * (values.ndim - 1)
    count, t, tt = (np.zeros(values.shape) for _ in range(3))
    x, tx = np.zeros_like(values), np.zeros_like(values)
    for shift in range(-half_window, half_window + 1):
        here = slice(max(0, -shift), max(0, len(values) - max(0, shift)))
        there = slice(max(0, shift), max(0, len(values) + min(0, shift)))
        seen = ~np.isnan(values[there])
        time = (times_s[there] - times_s[here]).reshape(-1, *shape[1:]) * seen
        value = np.where(seen, values[there] - values[here], 0)  # from the frame itself: large places cost digits
        count[here] += seen
        t[here] += time
        tt[here] += time * time
        x[here] += value
        tx[here] += time * value
    spread = count * tt - t * t
    told = spread > 0
    slope = (count * tx - t * x) / np.where(told, spread, 1.0)
    return np.where(told, slope, np.nan)


def _neighbors_seen(seen: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the frame of the nearest seen value before (-1 = none) and after (length = none), the own one included."""
    frames = np.arange(len(seen))[:, None]
    before = np.maximum.accumulate(np.where(seen, frames, -1), axis=0)
    after = np.minimum.accumulate(np.where(seen, frames, len(seen))[::-1], axis=0)[::-1]
    return before, after
