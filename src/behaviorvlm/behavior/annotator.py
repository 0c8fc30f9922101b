"""Who answers stages 3 and 4: typed questions about segments, typed answers.

Stage 3 asks what happens in a segment, stage 4 which neighbours are one bout and what the behaviors are. Whether
a model, measured facts or a person's exemplars answer is a choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from behaviorvlm.behavior.kinematics import KinematicsSource
from behaviorvlm.types import ColorFrameSource, Ethogram, Float32Array, Recording, Segment

UNSEEN = "unseen"
"""The behavior of a segment in which the animal was not to be seen."""


@dataclass(frozen=True, eq=False)
class RecordingView:
    """What an annotator may look at in one recording.

    Attributes:
        recording: Its tracks, times and names.
        kinematics: What the tracks say; None = video alone.
        features: (individual, timepoint, feature) float32 scaled features of stage 1, missing = 0.
        source: Its pictures; None = no video.
    """

    recording: Recording
    kinematics: KinematicsSource | None
    features: Float32Array
    source: ColorFrameSource | None


@dataclass(frozen=True)
class ClipDescription:
    """What happens in one segment.

    Attributes:
        behavior: A short name; with a vocabulary, one of its names.
        target: Whom it is directed at, "" = nobody.
        description: One or two sentences.
        posture, direction, speed, social_contact: In a few words; "" = nothing to say.
        confidence: In [0, 1].
        confidence_kind: Whether it was measured, or is what the model says of itself.
        evidence: What it rests on, in words.
        source: Who said it: ``kinematic``, ``vlm``, ``exemplars``.
        status: Whether there is an answer; otherwise the behavior is "".
    """

    behavior: str
    target: str = ""
    description: str = ""
    posture: str = ""
    direction: str = ""
    speed: str = ""
    social_contact: str = ""
    confidence: float = 0.0
    confidence_kind: Literal["measured", "self_reported"] = "measured"
    evidence: str = ""
    source: str = ""
    status: Literal["answered", "refused", "unasked"] = "answered"


@dataclass(frozen=True)
class DescribedSegment:
    """A segment and what happens in it."""

    segment: Segment
    description: ClipDescription


@dataclass(frozen=True)
class MergeGroup:
    """Neighbouring segments of one animal that are one bout.

    Attributes:
        recording: Name of the recording.
        individual: Whose segments they are.
        segments: Their numbers, in order of time; at least one.
        behavior: The refined name.
        target: Whom it is directed at, "" = nobody.
        confidence: In [0, 1].
        reason: Why they are one, in words.
        source: Who said so: ``rule``, ``llm``.
    """

    recording: str
    individual: str
    segments: tuple[int, ...]
    behavior: str
    target: str
    confidence: float
    reason: str
    source: str


@dataclass(frozen=True)
class Catalogue:
    """The behaviors of a run, and what their groups were called before.

    Attributes:
        ethogram: Behaviors with definitions, clusters and evidence.
        renamed: Name in a group to its name in the ethogram; a name that stays is left out.
    """

    ethogram: Ethogram
    renamed: Mapping[str, str] = field(default_factory=dict)


class ClipDescriber(Protocol):
    """Answers stage 3.

    Attributes:
        name: As written into the run.
        needs_pixels: Whether it must be shown pictures.
    """

    name: str
    needs_pixels: bool

    def describe(self, view: RecordingView, segments: Sequence[Segment]) -> list[ClipDescription]:
        """Return what happens in each of the segments, which are of one individual and in order of time."""
        ...

    def impossible(self, view: RecordingView) -> Mapping[str, str]:
        """Return the behaviors that it could not tell in this recording whatever happened, each with the reason."""
        ...


@runtime_checkable
class CutsSegments(Protocol):
    """A describer that sees, frame by frame, where something else begins."""

    def split_at_changes(self, view: RecordingView, segments: Sequence[Segment], *, min_frames: int) -> list[Segment]:
        """Return the segments of a recording cut at changes that last `min_frames` or more, numbered anew."""
        ...


class SegmentMerger(Protocol):
    """Answers stage 4."""

    @property
    def name(self) -> str:
        """As written into the run."""
        ...

    def merge(self, stream: Sequence[DescribedSegment]) -> list[MergeGroup]:
        """Return the segments of one individual, all of them, each in one group, order kept."""
        ...

    def write_ethogram(
        self, groups: Sequence[MergeGroup], described: Mapping[tuple[str, int], DescribedSegment]
    ) -> Catalogue:
        """Return the behaviors that the groups of a whole run are of.

        Args:
            groups: The groups of all recordings and individuals.
            described: (recording, segment number) to the segment and its description.
        """
        ...
