"""Stage 2, second half: the soft assignments of one animal become segments of bearable length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.behavior.gaps import close_short_absences, runs
from behaviorvlm.behavior.segment_decoding import SWITCH_COST, change_strength, decode_segments
from behaviorvlm.types import NO_CLUSTER, BoolArray, Float32Array, Segment

LONGEST_BRIDGE_S = 1.0
"""Longest absence that a segment goes on through: half the longest window of the features, which still tell there."""
CHANGE_WINDOW_S = 0.5
"""Frames to either side whose features are compared where a long segment is divided."""
LEAST_PROBABILITY = 1e-9
"""What stands in for an assignment of 0, whose logarithm is not finite."""


@dataclass(frozen=True)
class SegmentLengths:
    """How long segments are, and how readily they change.

    Attributes:
        frame_rate_hz: Frames per second.
        min_s: Shortest; where an animal is seen for less, its segment is as short.
        max_s: Longest.
        switch_cost: What a change of cluster costs, in nats for each frame of the shortest segment.
    """

    frame_rate_hz: float
    min_s: float
    max_s: float
    switch_cost: float = SWITCH_COST

    def frames(self, seconds: float) -> int:
        """Return a duration in frames, at least 1."""
        return max(1, round(seconds * self.frame_rate_hz))


def segment_individual(
    assignment: Float32Array,
    visible: BoolArray,
    lengths: SegmentLengths,
    *,
    recording: str,
    individual: str,
    first_number: int = 0,
    features: Float32Array | None = None,
) -> list[Segment]:
    """Return the segments of one animal, in order, covering every frame.

    Args:
        assignment: (timepoint, cluster) float soft assignments, rows that sum to 1.
        visible: (timepoint,) bool whether the animal is seen. Absences up to `LONGEST_BRIDGE_S` are bridged, longer
            ones are segments of no cluster, with confidence 0.
        lengths: How long segments are.
        recording: Name of the recording.
        individual: Name of the animal.
        first_number: Number of its first segment.
        features: (timepoint, feature) float scaled features, which say where a long segment is best divided; without
            them the assignments do.
    """
    present = close_short_absences(visible, longest=lengths.frames(LONGEST_BRIDGE_S))
    segments: list[Segment] = []
    for start, stop in zip(*(edges.tolist() for edges in runs(present)), strict=True):
        part = slice(start, stop)
        found = [(0, stop - start, NO_CLUSTER)]
        if present[start]:
            found = _decoded(assignment[part], lengths, None if features is None else features[part])
        for first, last, cluster in found:
            rows = assignment[start + first : start + last]
            segments.append(
                Segment(
                    recording=recording,
                    individual=individual,
                    number=first_number + len(segments),
                    start_frame=start + first,
                    stop_frame=start + last,
                    cluster=cluster,
                    confidence=float(rows[:, cluster].mean()) if cluster != NO_CLUSTER else 0.0,
                )
            )
    return segments


def _decoded(
    assignment: Float32Array, lengths: SegmentLengths, features: Float32Array | None
) -> list[tuple[int, int, int]]:
    """Return (start, stop, cluster) of each segment of frames in which the animal is seen."""
    shortest, half_window = lengths.frames(lengths.min_s), lengths.frames(CHANGE_WINDOW_S)
    log_probability = np.maximum(assignment, LEAST_PROBABILITY)
    starts, clusters = decode_segments(
        np.log(log_probability, out=log_probability),
        min_frames=shortest,
        max_frames=lengths.frames(lengths.max_s),
        switch_cost=lengths.switch_cost * shortest,
        change=None if features is None else change_strength(features, half_window=half_window),
    )
    stops = np.append(starts[1:], len(assignment))
    return list(zip(starts.tolist(), stops.tolist(), clusters.tolist(), strict=True))
