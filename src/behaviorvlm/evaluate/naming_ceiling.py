"""The ceiling of naming: what somebody who names every segment as well as can be would reach with these segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from behaviorvlm.evaluate.label_runs import UNSCORED, masked_like
from behaviorvlm.types import IntArray


def perfect_names(truth: IntArray, pieces: IntArray) -> IntArray:
    """Give every piece the label that most of its frames bear.

    Score the result like any other labelling. No namer of whole pieces agrees on more frames; in averages over
    behaviors another choice may be slightly better, since a rare label counts there as much as a common one.

    Args:
        truth: (frame,) int64 codes, -1 = does not count.
        pieces: (frame,) int64 numbers of the pieces that must be named as one, from 0 on wherever the truth counts.

    Returns:
        (frame,) int64 codes; -1 in pieces of which no frame counts.

    Raises:
        ShapeError: If lengths differ, or a frame that counts is in no piece.
    """
    counted = masked_like(pieces, truth) != UNSCORED
    named = np.full(len(truth), UNSCORED, dtype=np.int64)
    if not counted.any():
        return named
    _, place = np.unique(pieces, return_inverse=True)
    n_pieces, n_labels = int(place.max()) + 1, int(truth.max()) + 1
    table = np.bincount(place[counted] * n_labels + truth[counted], minlength=n_pieces * n_labels)
    table = table.reshape(n_pieces, n_labels)
    name = np.where(table.any(axis=1), np.argmax(table, axis=1), UNSCORED)
    return np.asarray(name[place], dtype=np.int64)


def pieces_of_all(segments: Sequence[IntArray]) -> IntArray:
    """Cut time wherever any of several animals changes its segment.

    One label for all animals follows from the names of all their segments, so it can change only there. This is more
    than a rule that joins the animals' labels can always reach: the ceiling of a pair is an upper bound.

    Args:
        segments: (frame,) int64 number of each frame's segment, for each animal; one or more animals.

    Returns:
        (frame,) int64 number of the piece, rising from 0.
    """
    changed = np.zeros(len(segments[0]), dtype=np.bool_)
    for numbers in segments:
        changed[1:] |= numbers[1:] != numbers[:-1]
    return np.cumsum(changed, dtype=np.int64)
