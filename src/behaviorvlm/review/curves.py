"""What of a run fits into memory at once: a few numbers for each keypoint and timepoint, and which are the worst."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from behaviorvlm.runs.chunks import DecisionChunk, PoseChunk
from behaviorvlm.runs.decisions import KINDS, UNANSWERED
from behaviorvlm.types import BoolArray, Float32Array, FloatArray, IntArray, all_finite

ShortArray = npt.NDArray[np.int16]
Measure = Literal["error", "margin", "missing", "jump", "bone", "audit"]
MEASURES: dict[Measure, str] = {
    "error": "reprojection error, px",
    "margin": "margin over the second-best reading, nats",
    "missing": "missing keypoints",
    "jump": "step beyond both neighbors in time, mm",
    "bone": "bone length off its median, share",
    "audit": "audit: the model disagrees, its confidence",
}
LARGE_MARGIN = 20.0
"""Nats from which on a margin is no worry."""
LEAST_DISAGREEMENT = 0.01
"""A model that disagrees without any confidence disagrees all the same."""


@dataclass(eq=False)
class Curves:
    """A pose run in memory, corrections included; about 50 bytes for each keypoint and timepoint.

    Attributes:
        first: The first timepoint that was asked for.
        points_mm: (timepoint, keypoint, 3) float32, NaN = missing or not settled.
        error_px, margin, confidence: (timepoint, keypoint) float64, NaN likewise; as exact as the tables, because
            thresholds are compared with them.
        views_used: (timepoint, keypoint) int16.
        disagreement: (timepoint, keypoint) float32, how sure a model was of itself where an audit found that it
            disagrees; 0 = it agreed, NaN = it was not asked or did not answer.
        settled: (timepoint,) bool.
        corrected: (timepoint, keypoint) bool.
    """

    first: int
    points_mm: Float32Array
    error_px: FloatArray
    margin: FloatArray
    confidence: FloatArray
    views_used: ShortArray
    disagreement: Float32Array
    settled: BoolArray
    corrected: BoolArray

    @classmethod
    def empty(cls, asked: range, n_keypoints: int) -> Curves:
        """Return the curves of a run of which nothing is known yet."""
        each = (len(asked), n_keypoints)
        error_px, margin, confidence = (np.full(each, np.nan) for _ in range(3))
        return cls(
            asked.start,
            points_mm=np.full((*each, 3), np.nan, dtype=np.float32),
            error_px=error_px,
            margin=margin,
            confidence=confidence,
            views_used=np.zeros(each, dtype=np.int16),
            disagreement=np.full(each, np.nan, dtype=np.float32),
            settled=np.zeros(len(asked), dtype=np.bool_),
            corrected=np.zeros(each, dtype=np.bool_),
        )

    def add(self, chunks: Iterable[PoseChunk]) -> None:
        """Take in chunks of poses, new ones or ones that were corrected."""
        for chunk in chunks:
            rows = chunk.timepoint - self.first
            self.points_mm[rows], self.error_px[rows] = chunk.points_mm, chunk.error_px
            self.margin[rows], self.confidence[rows] = chunk.margin, chunk.confidence
            self.views_used[rows], self.settled[rows] = chunk.views_used, True
            self.corrected[rows] = chunk.corrected

    def add_audits(self, chunk: DecisionChunk) -> None:
        """Take in what audits of a stretch found."""
        answered = (chunk.kind == KINDS.index("audit")) & (chunk.reading > UNANSWERED)
        rows, keypoints = chunk.timepoint[answered] - self.first, chunk.about[answered]
        sure = np.maximum(chunk.confidence[answered], LEAST_DISAGREEMENT)
        self.disagreement[rows, keypoints] = np.where(chunk.reading[answered] == 0, 0.0, sure)

    @property
    def present(self) -> BoolArray:
        """Which keypoints have a position, (timepoint, keypoint) bool."""
        return all_finite(self.points_mm)

    def badness(self, measure: Measure, edges: IntArray) -> FloatArray:
        """Return how bad each keypoint is, (timepoint, keypoint) float64; 0 is good, NaN is not known.

        Args:
            measure: In which respect.
            edges: (edge, 2) int64 bones as keypoint indices.
        """
        if measure == "error":
            return self.error_px.astype(np.float64)
        if measure == "margin":
            return np.asarray(np.maximum(LARGE_MARGIN - self.margin, 0.0), dtype=np.float64)
        if measure == "missing":
            return np.where(self.settled[:, None], ~self.present, np.nan).astype(np.float64)
        if measure == "audit":
            return self.disagreement.astype(np.float64)
        return self._jumps() if measure == "jump" else self._odd_bones(edges)

    def worst(self, measure: Measure, edges: IntArray, *, limit: int) -> list[tuple[int, int, float]]:
        """Return the worst timepoints: timepoint, its worst keypoint, and how bad that is; worst first, good ones not.

        A keypoint that a person corrected is not listed again.

        Args:
            measure: In which respect.
            edges: (edge, 2) int64 bones as keypoint indices.
            limit: How many at most.
        """
        bad = np.where(self.corrected, 0.0, np.nan_to_num(self.badness(measure, edges), nan=0.0))
        keypoints = bad.argmax(axis=1)
        value = bad.sum(axis=1) if measure == "missing" else bad.max(axis=1, initial=0.0)
        order = np.argsort(-value, kind="stable")[:limit]
        return [(int(row) + self.first, int(keypoints[row]), float(value[row])) for row in order if value[row] > 0]

    def _jumps(self) -> FloatArray:
        steps = np.full((len(self.points_mm) + 1, self.points_mm.shape[1]), np.nan)
        if len(self.points_mm) > 1:
            steps[1:-1] = np.linalg.norm(np.diff(self.points_mm, axis=0), axis=-1)
        return np.asarray(np.minimum(steps[:-1], steps[1:]), dtype=np.float64)

    def _odd_bones(self, edges: IntArray) -> FloatArray:
        odd = np.full(self.error_px.shape, np.nan)
        for first, second in edges.tolist():
            length = np.linalg.norm(self.points_mm[:, first] - self.points_mm[:, second], axis=-1)
            known = length[np.isfinite(length)]
            if len(known):
                off = np.abs(length / max(float(np.median(known)), 1e-6) - 1)
                for end in (first, second):
                    odd[:, end] = np.fmax(odd[:, end], off)
        return odd
