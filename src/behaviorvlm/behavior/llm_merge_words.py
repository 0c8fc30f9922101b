"""What a language model reads of segments: a line each."""

from __future__ import annotations

from collections.abc import Mapping

from behaviorvlm.behavior.annotator import DescribedSegment

LONGEST_DESCRIPTION = 240
LONGEST_DETAIL = 60


def segment_in_words(one: DescribedSegment, number: int, *, tags: Mapping[str, str], rate_hz: float | None) -> str:
    """Return a described segment as a line.

    Args:
        one: The segment and its description.
        number: What it is called in the question.
        tags: Name of an animal to what it is called in the question; others by their names.
        rate_hz: Frames per second; None = unknown.
    """
    segment, said = one.segment, one.description
    seconds = "" if rate_hz is None else f" ({segment.n_frames / rate_hz:.1f} s)"
    target = f" to {tags.get(said.target, said.target)}" if said.target else ""
    details = [
        f"{what}: {cut(text, LONGEST_DETAIL)}"
        for what, text in (("posture", said.posture), ("direction", said.direction), ("speed", said.speed))
        if text
    ]
    told = " ".join([cut(said.description, LONGEST_DESCRIPTION), *(f"[{detail}]" for detail in details)])
    return (
        f"{number}. frames {segment.start_frame}-{segment.stop_frame - 1}{seconds}, cluster {segment.cluster}:"
        f' "{said.behavior}"{target} ({100 * said.confidence:.0f}) {told}'
    ).rstrip()


def cut(text: str, most: int) -> str:
    """Return a text on one line, and at most so many letters of it."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 3]}..."
