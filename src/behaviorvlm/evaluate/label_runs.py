"""Labels of frames as runs: stretches of frames that bear the same label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import ShapeError
from behaviorvlm.types import BoolArray, IntArray

UNSCORED = -1
"""The code of a frame that does not count, because the person who labelled it did not say, or said to ignore it."""


@dataclass(frozen=True, eq=False)
class LabelRuns:
    """Runs of equal labels in order of time, half-open; unscored frames belong to none.

    Attributes:
        start: (run,) int64 first frame.
        stop: (run,) int64 frame behind the last.
        label: (run,) int64 code.
    """

    start: IntArray
    stop: IntArray
    label: IntArray

    def __len__(self) -> int:
        return len(self.label)

    def without(self, label: int | None) -> LabelRuns:
        """Return the runs of other labels than this one (None = all runs)."""
        kept = np.ones(len(self), dtype=np.bool_) if label is None else self.label != label
        return LabelRuns(self.start[kept], self.stop[kept], self.label[kept])


def runs_of(codes: IntArray) -> LabelRuns:
    """Return the runs of (frame,) int64 codes."""
    edges = np.flatnonzero(np.diff(codes)) + 1
    start = np.concatenate([np.zeros(min(len(codes), 1), dtype=np.int64), edges])
    stop = np.concatenate([edges, np.full(min(len(codes), 1), len(codes), dtype=np.int64)])
    return LabelRuns(start, stop, np.asarray(codes[start], dtype=np.int64)).without(UNSCORED)


def changes_of(codes: IntArray) -> IntArray:
    """Return the frames that begin with another label than the frame before, both scored, (change,) int64 rising."""
    scored = codes != UNSCORED
    return np.flatnonzero((codes[1:] != codes[:-1]) & scored[1:] & scored[:-1]) + 1


def masked_like(codes: IntArray, truth: IntArray) -> IntArray:
    """Return (frame,) codes, unscored where the truth is; an unscored frame of its own is refused.

    A frame of which a run says nothing cannot be left out of its score: give it a code, such as the background's.

    Raises:
        ShapeError: If the two differ in length, or a frame that counts has no code.
    """
    if codes.shape != truth.shape or codes.ndim != 1:
        raise ShapeError("labels and truth differ in length", expected=str(truth.shape), actual=str(codes.shape))
    unsaid: BoolArray = (codes < 0) & (truth != UNSCORED)
    if unsaid.any():
        raise ShapeError(
            "a frame that counts has no label",
            where=f"frame {int(np.argmax(unsaid))}",
            expected="a code from 0 on for every frame the truth scores",
            actual=f"{int(unsaid.sum())} frames without",
        )
    return np.where(truth == UNSCORED, UNSCORED, codes)
