"""Measured facts held to a vocabulary: what it has no word for stays without a name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from behaviorvlm.behavior.annotator import UNSEEN, ClipDescriber, ClipDescription, CutsSegments, RecordingView
from behaviorvlm.types import Segment


class VocabularyDescriber:
    """A describer of which only some names count; all else that it says is kept.

    Args:
        describer: Who describes.
        names: The behaviors of the vocabulary.
    """

    def __init__(self, describer: ClipDescriber, names: Collection[str]) -> None:
        self.name = describer.name
        self.needs_pixels = describer.needs_pixels
        self._describer, self._names = describer, frozenset(names)

    def describe(self, view: RecordingView, segments: Sequence[Segment]) -> list[ClipDescription]:
        """Return what happens in each of the segments; the behavior is "" where the vocabulary has no word for it."""
        return [self._held(one) for one in self._describer.describe(view, segments)]

    def impossible(self, view: RecordingView) -> Mapping[str, str]:
        """Return the words of the vocabulary that cannot be told in this recording, each with the reason."""
        lost = self._describer.impossible(view)
        return {name: reason for name, reason in lost.items() if name in self._names}

    def split_at_changes(self, view: RecordingView, segments: Sequence[Segment], *, min_frames: int) -> list[Segment]:
        """Return the segments cut where the describer would cut them."""
        if not isinstance(self._describer, CutsSegments):
            return list(segments)
        return self._describer.split_at_changes(view, segments, min_frames=min_frames)

    def _held(self, said: ClipDescription) -> ClipDescription:
        if said.behavior in self._names or said.behavior in ("", UNSEEN):
            return said
        evidence = f"no word of the vocabulary: {said.behavior}; {said.evidence}"
        return replace(said, behavior="", target="", evidence=evidence)
