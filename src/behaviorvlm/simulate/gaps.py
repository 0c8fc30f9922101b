"""Dots that vanish for a while: a chain of two states, seen and hidden (Gilbert 1960)."""

from __future__ import annotations

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.types import BoolArray


def draw_gaps(
    rng: np.random.Generator, shape: tuple[int, ...], *, share: float, mean_run_timepoints: float
) -> BoolArray:
    """Return which series are hidden when.

    Args:
        rng: Where the numbers come from; a longer draw starts the same.
        shape: (timepoint, ...) of the answer; every series is drawn by itself.
        share: Expected share hidden, in [0, 1).
        mean_run_timepoints: Mean length of a gap, at least 1.

    Returns:
        `shape` bool, True = hidden.

    Raises:
        SettingsError: If no chain has that share in gaps that short, or a number is out of range.
    """
    possible = 0 <= share < 1 and mean_run_timepoints >= 1
    starts = share / (1 - share) / mean_run_timepoints if possible else np.inf
    if not starts <= 1:
        raise SettingsError(
            "dots cannot be hidden that much in gaps that short",
            expected="share in [0, 1) and a mean run of at least max(1, share / (1 - share)) timepoints",
            actual=f"share {share}, mean run {mean_run_timepoints}",
        )
    hidden = np.empty(shape, dtype=np.bool_)
    state = rng.uniform(size=shape[1:]) < share
    for timepoint in range(shape[0]):
        hidden[timepoint] = state
        chance = rng.uniform(size=shape[1:])
        state = np.where(state, chance >= 1 / mean_run_timepoints, chance < starts)
    return hidden
