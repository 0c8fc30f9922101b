"""How sure a keypoint is: from its margin, and from how much is missing around it, to the chance of being right.

A margin alone says too much: it compares readings of one timepoint beside its neighbors, and a keypoint that was lost
and found again on a wrong dot has a high margin from then on. That happens where little is seen. So the chance also
falls with the share of keypoints that are missing nearby, of all keypoints and over `NEARBY` timepoints either way.

The three constants were fitted by maximum likelihood on simulated sessions only (8 sessions of 350 timepoints: the
built-in animal before 3 to 6 cameras, 30 to 55 % of its dots hidden, 2 to 8 false dots a view, 0.5 to 1 px of noise,
geometry naming alone, joint refinement), by ``benchmarks/confidence.py --fit``. Right means: nearest to its own true
place among all keypoints', and within 10 mm of it.
"""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import BoolArray, FloatArray

NEARBY = 10
"""Timepoints either way, as far as they belong to the same stretch."""
BASE = 4.01
"""Log odds of being right at margin 0 with nothing missing nearby."""
PER_NAT = 0.211
"""Log odds that each nat of margin adds."""
PER_MISSING = 9.24
"""Log odds that it would cost if everything nearby were missing."""


def confidence_of(margin: FloatArray) -> FloatArray:
    """Return the chance that each keypoint of consecutive timepoints is right.

    With nothing missing nearby, 99 % takes a margin of 2.8 nats; with a tenth missing, 7.2; with a fifth, 11.5.

    Args:
        margin: (timepoint, keypoint) float64 nats, NaN = missing.

    Returns:
        (timepoint, keypoint) float64 in [0, 1], 0 = missing; grows with the keypoint's own margin.
    """
    missing = np.isnan(margin)
    log_odds = BASE + PER_NAT * margin - PER_MISSING * missing_nearby(missing)
    with np.errstate(over="ignore"):
        return np.where(missing, 0.0, 1 / (1 + np.exp(-log_odds)))


def missing_nearby(missing: BoolArray) -> FloatArray:
    """Return the share of all keypoints that are missing around each timepoint.

    Args:
        missing: (timepoint, keypoint) bool, consecutive timepoints of one stretch.

    Returns:
        (timepoint, 1) float64 in [0, 1].
    """
    count = len(missing)
    total = np.concatenate([[0.0], np.cumsum(missing.mean(axis=1))])
    first = np.maximum(np.arange(count) - NEARBY, 0)
    last = np.minimum(np.arange(count) + NEARBY + 1, count)
    return np.asarray((total[last] - total[first]) / (last - first))[:, None]
