"""Where one bout ends and the next begins, looked at again once it is known which segments are one bout.

Each boundary moves to the frame that best divides what the two sides are like: both are taken as normal
distributions with their own means and a common variance per feature, and the frames within reach go to the side that
makes them more probable, with one change (maximum likelihood of a change point between two known distributions).
"""

from __future__ import annotations

import numpy as np

from behaviorvlm.behavior.mapped_rows import let_go
from behaviorvlm.types import BoolArray, Float32Array, FloatArray, IntArray

CONTEXT_REACHES = 6
"""How far a side is looked at, in reaches: a long bout need not be everywhere what it is at its end."""
LET_GO_FRAMES = 8192
"""Frames after which the features read so far are let go."""
LEAST_VARIANCE = 0.05
"""Least variance of a scaled feature; one that stands still by chance must not decide alone."""


def refine_boundaries(
    features: Float32Array,
    boundaries: IntArray,
    *,
    reach_frames: int,
    min_frames: int,
    movable: BoolArray | None = None,
) -> IntArray:
    """Return the boundaries, each moved within reach to where the features on both sides fit best.

    They keep their order and `min_frames` between them; one that has no room, or no better place, stays.

    Args:
        features: (timepoint, feature) float scaled features of one animal, without missing values.
        boundaries: (boundary,) int64 frames, rising, with the first start and the last stop, which stay.
        reach_frames: How far each may move.
        min_frames: Shortest bout it may leave on either side.
        movable: (boundary,) bool which may move; without it all between first and last.
    """
    moved, let_go_from = boundaries.copy(), int(boundaries[0])
    for number in range(1, len(boundaries) - 1):
        if movable is not None and not movable[number]:
            continue
        before, here, after = int(moved[number - 1]), int(boundaries[number]), int(boundaries[number + 1])
        lowest, highest = max(here - reach_frames, before + min_frames), min(here + reach_frames, after - min_frames)
        if lowest < highest and lowest <= here <= highest:
            first = max(before, here - CONTEXT_REACHES * reach_frames)
            around = features[first : min(after, here + CONTEXT_REACHES * reach_frames)].astype(np.float64)
            moved[number] = first + _best_division(around, here - first, low=lowest - first, high=highest - first)
        if here - let_go_from > LET_GO_FRAMES:
            let_go(features[let_go_from:here])
            let_go_from = here
    return moved


def _best_division(features: FloatArray, here: int, *, low: int, high: int) -> int:
    """Return the frame in [low, high] that divides the two sides best; `here` if nothing is better."""
    left, right = _core(features[:here], here - low, last=True), _core(features[here:], high - here, last=False)
    variance = np.concatenate([left - left.mean(axis=0), right - right.mean(axis=0)]).var(axis=0)
    apart = (left.mean(axis=0) - right.mean(axis=0)) / np.maximum(variance, LEAST_VARIANCE)
    middle = (left.mean(axis=0) + right.mean(axis=0)) / 2
    for_left = (features[low:high] - middle) @ apart  # log of how much more probable each frame is on the left
    gain = np.concatenate([[0.0], np.cumsum(for_left)])
    best = int(gain.argmax())
    return low + best if gain[best] > gain[here - low] else here


def _core(side: FloatArray, unsure: int, *, last: bool) -> FloatArray:
    """Return the frames of a side that are not within reach of the boundary; at least the farther half of them."""
    kept = max(len(side) - unsure, (len(side) + 1) // 2)
    return side[:kept] if last else side[-kept:]
