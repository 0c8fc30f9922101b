"""What an animal does in each frame, from its segments and bouts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from behaviorvlm.types import AnyArray, Bout, Segment
from behaviorvlm.types.segment import NO_CLUSTER


def frame_labels(
    individual: str, segments: Sequence[Segment], bouts: Sequence[Bout], *, n_frames: int
) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Return cluster, behavior and target of every frame, (frame,) object each; -1 and "" where there is none.

    Args:
        individual: Whose.
        segments: Of one recording.
        bouts: Of the same recording.
        n_frames: How many frames it has.
    """
    clusters = np.full(n_frames, NO_CLUSTER, dtype=object)
    behaviors, targets = np.full(n_frames, "", dtype=object), np.full(n_frames, "", dtype=object)
    for segment in segments:
        if segment.individual == individual:
            clusters[segment.start_frame : segment.stop_frame] = segment.cluster
    for bout in bouts:
        if bout.individual == individual:
            behaviors[bout.start_frame : bout.stop_frame] = bout.behavior
            targets[bout.start_frame : bout.stop_frame] = bout.target
    return clusters, behaviors, targets
