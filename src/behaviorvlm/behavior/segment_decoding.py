"""From soft assignments, frame by frame, to segments of a shortest length whose boundaries follow the data.

The most probable sequence of segments under an explicit-duration model (Ferguson 1980; Yu, "Hidden semi-Markov
models", 2010) in which every duration from the shortest on is equally likely and each change of cluster costs the
same. With free durations the best way to reach a frame is a running maximum, so the work is linear in frames and a
shortest length of d frames is solved d frames at a time.
"""

from __future__ import annotations

import numpy as np

from behaviorvlm.behavior.mapped_rows import let_go
from behaviorvlm.types import AnyArray, FloatArray, IntArray

SWITCH_COST = 1.0
"""What a change of cluster costs, in nats for each frame of the shortest segment.

Whoever lets shorter segments pass wants them to survive: an excursion of the shortest length pays for its two changes
if its frames are two nats more probable there. So it means the same at any frame rate.
"""
LEAST_LOG_PROBABILITY = -20.0
"""Below this, one frame would outweigh any segment."""
SUMMED_FRAMES = 2048
"""Frames whose sums are in memory at a time."""


def decode_segments(
    log_probability: AnyArray,
    *,
    min_frames: int,
    max_frames: int,
    switch_cost: float | None = None,
    change: FloatArray | None = None,
) -> tuple[IntArray, IntArray]:
    """Return starts and clusters, (segment,) int64 each, of the segments that cover all frames.

    A segment is at least `min_frames` long unless there are fewer frames altogether. One that is longer than
    `max_frames` is divided where things change most, never below the shortest length; it stays longer where that
    cannot be.

    Args:
        log_probability: (timepoint, cluster) float, of each frame for each cluster.
        min_frames: Shortest segment, at least 1.
        max_frames: Longest segment.
        switch_cost: What a change of cluster costs, in nats; more = fewer changes. Without it `SWITCH_COST`.
        change: (timepoint,) how much changes between the frames before and from each frame on; without it that of
            the probabilities.
    """
    if not len(log_probability):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    shortest = max(1, min_frames)
    cost = SWITCH_COST * shortest if switch_cost is None else switch_cost
    starts, clusters = _most_probable(log_probability, shortest, cost)
    if change is None:
        change = change_strength(np.exp(_floored(log_probability)), half_window=shortest)
    stops = np.append(starts[1:], len(log_probability))
    cut, of = [], []
    for start, stop, cluster in zip(starts.tolist(), stops.tolist(), clusters.tolist(), strict=True):
        pieces = _divided(start, stop, change, lengths=(shortest, max(shortest, max_frames)))
        cut += pieces
        of += [cluster] * len(pieces)
    return np.array(cut, np.int64), np.array(of, np.int64)


def change_strength(features: AnyArray, *, half_window: int) -> FloatArray:
    """Return (timepoint,) float64 squared distance between the mean of the frames before and from each frame on.

    Args:
        features: (timepoint, feature) without missing values; read some frames at a time to keep memory low.
        half_window: Frames to either side.
    """
    n_frames = len(features)
    strength = np.zeros(n_frames)
    so_far, known = np.zeros((features.shape[1], 1)), 0  # sums of all rows before the row `known`
    for start in range(0, n_frames, SUMMED_FRAMES):
        stop = min(start + SUMMED_FRAMES, n_frames)
        lying = features[known : stop + half_window]
        rows = np.asarray(lying, np.float64)
        sums = np.cumsum(np.concatenate([so_far, rows.T], axis=1), axis=1)
        frames = np.arange(start, stop)
        first, last = np.maximum(frames - half_window, 0), np.minimum(frames + half_window, n_frames)
        for own in sums:
            here = own[frames - known]
            after = (own[last - known] - here) / (last - frames)
            before = (here - own[first - known]) / np.maximum(frames - first, 1)
            strength[start:stop] += (after - before) ** 2
        following = max(stop - half_window, 0)
        so_far, known = sums[:, following - known][:, None], following
        let_go(lying)
    strength[:1] = 0
    return strength


def _floored(log_probability: AnyArray) -> FloatArray:
    return np.maximum(log_probability.astype(np.float64), LEAST_LOG_PROBABILITY)


def _most_probable(log_probability: AnyArray, shortest: int, switch_cost: float) -> tuple[IntArray, IntArray]:
    """Return starts and clusters of the best segments of at least `shortest` frames.

    ``reached[t]`` is the best sum over the frames before t with a boundary at t. A segment of cluster k from s to t
    adds ``total[t, k] - total[s, k]``, so the best s for each k is a running maximum of ``reached[s] - total[s, k]``.
    """
    n_frames, n_clusters = log_probability.shape
    if n_frames < 2 * shortest:
        return np.zeros(1, np.int64), _floored(log_probability).sum(axis=0).argmax(keepdims=True)
    before = _summed(np.zeros((1, n_clusters)), log_probability[: shortest - 1])
    reached = np.full(n_frames + 1, -np.inf)
    reached[0] = switch_cost  # the first segment is no change
    origin = np.zeros((n_frames + 1, n_clusters), np.int32)
    ending = np.zeros(n_frames + 1, np.int32)
    best, since = np.full(n_clusters, -np.inf), np.zeros(n_clusters, np.int32)
    for at in range(shortest, n_frames + 1, shortest):
        stop = min(at + shortest, n_frames + 1)
        begun = np.arange(at - shortest, stop - shortest, dtype=np.int32)
        total = _summed(before[-1:], log_probability[at - 1 : stop - 1])[1:]
        entering = (reached[begun] - switch_cost)[:, None] - before[: len(begun)]
        running = np.maximum.accumulate(np.concatenate([best[None], entering]))
        better = np.where(entering > running[:-1], begun[:, None], since)
        origin[at:stop] = np.maximum.accumulate(better)
        scores = running[1:] + total
        ending[at:stop] = scores.argmax(axis=1)
        reached[at:stop] = scores.max(axis=1)
        best, since, before = running[-1], origin[stop - 1], total
    return _traced(origin, ending)


def _summed(so_far: FloatArray, log_probability: AnyArray) -> FloatArray:
    """Return (frame + 1, cluster) sums up to each of some frames, the (1, cluster) sums before them first."""
    return np.cumsum(np.concatenate([so_far, _floored(log_probability)]), axis=0)


def _traced(origin: AnyArray, ending: AnyArray) -> tuple[IntArray, IntArray]:
    """Return the boundaries and clusters that lead to the last frame."""
    starts, clusters, stop = [], [], len(ending) - 1
    while stop > 0:
        cluster = int(ending[stop])
        stop = int(origin[stop, cluster])
        starts.append(stop)
        clusters.append(cluster)
    return np.array(starts[::-1], np.int64), np.array(clusters[::-1], np.int64)


def _divided(start: int, stop: int, change: FloatArray, *, lengths: tuple[int, int]) -> list[int]:
    """Return the starts of the pieces of a segment, cut where most changes until none is too long."""
    shortest, longest = lengths
    starts, waiting = [], [(start, stop)]
    while waiting:
        first, last = waiting.pop()
        if last - first <= longest or last - first < 2 * shortest:
            starts.append(first)
            continue
        cut = first + shortest + int(change[first + shortest : last - shortest + 1].argmax())
        waiting += [(cut, last), (first, cut)]
    return starts
