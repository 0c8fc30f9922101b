"""Described segments, and a rule that merges equal neighbours: what a merger is tried with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from behaviorvlm.behavior.annotator import Catalogue, ClipDescription, DescribedSegment, MergeGroup
from behaviorvlm.types import Behavior, Ethogram, Segment

LENGTH = 60


def described(*names: str, individual: str = "mouse1", recording: str = "r", first: int = 0) -> list[DescribedSegment]:
    """Return segments called so; ``name>target`` is directed at somebody, "" was not answered."""
    found = []
    for place, text in enumerate(names):
        name, _, target = text.partition(">")
        number = first + place
        segment = Segment(recording, individual, number, number * LENGTH, (number + 1) * LENGTH, number % 4, 0.9)
        status = "answered" if name else "refused"
        said = ClipDescription(name, target, f"It does {name}.", confidence=0.5 + 0.01 * place, status=status)
        found.append(DescribedSegment(segment, said))
    return found


def by_key(*streams: Sequence[DescribedSegment]) -> dict[tuple[str, int], DescribedSegment]:
    return {(one.segment.recording, one.segment.number): one for stream in streams for one in stream}


class EqualNeighbours:
    """A merger that joins equal neighbours and defines nothing; notes what it is asked."""

    name = "rule"

    def __init__(self) -> None:
        self.merged: list[list[int]] = []

    def merge(self, stream: Sequence[DescribedSegment]) -> list[MergeGroup]:
        self.merged.append([one.segment.number for one in stream])
        groups: list[MergeGroup] = []
        for one in stream:
            said, segment = one.description, one.segment
            last = groups[-1] if groups else None
            if last is not None and (last.behavior, last.target) == (said.behavior, said.target):
                groups[-1] = replace(last, segments=(*last.segments, segment.number))
                continue
            groups.append(
                MergeGroup(
                    segment.recording,
                    segment.individual,
                    (segment.number,),
                    said.behavior,
                    said.target,
                    said.confidence,
                    "equal",
                    "rule",
                )
            )
        return groups

    def write_ethogram(
        self, groups: Sequence[MergeGroup], described: Mapping[tuple[str, int], DescribedSegment]
    ) -> Catalogue:
        names = dict.fromkeys(group.behavior for group in groups if group.behavior not in ("", "unseen"))
        behaviors = []
        for name in names:
            mine = [one for one in described.values() if one.description.behavior == name]
            clusters = tuple(sorted({one.segment.cluster for one in mine}))
            evidence = tuple((one.segment.recording, one.segment.number) for one in mine[:2])
            behaviors.append(Behavior(name, "", "state", any(group.target for group in groups), clusters, evidence))
        return Catalogue(Ethogram(tuple(behaviors)))
