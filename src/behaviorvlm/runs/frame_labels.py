"""What an animal does in each frame, from its segments and bouts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from behaviorvlm.types import Bout, Segment
from behaviorvlm.types.segment import NO_CLUSTER


@dataclass(frozen=True, eq=False)
class FrameLabel:
    """What is said of each frame, as places in a list of what can be said: four bytes a frame.

    Attributes:
        said: What can be said; the first where nothing else is known.
        place: (timepoint,) int32 in `said`.
    """

    said: list[object]
    place: npt.NDArray[np.int32]

    @classmethod
    def of(cls, stretches: Iterable[tuple[int, int, object]], nothing: object, *, n_frames: int) -> Self:
        """Return what stretches (first frame, frame behind the last, what is said there) say; later ones prevail."""
        places: dict[object, int] = {nothing: 0}
        place = np.zeros(n_frames, np.int32)
        for start, stop, said in stretches:
            place[start:stop] = places.setdefault(said, len(places))
        return cls(list(places), place)

    def over(self, part: slice) -> list[object]:
        """Return what is said of some frames."""
        return [self.said[place] for place in self.place[part].tolist()]


def frame_labels(
    individual: str, segments: Sequence[Segment], bouts: Sequence[Bout], *, n_frames: int
) -> tuple[FrameLabel, FrameLabel, FrameLabel]:
    """Return cluster, behavior and target of every frame; -1 and "" where there is none.

    Args:
        individual: Whose.
        segments: Of one recording.
        bouts: Of the same recording.
        n_frames: How many frames it has.
    """
    mine = [one for one in segments if one.individual == individual]
    done = [one for one in bouts if one.individual == individual]
    return (
        FrameLabel.of(((one.start_frame, one.stop_frame, one.cluster) for one in mine), NO_CLUSTER, n_frames=n_frames),
        FrameLabel.of(((one.start_frame, one.stop_frame, one.behavior) for one in done), "", n_frames=n_frames),
        FrameLabel.of(((one.start_frame, one.stop_frame, one.target) for one in done), "", n_frames=n_frames),
    )
