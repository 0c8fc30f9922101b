"""Which timepoints are worth labelling: many dots to be seen, and poses as unlike one another as the video has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from behaviorvlm.types import FloatArray, IntArray

RICH_SHARE = 0.7
"""A timepoint is rich if it shows at least this share of the points that the richest ones show."""
RICHEST_QUANTILE = 0.9


def diverse_timepoints(clouds: Sequence[FloatArray], *, count: int) -> IntArray:
    """Return which of some timepoints to label, as rising indices, (chosen,) int64.

    Of the timepoints that show many points the richest comes first, then whatever is most unlike those chosen before
    (farthest-point sampling, Gonzalez 1985), by place, posture and heading.

    Args:
        clouds: For each timepoint its unnamed points, (point, 3) mm; how many there are may differ.
        count: How many to choose; fewer come where there are fewer timepoints.
    """
    sizes = np.array([len(cloud) for cloud in clouds])
    if not len(sizes):
        return np.empty(0, dtype=np.int64)
    rich = np.flatnonzero(sizes >= RICH_SHARE * np.quantile(sizes, RICHEST_QUANTILE))
    rich = rich if len(rich) >= count else np.argsort(-sizes, kind="stable")[:count]
    described = np.stack([_described(clouds[place]) for place in rich.tolist()])
    spread = described.std(axis=0)
    described = (described - described.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    chosen = [int(sizes[rich].argmax())]
    while len(chosen) < min(count, len(rich)):
        away = np.min([np.linalg.norm(described - described[one], axis=1) for one in chosen], axis=0)
        away[chosen] = -1.0
        chosen.append(int(away.argmax()))
    return np.sort(rich[chosen]).astype(np.int64)


def _described(cloud: FloatArray) -> FloatArray:
    """Return where a cloud of points is, how long, wide and high, and which way it lies, (8,) float64."""
    if len(cloud) < 3:
        return np.zeros(8)
    centre = np.median(cloud, axis=0)
    lengths, axes = np.linalg.eigh(np.cov((cloud - centre).T))
    long = axes[:, -1]
    # An axis has no front, so its angle is doubled: opposite ends describe the same line.
    angle = 2 * np.arctan2(long[1], long[0])
    return np.concatenate([centre, np.sqrt(np.maximum(lengths, 0.0)), np.array([np.cos(angle), np.sin(angle)]) * 2.0])
