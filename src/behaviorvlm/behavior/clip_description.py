"""Stage 3: what happens in each segment? Asked of an annotator, individual by individual, in order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from behaviorvlm.behavior.annotator import ClipDescriber, ClipDescription, RecordingView
from behaviorvlm.errors import ShapeError
from behaviorvlm.types import Segment


def describe_segments(
    describer: ClipDescriber, view: RecordingView, segments: Sequence[Segment]
) -> Iterator[ClipDescription]:
    """Yield what happens in each segment of a recording, in their order (paper, stage 3).

    Args:
        describer: Who answers.
        view: What may be looked at.
        segments: All segments of the recording, one individual after the other.

    Raises:
        ShapeError: If the describer leaves a segment out.
    """
    for _, stream in groupby(segments, key=lambda one: one.individual):
        own = list(stream)
        found = describer.describe(view, own)
        if len(found) != len(own):
            raise ShapeError(
                "a describer left segments out",
                where=f"{describer.name}, {view.recording.name}",
                expected=f"{len(own)} descriptions",
                actual=str(len(found)),
            )
        yield from found
