"""A recording of behaving animals, as paths and records: tracks, video, time, groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from behaviorvlm.errors import InputError
from behaviorvlm.types.arrays import ByteArray, FloatArray, frozen_floats
from behaviorvlm.types.roles import KeypointRoles
from behaviorvlm.types.tracks import Tracks

SCENE = "scene"
"""The one stream of a recording without tracks: not an animal, but everything in view."""


@dataclass(frozen=True, eq=False)
class Recording:
    """What one run knows of one recording. Opens no file.

    Attributes:
        name: Each recording of a run has its own.
        times_s: (timepoint,) float64 seconds of each frame, from the video or from a stated frame rate.
        frame_rate_hz: Median frames per second.
        tracks: The animals' points, as many timepoints as there are times; None = video alone.
        roles: What its keypoints are for.
        video: Path of the video, "" = none.
        frame_size: (width, height) of the pictures in px; of the space the points cover where there is no video.
        px_per_mm: Scale, None = unknown.
        groups: Column name to value, as a project states them (treatment, sex ...).
        source_files: Every file the recording depends on, path by role; they are hashed into the run.
        stated: What the user said of how its files are read, by name (frame rate, scale ...); on record in the run.
        notes: What a person should know of how it was read (frames cut off, roles guessed ...).
    """

    name: str
    times_s: FloatArray
    frame_rate_hz: float
    tracks: Tracks | None
    roles: KeypointRoles
    video: str = ""
    frame_size: tuple[int, int] = (0, 0)
    px_per_mm: float | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    source_files: Mapping[str, str] = field(default_factory=dict)
    stated: Mapping[str, float | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "times_s", frozen_floats(self.times_s, (None,), name="times_s"))
        if self.tracks is None and not self.video:
            raise InputError("a recording has neither tracks nor video", where=self.name, expected="one of them")
        if self.tracks is not None and len(self.tracks.times_s) != len(self.times_s):
            raise InputError(
                "tracks and times differ in length",
                where=self.name,
                expected=f"{len(self.times_s)} timepoints",
                actual=str(len(self.tracks.times_s)),
            )

    @property
    def n_timepoints(self) -> int:
        """Number of frames."""
        return len(self.times_s)

    @property
    def individuals(self) -> tuple[str, ...]:
        """The streams that are labelled: the animals, or the scene where nobody was tracked."""
        return self.tracks.individuals if self.tracks is not None else (SCENE,)

    @property
    def stop_s(self) -> float:
        """When the last frame ends."""
        return float(frame_edges_s(self.times_s, self.frame_rate_hz)[-1])


def frame_edges_s(times_s: FloatArray, frame_rate_hz: float) -> FloatArray:
    """Return when each frame begins and the last one ends, (timepoint + 1,) seconds; 0 alone where there is no frame.

    Args:
        times_s: (timepoint,) float64 seconds of each frame.
        frame_rate_hz: Frames per second, of which the last one lasts one.
    """
    return np.append(times_s, times_s[-1] + 1.0 / frame_rate_hz) if len(times_s) else np.zeros(1)


class ColorFrameSource(Protocol):
    """Where color pictures of a recording come from. Picklable, so that workers read for themselves."""

    def read(self, start: int, stop: int, *, step: int = 1) -> Iterator[ByteArray]:
        """Yield every `step`-th frame from `start` (included) to `stop` (excluded), (height, width, 3) uint8 RGB.

        Raises:
            VideoError: If the video ends early or cannot be decoded.
        """
        ...

    def pick(self, frames: Sequence[int]) -> Iterator[ByteArray]:
        """Yield the frames of these rising indices, (height, width, 3) uint8 RGB."""
        ...
