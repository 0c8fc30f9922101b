"""Pictures without files: a source of frames that a test paints, or that tell which frame they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import VideoError


@dataclass(frozen=True)
class PaintedSource:
    """Camera name, then channel, to its pictures. Keeps to `types.FrameSource`."""

    pictures: Mapping[str, Mapping[str, Sequence[np.ndarray]]]

    @property
    def n_timepoints(self) -> int:
        return min(len(frames) for channels in self.pictures.values() for frames in channels.values())

    def channels(self, camera: str) -> tuple[str, ...]:
        return tuple(self.pictures.get(camera, {}))

    def read(self, camera: str, *, channel: str, start: int, stop: int) -> Iterator[np.ndarray]:
        frames = self.pictures[camera][channel]
        for time in range(start, stop):
            if time >= len(frames):
                raise VideoError("the video ends early", where=f"{camera} {channel}")
            yield frames[time]


def telling_source(cameras: Sequence[str], channels: Sequence[str], n_timepoints: int) -> PaintedSource:
    """Return pictures of one grey level, which `told` reads."""
    return PaintedSource(
        {
            camera: {
                channel: [np.full((4, 6), grey(c, k, time), dtype=np.uint8) for time in range(n_timepoints)]
                for k, channel in enumerate(channels)
            }
            for c, camera in enumerate(cameras)
        }
    )


def grey(camera: int, channel: int, timepoint: int) -> int:
    """Return the grey level of a telling picture, for up to 4 cameras, 2 channels and 32 timepoints."""
    return camera * 64 + channel * 32 + timepoint
