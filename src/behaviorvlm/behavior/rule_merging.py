"""Stage 4 without a model: neighbors that mean the same are one bout, brief doubtful interruptions are passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from statistics import median

from behaviorvlm.behavior.annotator import UNSEEN, Catalogue, DescribedSegment, MergeGroup
from behaviorvlm.behavior.kinematic_behaviors import BEHAVIORS, CODES
from behaviorvlm.types import NO_CLUSTER, Behavior, Ethogram

SOURCE = "rule"
POINT_S = 0.5
"""A behavior whose bouts last less, at the median, is a point and no state."""
EVIDENCE = 3
"""Segments that are kept as evidence of a behavior."""
Described = Mapping[tuple[str, int], DescribedSegment]


@dataclass(frozen=True)
class RuleSegmentMerger:
    """Merges by rule.

    Neighbors with the same behavior and target are one bout. So are two of them around an interruption that lasts no
    longer than `bridge_s` and is less sure than both; an animal that was not to be seen for a while is never passed
    over. Every group says why it is one, and keeps the numbers of its segments: taken apart
    (`behaviorvlm.behavior.bouts.apart`), each is again what its description says.

    Attributes:
        frame_rates_hz: Recording to frames per second.
        definitions: Behavior to what is seen when it happens.
        bridge_s: Longest interruption that is passed over. The shortest time over which The Jackson Laboratory's
            rules for group-housed mice still join two intervals.
        name: ``rule``.
    """

    frame_rates_hz: Mapping[str, float]
    definitions: Mapping[str, str]
    bridge_s: float = 0.5
    name: str = SOURCE

    def merge(self, stream: Sequence[DescribedSegment]) -> list[MergeGroup]:
        """Return the segments of one individual, all of them, each in one group, order kept."""
        stretches = [_Stretch(tuple(alike), ()) for _, alike in groupby(stream, key=_meaning)]
        for longest in sorted({one.n_frames for one in stretches if self._brief(one)}):
            stretches = self._closed(stretches, longest=longest)
        return [self._group(stretch) for stretch in stretches]

    def write_ethogram(self, groups: Sequence[MergeGroup], described: Described) -> Catalogue:
        """Return the behaviors that the groups are of, those that take most time first.

        Args:
            groups: The groups of all recordings and individuals.
            described: (recording, segment number) to the segment and its description.
        """
        named: dict[str, list[MergeGroup]] = {}
        for group in groups:
            if group.behavior not in ("", UNSEEN):
                named.setdefault(group.behavior, []).append(group)
        lasting = {name: sum(self._seconds(group, described) for group in mine) for name, mine in named.items()}
        order = sorted(named, key=lambda name: -lasting[name])
        return Catalogue(Ethogram(tuple(self._behavior(name, named[name], described) for name in order)))

    def _closed(self, stretches: Sequence[_Stretch], *, longest: int) -> list[_Stretch]:
        """Return the stretches with interruptions of at most so many frames passed over."""
        kept: list[_Stretch] = []
        for stretch in stretches:
            kept.append(stretch)
            while len(kept) > 2 and kept[-2].n_frames <= longest and self._passes(kept[-3], kept[-2], kept[-1]):
                kept[-3:] = [_Stretch.around(kept[-3:])]
        return kept

    def _brief(self, stretch: _Stretch) -> bool:
        return stretch.n_frames <= self.bridge_s * self.frame_rates_hz[stretch.recording]

    def _passes(self, before: _Stretch, between: _Stretch, after: _Stretch) -> bool:
        if before.meaning != after.meaning or UNSEEN in (between.meaning[0], before.meaning[0]):
            return False
        return self._brief(between) and between.confidence < min(before.confidence, after.confidence)

    def _group(self, stretch: _Stretch) -> MergeGroup:
        first = stretch.segments[0]
        return MergeGroup(
            recording=stretch.recording,
            individual=first.segment.individual,
            segments=tuple(one.segment.number for one in stretch.segments),
            behavior=stretch.meaning[0],
            target=stretch.meaning[1],
            confidence=stretch.confidence,
            reason=self._reason(stretch),
            source=SOURCE,
        )

    def _reason(self, stretch: _Stretch) -> str:
        behavior, target = stretch.meaning
        what = (behavior or "without an answer") + (f" towards {target}" if target else "")
        count = len(stretch.segments) - sum(len(one.segments) for one in stretch.passed)
        said = f"{count} neighbors are {what}" if len(stretch.segments) > 1 else "a segment by itself"
        for one in stretch.passed:
            seconds = one.n_frames / self.frame_rates_hz[one.recording]
            said += (
                f"; {seconds:.2f} s of {one.meaning[0] or 'no answer'} in between is less sure"
                f" ({one.confidence:.2f}) than what is around it, and not longer than {self.bridge_s:g} s"
            )
        return said

    def _behavior(self, name: str, groups: Sequence[MergeGroup], described: Described) -> Behavior:
        members = [described[group.recording, number] for group in groups for number in group.segments]
        mine = [one for one in members if one.description.behavior == name]
        best = sorted(mine, key=lambda one: (-one.description.confidence, -one.segment.n_frames))
        lengths_s = [self._seconds(group, described) for group in groups]
        return Behavior(
            name=name,
            definition=self.definitions.get(name, ""),
            kind="point" if median(lengths_s) < POINT_S else "state",
            social=_social(name, groups),
            clusters=tuple(sorted({one.segment.cluster for one in mine} - {NO_CLUSTER})),
            evidence=tuple((one.segment.recording, one.segment.number) for one in best[:EVIDENCE]),
        )

    def _seconds(self, group: MergeGroup, described: Described) -> float:
        frames = sum(described[group.recording, number].segment.n_frames for number in group.segments)
        return frames / self.frame_rates_hz[group.recording]


@dataclass(frozen=True)
class _Stretch:
    """Neighboring segments on their way to a group.

    Attributes:
        segments: In order of time.
        passed: Those stretches in it that mean something else.
    """

    segments: tuple[DescribedSegment, ...]
    passed: tuple[_Stretch, ...]

    @classmethod
    def around(cls, three: Sequence[_Stretch]) -> _Stretch:
        """Return one of two alike and the interruption between them."""
        before, between, after = three
        passed = (*before.passed, replace(between, passed=()), *after.passed)
        return cls(before.segments + between.segments + after.segments, passed)

    @property
    def meaning(self) -> tuple[str, str]:
        """Behavior and target."""
        return _meaning(self.segments[0])

    @property
    def recording(self) -> str:
        """Name of the recording."""
        return self.segments[0].segment.recording

    @cached_property
    def n_frames(self) -> int:
        """Number of frames."""
        return sum(one.segment.n_frames for one in self.segments)

    @cached_property
    def confidence(self) -> float:
        """Mean over the frames; those that mean something else count 0."""
        sure = sum(one.segment.n_frames * one.description.confidence for one in self.segments if self._agrees(one))
        return sure / self.n_frames

    def _agrees(self, one: DescribedSegment) -> bool:
        return _meaning(one) == self.meaning


def _meaning(one: DescribedSegment) -> tuple[str, str]:
    return one.description.behavior, one.description.target


def _social(name: str, groups: Sequence[MergeGroup]) -> bool | None:
    if any(group.target for group in groups):
        return True
    return BEHAVIORS[CODES[name]].social if name in CODES else None
