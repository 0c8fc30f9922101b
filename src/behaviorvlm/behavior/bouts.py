"""From merged groups to bouts: renamed, neighbours alike joined, boundaries moved to where the features change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from behaviorvlm.behavior.annotator import UNSEEN, DescribedSegment, MergeGroup
from behaviorvlm.behavior.boundary_refinement import refine_boundaries
from behaviorvlm.types import Bout, Float32Array, FloatArray, IntArray, frame_edges_s

Places = Mapping[int, DescribedSegment]
"""Segment number to segment and description, of one recording."""


def apart(groups: Sequence[MergeGroup], undone: Collection[int], places: Places) -> list[MergeGroup]:
    """Return the groups of one recording with some of them taken apart into their segments.

    Args:
        groups: The groups, in order.
        undone: Places of those that a person undid.
        places: Segment number to segment and description.
    """
    return [
        one
        for number, group in enumerate(groups)
        for one in (_single_groups(group, places) if number in undone else [group])
    ]


def _single_groups(group: MergeGroup, places: Places) -> Iterable[MergeGroup]:
    for number in group.segments:
        said = places[number].description
        yield replace(
            group,
            segments=(number,),
            behavior=said.behavior,
            target=said.target,
            confidence=said.confidence,
            reason="a person undid the merge",
            source="person",
        )


def renamed(groups: Iterable[MergeGroup], names: Mapping[str, str]) -> list[MergeGroup]:
    """Return the groups with their behaviors as the ethogram calls them."""
    return [replace(group, behavior=names.get(group.behavior, group.behavior)) for group in groups]


def joined(groups: Iterable[MergeGroup], *, apart_from: Collection[int] = ()) -> list[MergeGroup]:
    """Return the groups of one individual, neighbours with equal behavior and target joined.

    Args:
        groups: In order of time.
        apart_from: Segments that are never joined to others, since a person took them apart.
    """
    single = set(apart_from)

    def meaning(group: MergeGroup) -> tuple[object, ...]:
        alone = () if single.isdisjoint(group.segments) else group.segments
        return group.behavior, group.target, alone

    return [_as_one(list(alike)) for _, alike in groupby(groups, key=meaning)]


def _as_one(groups: Sequence[MergeGroup]) -> MergeGroup:
    if len(groups) == 1:
        return groups[0]
    shares = [len(group.segments) for group in groups]
    confidence = float(np.average([group.confidence for group in groups], weights=shares))
    segments = tuple(number for group in groups for number in group.segments)
    return replace(groups[0], segments=segments, confidence=confidence)


def individual_bouts(
    groups: Sequence[MergeGroup],
    places: Places,
    *,
    features: Float32Array,
    times_s: FloatArray,
    frame_rate_hz: float,
    reach_frames: int,
    min_frames: int,
) -> list[Bout]:
    """Return the bouts of one individual; unseen intervals and segments that nobody named are no bouts.

    Args:
        groups: All groups of the individual, in order.
        places: Segment number to segment and description.
        features: (timepoint, feature) float32 scaled features, to which boundaries are fitted.
        times_s: (timepoint,) seconds of each frame.
        frame_rate_hz: For the end of the last frame.
        reach_frames: How far a boundary may move.
        min_frames: Shortest bout that refining may leave.
    """
    edges = _refined(_edges(groups, places), groups, features, reach_frames=reach_frames, min_frames=min_frames)
    edges_s = frame_edges_s(times_s, frame_rate_hz)
    return [
        Bout(
            recording=group.recording,
            individual=group.individual,
            target=group.target,
            behavior=group.behavior,
            start_frame=start,
            stop_frame=stop,
            start_s=float(edges_s[start]),
            stop_s=float(edges_s[stop]),
            confidence=group.confidence,
            segments=group.segments,
        )
        for group, (start, stop) in zip(groups, pairwise(edges.tolist()), strict=True)
        if is_named(group.behavior) and start < stop
    ]


def is_named(behavior: str) -> bool:
    """Return whether a segment bears the name of a behavior."""
    return behavior not in ("", UNSEEN)


def _edges(groups: Sequence[MergeGroup], places: Places) -> IntArray:
    starts = [places[group.segments[0]].segment.start_frame for group in groups]
    return np.array([*starts, places[groups[-1].segments[-1]].segment.stop_frame], dtype=np.int64)


def _refined(
    edges: IntArray, groups: Sequence[MergeGroup], features: Float32Array, *, reach_frames: int, min_frames: int
) -> IntArray:
    """Return the edges, those between two named groups moved: where an animal vanishes is not a matter of features."""
    if len(edges) < 3 or reach_frames < 1:
        return edges
    named = np.array([is_named(group.behavior) for group in groups])
    movable = np.concatenate([[False], named[:-1] & named[1:], [False]])
    return refine_boundaries(features, edges, reach_frames=reach_frames, min_frames=min_frames, movable=movable)
