"""One video, decoded frame by frame into grey or color pictures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.errors import VideoError
from behaviorvlm.io.video_probe import VideoProbe
from behaviorvlm.types import ByteArray

if TYPE_CHECKING:
    import av.container
    from av.video.frame import VideoFrame

LUMA_FIRST = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray")
"""8-bit pixel formats whose first plane is the grey picture."""
FULL_RANGE = ("yuvj420p", "yuvj422p", "yuvj444p", "gray")
FULL_RANGE_TAG = 2
"""FFmpeg's color_range for luma from 0 to 255; otherwise video's luma runs from 16 to 235."""
BLACK, STRETCH = 16, 255 / 219
"""Where that range begins, and how much wider the full one is."""


class VideoReader:
    """Decodes one video forwards, and jumps to a keyframe where that is shorter.

    Attributes:
        broken: Whether decoding failed or the file was closed, so that the reader is of no more use.
    """

    def __init__(self, probe: VideoProbe, threads: int = 1) -> None:
        """Open a video.

        Args:
            probe: What is in it.
            threads: Decoding threads.

        Raises:
            VideoError: If it cannot be opened.
        """
        self._probe = probe
        self._threads = threads
        self._next = 0
        self.broken = False
        self._container = self._open()
        self._frames = self._decode()

    def picture(self, frame_idx: int) -> ByteArray:
        """Return one frame, (height, width) uint8 of its own, grey in the full range of 0 to 255.

        Raises:
            VideoError: If there is no such frame, or it cannot be decoded; the message names file and frame.
        """
        return _grey(self._decoded(frame_idx))

    def color_picture(self, frame_idx: int) -> ByteArray:
        """Return one frame, (height, width, 3) uint8 RGB.

        Raises:
            VideoError: If there is no such frame, or it cannot be decoded; the message names file and frame.
        """
        return np.asarray(self._decoded(frame_idx).to_ndarray(format="rgb24"), dtype=np.uint8)

    def _decoded(self, frame_idx: int) -> VideoFrame:
        if frame_idx >= self._probe.n_frames:
            raise self._undecodable(frame_idx, f"the video has {self._probe.n_frames} frames")
        passed = int(np.searchsorted(self._probe.keyframes, frame_idx, side="right"))
        keyframe = int(self._probe.keyframes[passed - 1]) if passed else 0
        if frame_idx < self._next or keyframe > self._next:
            self._jump(frame_idx, keyframe)
        for frame in self._frames:
            self._next = self._index(frame) + 1
            if self._next == frame_idx + 1:
                return frame
            if self._next > frame_idx:
                break
        raise self._undecodable(frame_idx, "the decoder leaves it out")

    def close(self) -> None:
        """Close the file; the reader is of no more use."""
        self.broken = True
        self._container.close()

    def _open(self) -> av.container.InputContainer:
        import av

        try:
            container = av.open(self._probe.path)
        except av.FFmpegError as error:
            raise self._undecodable(0, error.strerror or str(error)) from error
        stream = container.streams.video[0]
        stream.thread_type = "SLICE"
        stream.codec_context.thread_count = self._threads
        return container

    def _decode(self) -> Iterator[VideoFrame]:
        import av

        try:
            yield from self._container.decode(video=0)
        except av.FFmpegError as error:
            raise self._undecodable(self._next, error.strerror or str(error)) from error

    def _jump(self, frame_idx: int, keyframe: int) -> None:
        """Go to `keyframe`; where the container lands behind `frame_idx` or nowhere, go to the start of the file."""
        import av

        stream, tick = self._container.streams.video[0], int(self._probe.ticks[keyframe])
        try:
            self._container.seek(tick, stream=stream, backward=True)
            self._frames = self._decode()
            first = next(self._frames, None)
        except (av.FFmpegError, VideoError):
            first = None
        if first is None or self._index(first) > frame_idx:
            self._container.close()
            self._container = self._open()
            self._frames, self._next, self.broken = self._decode(), 0, False
        else:
            self._next = self._index(first)
            self._frames = chain([first], self._frames)

    def _index(self, frame: VideoFrame) -> int:
        """Return the index of a decoded frame, from its timestamp."""
        tick = frame.pts if self._probe.has_pts else frame.dts
        return int(np.searchsorted(self._probe.ticks, tick if tick is not None else self._probe.ticks[self._next]))

    def _undecodable(self, frame_idx: int, actual: str) -> VideoError:
        self.broken = True
        return VideoError(
            "a frame cannot be decoded",
            where=f"{self._probe.path}, frame {frame_idx}",
            expected=f"frames 0 to {self._probe.n_frames - 1}",
            actual=actual,
            remedy="copy the file again, or leave these frames out",
        )


def _grey(frame: VideoFrame) -> ByteArray:
    """Return the luma of a frame in full range, as FFmpeg's own conversion would but in a fraction of the time."""
    if frame.format.name not in LUMA_FIRST:
        return np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
    luma = rows[: frame.height, : frame.width]
    if frame.format.name in FULL_RANGE or frame.color_range == FULL_RANGE_TAG:
        return luma.copy()
    import cv2

    return np.asarray(cv2.addWeighted(luma, STRETCH, luma, 0, -BLACK * STRETCH), dtype=np.uint8)
