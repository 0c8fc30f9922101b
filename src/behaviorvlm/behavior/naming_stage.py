"""Stages 3 and 4 over a whole run: descriptions, merges, an ethogram and bouts, kept recording by recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

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
from behaviorvlm.behavior.clip_description import describe_segments
from behaviorvlm.behavior.kept_results import KeptResults, Progress, left_over
from behaviorvlm.behavior.segment_merging import merge_segments
from behaviorvlm.types import AnyArray, Bout, Ethogram
from behaviorvlm.types.packing import pack_json

BOUNDARY_REACH_S = 0.5
"""How far the boundary of a bout may move from that of its segments."""
Undone = Mapping[str, frozenset[int]]
"""Recording to the places of the merges that a person undid."""


@dataclass(frozen=True, eq=False)
class NamingStage:
    """Stages 3 and 4 of one run.

    Attributes:
        kept: What was found so far.
        progress: Told how far each stage is.
    """

    kept: KeptResults
    progress: Progress

    def describe(
        self, name: str, describer: ClipDescriber, view: Callable[[str], RecordingView], *, close: Callable[[], None]
    ) -> None:
        """Have every segment of a recording described.

        Args:
            name: The recording.
            describer: Who describes.
            view: Gives what may be looked at in a recording.
            close: Lets go of that; called before the answers are packed once more to be kept.
        """
        said = self._said(name, describer, view(name))
        close()
        self.kept.sink.save("descriptions", name, said)

    def _said(self, name: str, describer: ClipDescriber, view: RecordingView) -> Mapping[str, AnyArray]:
        self.kept.sink.save("impossible", name, pack_json(dict(describer.impossible(view))))
        return pack_json(describe_segments(describer, view, self.kept.segments(name)))

    def merge(self, names: Sequence[str], merger: SegmentMerger) -> None:
        """Have the neighbouring segments of every individual merged, a recording at a time."""
        for name in left_over(names, partial(self.kept.has, "merges"), stage="merges", progress=self.progress):
            groups = merge_segments(merger, self.described(name).values())
            self.kept.sink.save("merges", name, pack_json(groups))

    def write_ethogram(self, names: Sequence[str], merger: SegmentMerger) -> None:
        """Have the behaviors of the whole run named and defined, once."""
        if not self.kept.has("catalogue", "all"):
            groups = [group for name in names for group in self.groups(name)]
            described = {(name, number): one for name in names for number, one in self.described(name).items()}
            self.kept.sink.save("catalogue", "all", pack_json(merger.write_ethogram(groups, described)))

    def described(self, name: str) -> dict[int, DescribedSegment]:
        """Return the segments of a recording with their descriptions, by number."""
        said = self.kept.value("descriptions", name, list[ClipDescription])
        pairs = zip(self.kept.segments(name), said, strict=True)
        return {segment.number: DescribedSegment(segment, description) for segment, description in pairs}

    def groups(self, name: str) -> list[MergeGroup]:
        """Return the groups that the segments of a recording were merged to."""
        return self.kept.value("merges", name, list[MergeGroup])

    def finish(self, names: Sequence[str], *, undone: Undone, revision: str, min_bout_s: float) -> None:
        """Keep the bouts of every recording and the ethogram that they are of.

        Args:
            names: The recordings.
            undone: What a person undid.
            revision: Key of the results after so many changes.
            min_bout_s: Shortest bout that moving boundaries may leave.
        """
        catalogue = self.kept.value("catalogue", "all", Catalogue)
        stage = f"bouts{revision}"
        seen: set[str] = set()
        for name in names:
            if not self.kept.has(stage, name):
                bouts = self._bouts(name, catalogue, undone.get(name, frozenset()), min_bout_s=min_bout_s)
                self.kept.sink.save(stage, name, pack_json(bouts))
            seen.update(bout.behavior for bout in self.kept.value(stage, name, list[Bout]))
        if not self.kept.has("ethogram", revision):
            self.kept.sink.save("ethogram", revision, pack_json(self._ethogram(names, catalogue, seen)))

    def _bouts(self, name: str, catalogue: Catalogue, undone: frozenset[int], *, min_bout_s: float) -> list[Bout]:
        summary, places = self.kept.summary(name), self.described(name)
        every = self.groups(name)
        groups = renamed(apart(every, undone, places), catalogue.renamed)
        single = {number for place in undone for number in every[place].segments}
        features, times_s = self.kept.table("scaled", name), self.kept.times_s(name)
        found: list[Bout] = []
        for individual, stream in groupby(groups, key=lambda one: one.individual):
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
        lost = [self.kept.value("impossible", name, dict[str, str]) for name in names]
        impossible = {key: reason for key, reason in lost[0].items() if all(key in one for one in lost)} if lost else {}
        behaviors = tuple(one for one in catalogue.ethogram.behaviors if one.name in seen)
        return replace(
            catalogue.ethogram, behaviors=behaviors, impossible={**impossible, **catalogue.ethogram.impossible}
        )
