"""Named 2D points of one video, whatever file they came from."""

from __future__ import annotations

from dataclasses import dataclass

from behaviorvlm.types import FloatArray, IntArray
from behaviorvlm.types.arrays import frozen_floats, frozen_ints


@dataclass(frozen=True, eq=False)
class KeypointTable:
    """Named 2D points of some frames of one video.

    Attributes:
        individuals: Names, the individual axis; one nameless individual where the file names none.
        keypoints: Names, the keypoint axis.
        frames: (timepoint,) int64 frame index in the video.
        points_px: (timepoint, individual, keypoint, 2) float64 px of the raw image, NaN = missing.
        confidence: (timepoint, individual, keypoint) float64; NaN where the file states none.
        lines: (timepoint,) int64 line of each row in the file, -1 where the file has no lines.
        frame_rate_hz: Where the file states it.
        px_per_mm: Where the file states it.
        seen_only: Whether the file leaves out frames in which nothing was found, at its end too.
    """

    individuals: tuple[str, ...]
    keypoints: tuple[str, ...]
    frames: IntArray
    points_px: FloatArray
    confidence: FloatArray
    lines: IntArray
    frame_rate_hz: float | None = None
    px_per_mm: float | None = None
    seen_only: bool = False

    def __post_init__(self) -> None:
        frames = frozen_ints(self.frames, (None,), name="frames")
        object.__setattr__(self, "frames", frames)
        shape = (len(frames), len(self.individuals), len(self.keypoints))
        object.__setattr__(self, "points_px", frozen_floats(self.points_px, (*shape, 2), name="points_px"))
        object.__setattr__(self, "confidence", frozen_floats(self.confidence, shape, name="confidence"))
        object.__setattr__(self, "lines", frozen_ints(self.lines, shape[:1], name="lines"))
