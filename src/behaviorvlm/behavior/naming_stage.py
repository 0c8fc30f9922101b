"""Stages 3 and 4 over a whole run: every segment described, neighbours merged, an ethogram, bouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from behaviorvlm.behavior.annotator import (
    Catalogue,
    ClipDescriber,
    ClipDescription,
    DescribedSegment,
    MergeGroup,
    RecordingView,
    SegmentMerger,
)
from behaviorvlm.behavior.bouts import apart, individual_bouts, joined, renamed
from behaviorvlm.errors import ShapeError
from behaviorvlm.types import Bout, Ethogram, RecordingSummary, ResultSink, RowStore, Segment
from behaviorvlm.types.packing import pack_json, unpack_json, unpack_segments

Progress = Callable[[str, int, int], None]
BOUNDARY_REACH_S = 0.5
"""How far the boundary of a bout may move from that of its segments."""
Undone = Mapping[str, frozenset[int]]
"""Recording to the places of the merges that a person undid."""


@dataclass(frozen=True, eq=False)
class NamingStage:
    """Stages 3 and 4 of one run.

    Attributes:
        sink: Where results go and are found again.
        rows: Where scaled features are.
        progress: Told how far each stage is.
    """

    sink: ResultSink
    rows: RowStore
    progress: Progress

    def summary(self, name: str) -> RecordingSummary:
        """Return what is known of a recording."""
        return unpack_json(self.sink.load("recordings", name) or {}, RecordingSummary)

    def segments(self, name: str) -> tuple[Segment, ...]:
        """Return the segments of a recording, one individual after the other."""
        record = self.sink.load("segments", name) or {}
        return unpack_segments(record, recording=name, individuals=self.summary(name).individuals)

    def describe(self, names: Sequence[str], describer: ClipDescriber, view: Callable[[str], RecordingView]) -> None:
        """Have every segment described that is not yet, a recording at a time.

        Args:
            names: The recordings.
            describer: Who describes.
            view: Gives what may be looked at in a recording; asked only where something is left to do.
        """
        left = [name for name in names if self.sink.load("descriptions", name) is None]
        self.progress("descriptions", len(names) - len(left), len(names))
        for number, name in enumerate(left, 1):
            looked_at = view(name)
            self.sink.save("impossible", name, pack_json(dict(describer.impossible(looked_at))))
            said: list[ClipDescription] = []
            for _, stream in groupby(self.segments(name), key=lambda one: one.individual):
                said += _described(describer, looked_at, list(stream))
            self.sink.save("descriptions", name, pack_json(said))
            self.progress("descriptions", len(names) - len(left) + number, len(names))

    def merge(self, names: Sequence[str], merger: SegmentMerger) -> None:
        """Have the neighbouring segments of every individual merged, a recording at a time."""
        left = [name for name in names if self.sink.load("merges", name) is None]
        self.progress("merges", len(names) - len(left), len(names))
        for number, name in enumerate(left, 1):
            groups: list[MergeGroup] = []
            for _, stream in groupby(self.described(name).values(), key=lambda one: one.segment.individual):
                groups += _merged(merger, list(stream))
            self.sink.save("merges", name, pack_json(groups))
            self.progress("merges", len(names) - len(left) + number, len(names))

    def write_ethogram(self, names: Sequence[str], merger: SegmentMerger) -> None:
        """Have the behaviors of the whole run named and defined, once."""
        if self.sink.load("catalogue", "all") is None:
            groups = [group for name in names for group in self.groups(name)]
            described = {(name, number): one for name in names for number, one in self.described(name).items()}
            self.sink.save("catalogue", "all", pack_json(merger.write_ethogram(groups, described)))

    def described(self, name: str) -> dict[int, DescribedSegment]:
        """Return the segments of a recording with their descriptions, by number."""
        said = unpack_json(self.sink.load("descriptions", name) or {}, list[ClipDescription])
        pairs = zip(self.segments(name), said, strict=True)
        return {segment.number: DescribedSegment(segment, description) for segment, description in pairs}

    def groups(self, name: str) -> list[MergeGroup]:
        """Return the groups that the segments of a recording were merged to."""
        return unpack_json(self.sink.load("merges", name) or {}, list[MergeGroup])

    def finish(self, names: Sequence[str], *, undone: Undone, revision: str, min_bout_s: float) -> None:
        """Keep the bouts of every recording and the ethogram that they are of.

        Args:
            names: The recordings.
            undone: What a person undid.
            revision: Key of the results after so many changes.
            min_bout_s: Shortest bout that moving boundaries may leave.
        """
        catalogue = unpack_json(self.sink.load("catalogue", "all") or {}, Catalogue)
        seen: set[str] = set()
        for name in names:
            kept = self.sink.load(f"bouts{revision}", name)
            if kept is None:
                kept = pack_json(self._bouts(name, catalogue, undone.get(name, frozenset()), min_bout_s=min_bout_s))
                self.sink.save(f"bouts{revision}", name, kept)
            seen.update(bout.behavior for bout in unpack_json(kept, list[Bout]))
        if self.sink.load("ethogram", revision) is None:
            self.sink.save("ethogram", revision, pack_json(self._ethogram(names, catalogue, seen)))

    def _bouts(self, name: str, catalogue: Catalogue, undone: frozenset[int], *, min_bout_s: float) -> list[Bout]:
        summary, places = self.summary(name), self.described(name)
        every = self.groups(name)
        groups = renamed(apart(every, undone, places), catalogue.renamed)
        single = {number for place in undone for number in every[place].segments}
        features = self.rows.load("scaled", name)
        times_s = np.asarray((self.sink.load("times", name) or {})["times_s"], dtype=np.float64)
        found: list[Bout] = []
        for individual, stream in groupby(groups, key=lambda one: one.individual):
            if features is None:
                raise ShapeError("the scaled features of a recording are gone", where=name)
            found += individual_bouts(
                joined(stream, apart_from=single),
                places,
                features=features[summary.individuals.index(individual)],
                times_s=times_s,
                frame_rate_hz=summary.frame_rate_hz,
                reach_frames=round(BOUNDARY_REACH_S * summary.frame_rate_hz),
                min_frames=max(round(min_bout_s * summary.frame_rate_hz), 1),
            )
        return found

    def _ethogram(self, names: Sequence[str], catalogue: Catalogue, seen: set[str]) -> Ethogram:
        """Return the behaviors that are left after all changes, and what was impossible in every recording."""
        lost = [unpack_json(self.sink.load("impossible", name) or {}, dict[str, str]) for name in names]
        impossible = {key: reason for key, reason in lost[0].items() if all(key in one for one in lost)} if lost else {}
        behaviors = tuple(one for one in catalogue.ethogram.behaviors if one.name in seen)
        return replace(
            catalogue.ethogram, behaviors=behaviors, impossible={**impossible, **catalogue.ethogram.impossible}
        )


def _described(describer: ClipDescriber, view: RecordingView, segments: Sequence[Segment]) -> list[ClipDescription]:
    said = describer.describe(view, segments)
    if len(said) != len(segments):
        raise ShapeError(
            "a describer left segments out",
            where=f"{describer.name}, {view.recording.name}",
            expected=f"{len(segments)} descriptions",
            actual=str(len(said)),
        )
    return said


def _merged(merger: SegmentMerger, stream: Sequence[DescribedSegment]) -> list[MergeGroup]:
    """Return the groups of one individual, and refuse any that lose, repeat or reorder a segment."""
    groups = merger.merge(stream)
    numbers = [number for group in groups for number in group.segments]
    expected = [one.segment.number for one in stream]
    if numbers != expected:
        raise ShapeError(
            "a merger lost, repeated or reordered segments",
            where=f"{merger.name}, {stream[0].segment.recording}, {stream[0].segment.individual}",
            expected=f"{len(expected)} segments in order",
            actual=f"{len(numbers)} in its groups",
        )
    return groups
