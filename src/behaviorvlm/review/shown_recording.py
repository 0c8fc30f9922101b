"""One recording of a behavior run as far as the run has come: times, segments with what was said of them, bouts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from behaviorvlm.runs.behavior_reader import BehaviorReader, Values
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types import Bout, FloatArray, RecordingSummary, Segment

_Span = TypeVar("_Span", Bout, Segment)


@dataclass(frozen=True, eq=False)
class ShownRecording:
    """What there is to show of a recording.

    Attributes:
        summary: What is known of it.
        edges_s: (timepoint + 1,) float64 when each frame begins, and the last one ends.
        bouts: Corrections included; empty while the run goes on.
        segments: Of clusters; empty before there are any.
        said: What was said of each segment; empty before anybody said anything.
    """

    summary: RecordingSummary
    edges_s: FloatArray
    bouts: tuple[Bout, ...]
    segments: tuple[Segment, ...]
    said: tuple[Values, ...]

    @classmethod
    def read(cls, run: BehaviorRun, name: str, *, bouts: tuple[Bout, ...]) -> ShownRecording | None:
        """Return a recording as the run has it now, None before it was measured.

        Args:
            run: The run.
            name: Of the recording.
            bouts: Its bouts, as far as there are any.

        Raises:
            RunCorruptError: If a result is not what was saved.
        """
        reader, sink = BehaviorReader(run), run.sink
        if sink.content_hash("recordings", name) is None or sink.content_hash("times", name) is None:
            return None
        clustered = sink.content_hash("segments", name) is not None
        described = clustered and sink.content_hash("descriptions", name) is not None
        return cls(
            summary=reader.summary(name),
            edges_s=reader.frame_edges_s(name),
            bouts=bouts,
            segments=reader.segments(name) if clustered else (),
            said=tuple(reader.descriptions(name)) if described else (),
        )

    @property
    def name(self) -> str:
        """Of the recording."""
        return self.summary.name

    @property
    def individuals(self) -> tuple[str, ...]:
        """The animals, or the scene."""
        return self.summary.individuals

    @cached_property
    def own_bouts(self) -> dict[str, list[Bout]]:
        """The bouts of each animal in order of time."""
        return _each(self.individuals, self.bouts)

    @cached_property
    def own_segments(self) -> dict[str, list[Segment]]:
        """The segments of each animal in order of time."""
        return _each(self.individuals, self.segments)

    def bout_at(self, individual: str, frame: int) -> Bout | None:
        """Return what an animal does at a frame, None = nothing that bears a name."""
        return _at(self.own_bouts[individual], frame)

    def segment_at(self, individual: str, frame: int) -> Segment | None:
        """Return the segment of an animal at a frame."""
        return _at(self.own_segments[individual], frame)

    def said_of(self, segment: Segment) -> Values:
        """Return what was said of a segment; empty where nobody said anything yet."""
        return self.said[self._place[segment.number]] if self.said else {}

    @cached_property
    def _place(self) -> dict[int, int]:
        return {segment.number: place for place, segment in enumerate(self.segments)}


def _each(individuals: Sequence[str], spans: Iterable[_Span]) -> dict[str, list[_Span]]:
    found: dict[str, list[_Span]] = {name: [] for name in individuals}
    for one in spans:
        found.setdefault(one.individual, []).append(one)
    return {name: sorted(each, key=lambda one: one.start_frame) for name, each in found.items()}


def _at(spans: Sequence[_Span], frame: int) -> _Span | None:
    place = bisect_right(spans, frame, key=lambda one: one.start_frame) - 1
    return spans[place] if place >= 0 and frame < spans[place].stop_frame else None
