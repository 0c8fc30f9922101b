"""A segment: an interval of one animal that one cluster covers, before anybody names it."""

from __future__ import annotations

from dataclasses import dataclass

from behaviorvlm.errors import InputError

NO_CLUSTER = -1
"""The cluster of frames where the animal could not be seen."""


@dataclass(frozen=True)
class Segment:
    """What over-segmentation leaves: half-open, in order, without gaps within one individual.

    Attributes:
        recording: Name of the recording.
        individual: Name of the animal, or ``scene``.
        number: Unique within the recording, from 0.
        start_frame: First frame.
        stop_frame: Frame behind the last.
        cluster: Number of the cluster, -1 = the animal was not to be seen.
        confidence: Mean soft assignment of its frames to the cluster, in [0, 1].
    """

    recording: str
    individual: str
    number: int
    start_frame: int
    stop_frame: int
    cluster: int
    confidence: float

    def __post_init__(self) -> None:
        if not 0 <= self.start_frame < self.stop_frame:
            raise InputError(
                "a segment has no frames",
                where=f"{self.recording}, {self.individual}, segment {self.number}",
                expected="0 <= start_frame < stop_frame",
                actual=f"{self.start_frame} to {self.stop_frame}",
            )

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.stop_frame - self.start_frame
