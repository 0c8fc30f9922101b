"""What a video file is, without decoding it: size, frames, timestamps.

Every packet of the container is looked at once, so the number of frames and their timestamps are those in the file,
not what a header or a frame rate claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from behaviorvlm.errors import VideoError
from behaviorvlm.types import FloatArray, IntArray
from behaviorvlm.types.arrays import frozen_ints

if TYPE_CHECKING:
    import av.container

GAP = 1.5
"""An interval of more than this many frame periods has dropped frames in it."""
STEADY = 0.1
"""Intervals within this share of the frame period are of one rate."""
VARIABLE = 0.05
"""More than this share of unsteady intervals makes a variable frame rate."""
AGREE = 1e-3
"""A stated rate this near to the measured one, relatively, is the exact one: containers round their timestamps."""
COPY_AGAIN = "copy the file again from where it was recorded, or repair it with a video tool"


class _Packet(NamedTuple):
    pts: int | None
    dts: int | None
    is_keyframe: bool
    is_corrupt: bool


@dataclass(frozen=True, eq=False)
class VideoProbe:
    """One video file.

    Attributes:
        path: The file.
        image_size: (width, height) in px.
        ticks: (frame,) int64 timestamps in presentation order, in units of `tick_s`.
        keyframes: (keyframe,) int64 frame indices at which decoding can begin.
        tick_s: Length of a tick in seconds.
        stated_rate_hz: Frame rate the container claims; 0 if it claims none.
        has_pts: Whether `ticks` are presentation times; some containers (AVI) know decoding times only.
    """

    path: str
    image_size: tuple[int, int]
    ticks: IntArray
    keyframes: IntArray
    tick_s: float
    stated_rate_hz: float
    has_pts: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "ticks", frozen_ints(self.ticks, (None,), name="ticks"))
        object.__setattr__(self, "keyframes", frozen_ints(self.keyframes, (None,), name="keyframes"))

    @property
    def n_frames(self) -> int:
        """Number of frames in the file."""
        return len(self.ticks)

    @property
    def times_s(self) -> FloatArray:
        """Timestamps of the frames, (frame,) float64 seconds from the container's zero."""
        return np.asarray(self.ticks * self.tick_s)

    @cached_property
    def frame_rate_hz(self) -> float:
        """Frames per second between dropped frames, from the timestamps; what the container states if that agrees."""
        intervals = np.diff(self.ticks)
        if not len(intervals):
            return self.stated_rate_hz
        steady = intervals[intervals <= GAP * np.median(intervals)]
        measured = float(1 / (steady.mean() * self.tick_s))
        return self.stated_rate_hz if abs(self.stated_rate_hz / measured - 1) < AGREE else measured

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Dropped frames: (frame index before the gap, number of frames missing there)."""
        if self.is_variable or not self.frame_rate_hz:
            return []
        periods = np.diff(self.times_s) * self.frame_rate_hz
        return [(int(frame), round(float(periods[frame])) - 1) for frame in np.flatnonzero(periods > GAP)]

    @property
    def is_variable(self) -> bool:
        """Whether the frame rate changes by more than rounding and a few dropped frames."""
        if self.n_frames < 3 or not self.frame_rate_hz:
            return False
        periods = np.diff(self.times_s) * self.frame_rate_hz
        rounding = 2 * self.tick_s * self.frame_rate_hz
        off = np.abs(periods - np.maximum(np.round(periods), 1)) > STEADY + rounding
        return bool(off.mean() > VARIABLE)


def probe_video(path: Path) -> VideoProbe:
    """Return what is in a video file. Asked again about the same unchanged file, the answer is remembered.

    Raises:
        VideoError: If the file is missing, empty, no video, cut short, or holds no frames.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise VideoError(
            "no such video", where=str(path), expected="a video file", actual=str(error.strerror),
            remedy="put the file there, or name its place under [videos] in session.toml",
        ) from error  # fmt: skip
    if not stat.st_size:
        raise VideoError(
            "the video is empty", where=str(path), expected="a video file", actual="0 bytes", remedy=COPY_AGAIN
        )
    return _probe(str(path), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _probe(path: str, size: int, modified_ns: int) -> VideoProbe:
    """Read `path`; `size` and `modified_ns` are there for the cache alone."""
    import av

    try:
        with av.open(path) as container:
            return _probe_container(container, path)
    except av.FFmpegError as error:
        raise VideoError(
            "the video cannot be read",
            where=path,
            expected="a complete video file",
            actual=error.strerror or str(error),
            remedy=f"a recording that was cut off has lost its index: {COPY_AGAIN}",
        ) from error


def _probe_container(container: av.container.InputContainer, path: str) -> VideoProbe:
    if not container.streams.video:
        raise VideoError("there is no picture in the file", where=path, expected="a video stream", actual="none")
    stream = container.streams.video[0]
    packets = [
        _Packet(packet.pts, packet.dts, packet.is_keyframe, packet.is_corrupt)
        for packet in container.demux(stream)  # one at a time: keeping them would keep the whole file
        if packet.size and not packet.is_discard
    ]
    _refuse_cut(packets, path, stated=stream.frames)
    ticks, has_pts = _timestamps(packets, path)
    order = np.argsort(ticks, kind="stable")
    is_key = np.array([packet.is_keyframe for packet in packets])
    return VideoProbe(
        path,
        (stream.codec_context.width, stream.codec_context.height),
        ticks[order],
        np.flatnonzero(is_key[order]),
        tick_s=float(stream.time_base or 0),
        stated_rate_hz=float(stream.average_rate or 0),
        has_pts=has_pts,
    )


def _refuse_cut(packets: list[_Packet], path: str, *, stated: int) -> None:
    """Refuse a video with fewer whole frames than its index states (0 where the container states none)."""
    whole = next((number for number, packet in enumerate(packets) if packet.is_corrupt), len(packets))
    if whole < max(stated, len(packets)) or not whole:
        raise VideoError(
            "the video is cut short" if whole else "the video holds no frames",
            where=f"{path}, frame {whole}",
            expected=f"{max(stated, len(packets), 1)} frames, as its index says",
            actual=f"{whole} whole frames",
            remedy=COPY_AGAIN,
        )


def _timestamps(packets: list[_Packet], path: str) -> tuple[IntArray, bool]:
    """Return presentation times and True, or decoding times and False from containers that know no others."""
    for has_pts in (True, False):
        ticks = [packet.pts if has_pts else packet.dts for packet in packets]
        if None not in ticks and len(set(ticks)) == len(ticks):
            return np.array(ticks, dtype=np.int64), has_pts
    raise VideoError(
        "the frames have no timestamps of their own",
        where=path,
        expected="one timestamp for every frame",
        actual="missing or repeated ones",
        remedy="put the video into another container: ffmpeg -i IN -c copy OUT.mp4",
    )
