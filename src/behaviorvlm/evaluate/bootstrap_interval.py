"""How far a score would move if other recordings of the same kind had been made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.types import IntArray


class Interval(BaseModel):
    """A confidence interval.

    Attributes:
        low: Lower end.
        high: Upper end.
        level: How often intervals made so hold the true value, at least with many recordings.
        n_recordings: How many recordings were drawn from.
    """

    model_config = ConfigDict(frozen=True)

    low: float
    high: float
    level: float
    n_recordings: int


def bootstrap_interval(
    score: Callable[[IntArray], float | None],
    n_recordings: int,
    *,
    n_draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval | None:
    """Return the percentile interval of a score over recordings drawn again and again, with replacement.

    Frames of one recording are not independent, recordings are: whole recordings are drawn.

    Args:
        score: Takes how often each recording was drawn, (recording,) int64, and returns the score, None = undefined.
        n_recordings: How many there are; with fewer than 2 there is no interval.
        n_draws: How many times as many recordings are drawn.
        level: Share of draws that lie inside.
        seed: The same seed gives the same interval.

    Source: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    """
    if n_recordings < 2:
        return None
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(n_recordings, np.full(n_recordings, 1 / n_recordings), size=n_draws)
    scores = [value for times in draws if (value := score(times)) is not None]
    if not scores:
        return None
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high), level=level, n_recordings=n_recordings)
