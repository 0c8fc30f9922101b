"""Segments cut where the name of the frames changes, so that a short behavior inside a long segment survives."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from behaviorvlm.behavior.gaps import runs
from behaviorvlm.types import NO_CLUSTER, IntArray, Segment


def split_at_changes(segments: Sequence[Segment], labels: Mapping[str, IntArray], *, min_frames: int) -> list[Segment]:
    """Return the segments of one recording, cut where the labels of the frames change, numbered anew from 0.

    Labels that last less than `min_frames` are absorbed first. A boundary of the segments that lies less than
    `min_frames` from a change gives way to it, unless the animal is not to be seen on one side of it; so no piece is
    shorter than `min_frames` that was not before. Each piece keeps cluster and confidence of the segment that covers
    most of it.

    Args:
        segments: All segments of the recording, one individual after the other, in order of time.
        labels: Individual to (timepoint,) int64 labels; individuals without are left as they are.
        min_frames: Shortest label that counts.
    """
    found: list[Segment] = []
    for individual, stream in groupby(segments, key=lambda one: one.individual):
        mine = list(stream)
        pieces = _split(mine, labels[individual], min_frames) if individual in labels else mine
        found += [replace(piece, number=len(found) + place) for place, piece in enumerate(pieces)]
    return found


def absorb_short_runs(labels: IntArray, *, shortest: int) -> IntArray:
    """Return labels in which every run has at least `shortest` frames: shorter ones go to the longer neighbor.

    The shortest run goes first; neighbors that become alike become one. A sequence shorter than `shortest` gets one
    label.

    Args:
        labels: (timepoint,) int64.
        shortest: Frames.
    """
    starts, stops = runs(labels)
    code, length = labels[starts].tolist(), (stops - starts).tolist()
    before = [place - 1 for place in range(len(code))]
    after = [place + 1 if place + 1 < len(code) else -1 for place in range(len(code))]
    queue = [(size, place) for place, size in enumerate(length) if size < shortest]
    heapq.heapify(queue)
    into = list(range(len(code)))
    while queue:
        size, place = heapq.heappop(queue)
        near = [side for side in (before[place], after[place]) if side >= 0]
        if into[place] != place or size != length[place] or not near:
            continue  # it grew, or is gone, or is alone
        keeper = max(near, key=lambda side: length[side])
        gone = [place] + [side for side in near if side != keeper and code[side] == code[keeper]]
        for one in gone:
            into[one] = keeper
            length[keeper] += length[one]
            if before[one] >= 0:
                after[before[one]] = after[one]
            if after[one] >= 0:
                before[after[one]] = before[one]
        if length[keeper] < shortest:
            heapq.heappush(queue, (length[keeper], keeper))
    return np.repeat(np.array([code[_root(into, place)] for place in range(len(code))]), stops - starts)


def _root(into: list[int], place: int) -> int:
    while into[place] != place:
        into[place] = into[into[place]]
        place = into[place]
    return place


def _split(segments: Sequence[Segment], labels: IntArray, min_frames: int) -> list[Segment]:
    first, last = segments[0].start_frame, segments[-1].stop_frame
    changes = first + runs(absorb_short_runs(labels[first:last], shortest=min_frames))[0][1:]
    edges = _moved([one.start_frame for one in segments[1:]], changes, _unseen_edges(segments), within=min_frames)
    starts = np.array([one.start_frame for one in segments])
    stops = np.array([one.stop_frame for one in segments])
    pieces = []
    for start, stop in pairwise([first, *edges, last]):
        covered = np.minimum(stops, stop) - np.maximum(starts, start)
        pieces.append(replace(segments[int(np.argmax(covered))], start_frame=start, stop_frame=stop))
    return pieces


def _unseen_edges(segments: Sequence[Segment]) -> set[int]:
    return {after.start_frame for before, after in pairwise(segments) if NO_CLUSTER in (before.cluster, after.cluster)}


def _moved(edges: Sequence[int], changes: IntArray, fixed: set[int], *, within: int) -> list[int]:
    """Return boundaries and changes as one rising list, boundaries near a change moved there, fixed ones kept."""
    kept = set(edges)
    for change in changes.tolist():
        near = edges[bisect_right(edges, change - within) : bisect_left(edges, change + within)]
        if not any(edge in fixed for edge in near):
            kept.difference_update(near)
            kept.add(change)
    return sorted(kept)
