"""Two sequences side by side: how many edits part them, how many of their instants and intervals match one to one."""

from __future__ import annotations

import numpy as np

from behaviorvlm.evaluate.label_runs import LabelRuns
from behaviorvlm.types import FloatArray, IntArray


def edit_distance(first: IntArray, second: IntArray) -> int:
    """Return how many insertions, deletions and replacements turn one (item,) sequence into the other.

    Source: Levenshtein 1966. A row of the usual table is one pass of numpy: insertions chain along the row, so they
    are a running minimum of what is left after the number of items is taken off.
    """
    first, second = sorted((first, second), key=len)  # a step for each item of the shorter
    steps = np.arange(len(second) + 1)
    row = steps
    for item in first.tolist():
        best = np.minimum(row[1:] + 1, row[:-1] + (second != item))
        row = np.minimum.accumulate(np.concatenate([[row[0] + 1], best]) - steps) + steps
    return int(row[-1])


def matched_instants(first: IntArray, second: IntArray, *, tolerance: float) -> int:
    """Return how many pairs of instants at most `tolerance` apart there can be, each instant in one pair.

    On a line the earliest that fit are paired, which no other pairing beats.

    Args:
        first: (instant,) rising.
        second: (instant,) rising.
        tolerance: In the same unit.
    """
    one, other = first.tolist(), second.tolist()
    pairs = place = 0
    for instant in one:
        while place < len(other) and other[place] < instant - tolerance:
            place += 1
        if place < len(other) and other[place] <= instant + tolerance:
            pairs, place = pairs + 1, place + 1
    return pairs


def overlaps(first: LabelRuns, second: LabelRuns) -> tuple[IntArray, FloatArray]:
    """Return which runs of the two share frames and bear the same label, and how much of both together they share.

    Returns:
        (pair, 2) int64 places of the runs in both, and (pair,) float64 intersection over union.
    """
    low = np.searchsorted(second.stop, first.start, side="right")
    count = np.maximum(np.searchsorted(second.start, first.stop, side="left") - low, 0)
    one = np.repeat(np.arange(len(first)), count)
    other = np.repeat(low, count) + np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)
    same = first.label[one] == second.label[other]
    one, other = one[same], other[same]
    shared = np.minimum(first.stop[one], second.stop[other]) - np.maximum(first.start[one], second.start[other])
    lengths = (first.stop - first.start)[one] + (second.stop - second.start)[other]
    return np.stack([one, other], axis=1), shared / (lengths - shared)


def matched_runs(first: LabelRuns, second: LabelRuns, *, least_iou: float) -> IntArray:
    """Return the runs of `first` that have a partner in `second`, each in one pair, as many pairs as can be.

    Partners bear the same label and share at least `least_iou` of what they cover together.

    Returns:
        (match,) int64 places in `first`.

    Source: Hopcroft and Karp 1973, the largest matching of a bipartite graph.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    pairs, iou = overlaps(first, second)
    pairs = pairs[iou >= least_iou]
    if not len(pairs):
        return np.empty(0, dtype=np.int64)
    graph = csr_array((np.ones(len(pairs), dtype=np.int8), pairs.T), shape=(len(first), len(second)))
    return np.flatnonzero(maximum_bipartite_matching(graph, perm_type="column") >= 0)
