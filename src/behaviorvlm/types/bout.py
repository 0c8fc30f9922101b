"""A bout: a named interval of one animal, perhaps directed at another."""

from __future__ import annotations

from dataclasses import dataclass

from behaviorvlm.errors import InputError


@dataclass(frozen=True)
class Bout:
    """What an ethogram is made of.

    Attributes:
        recording: Name of the recording.
        individual: Who does it.
        target: Whom it is done to, "" = nobody.
        behavior: Name of the behavior.
        start_frame: First frame.
        stop_frame: Frame behind the last.
        start_s: Time of the first frame.
        stop_s: Time at which the last frame ends.
        confidence: In [0, 1]; of whoever named it, averaged over its segments. NaN = nobody said.
        segments: Numbers of the segments it was merged from, in order; empty for a bout of a person.
    """

    recording: str
    individual: str
    target: str
    behavior: str
    start_frame: int
    stop_frame: int
    start_s: float
    stop_s: float
    confidence: float
    segments: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not (0 <= self.start_frame < self.stop_frame and self.start_s < self.stop_s):
            raise InputError(
                "a bout has no duration",
                where=f"{self.recording}, {self.individual}, {self.behavior}",
                expected="start before stop",
                actual=f"frames {self.start_frame} to {self.stop_frame}, {self.start_s} to {self.stop_s} s",
            )
