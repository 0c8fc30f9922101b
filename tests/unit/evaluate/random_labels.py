"""Random labels that come in bouts, and a second opinion of them that is partly wrong."""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import IntArray


def random_bouts(seed: int, *, n_frames: int = 600, n_names: int = 5, mean_frames: int = 15) -> IntArray:
    """Return (frame,) codes that change every few frames."""
    rng = np.random.default_rng(seed)
    lengths = rng.geometric(1 / mean_frames, size=n_frames)
    return np.repeat(rng.integers(0, n_names, size=n_frames), lengths)[:n_frames]


def doubted(truth: IntArray, seed: int, *, share: float = 0.3) -> IntArray:
    """Return the codes shifted by a few frames, with some stretches said otherwise."""
    other = random_bouts(seed, n_frames=len(truth), n_names=int(truth.max()) + 1)
    use_other = random_bouts(seed + 1, n_frames=len(truth), n_names=10) < 10 * share
    return np.where(use_other, other, np.roll(truth, 2))
