"""Stage 4: which neighbouring segments are one bout? Asked of an annotator, individual by individual."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from behaviorvlm.behavior.annotator import DescribedSegment, MergeGroup, SegmentMerger
from behaviorvlm.errors import ShapeError


def merge_segments(merger: SegmentMerger, described: Iterable[DescribedSegment]) -> list[MergeGroup]:
    """Return the groups that the segments of a recording are merged to, in order (paper, stage 4).

    Args:
        merger: Who answers.
        described: All segments of the recording, one individual after the other.

    Raises:
        ShapeError: If the merger loses, repeats or reorders a segment.
    """
    groups: list[MergeGroup] = []
    for _, stream in groupby(described, key=lambda one: one.segment.individual):
        own = list(stream)
        found = merger.merge(own)
        numbers = [number for group in found for number in group.segments]
        if numbers != [one.segment.number for one in own]:
            raise ShapeError(
                "a merger lost, repeated or reordered segments",
                where=f"{merger.name}, {own[0].segment.recording}, {own[0].segment.individual}",
                expected=f"{len(own)} segments in order",
                actual=f"{len(numbers)} in its groups",
            )
        groups += found
    return groups
