"""Color video: pictures in, pictures out. Frames are counted in order of their timestamps, from 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from behaviorvlm.errors import VideoError
from behaviorvlm.io.idle_readers import IdleReaders
from behaviorvlm.io.video_encoding import even_sized, of_one_size, write_planes
from behaviorvlm.io.video_probe import probe_video
from behaviorvlm.io.video_reader import VideoReader
from behaviorvlm.types import ByteArray

CHANNELS = 3
COLOR = "(height, width, 3) uint8, all of one size"
CODING = {"x264-params": "colormatrix=smpte170m:colorprim=smpte170m:transfer=smpte170m:range=tv"}
"""How colors are coded, so that players need not guess it from the size of the picture."""


class ColorVideoSource:
    """The color pictures of one video. Implements `types.ColorFrameSource`.

    A reader is kept open and goes on where the last request ended. For one thread; pickles without the open reader.
    """

    def __init__(self, path: str | Path, *, threads: int = 1) -> None:
        """Make a source of the pictures of a video; it is probed when first read.

        Args:
            path: The video.
            threads: Decoding threads. One is right where several workers read at once.
        """
        self._path = str(path)
        self._threads = threads
        self._idle = IdleReaders()

    def read(self, start: int, stop: int, *, step: int = 1) -> Iterator[ByteArray]:
        """Yield every `step`-th frame from `start` (included) to `stop` (excluded), (height, width, 3) uint8 RGB.

        Raises:
            VideoError: If there is no such video or frame, or a frame cannot be decoded.
        """
        return self.pick(range(start, stop, step))

    def pick(self, frames: Sequence[int]) -> Iterator[ByteArray]:
        """Yield the frames of these rising indices, (height, width, 3) uint8 RGB.

        Raises:
            VideoError: If there is no such video or frame, or a frame cannot be decoded.
        """
        probe = probe_video(Path(self._path))
        if len(frames) and not 0 <= min(frames) <= max(frames) < probe.n_frames:
            raise VideoError(
                "frames outside the video",
                where=self._path,
                expected=f"0 to {probe.n_frames - 1}",
                actual=f"{min(frames)} to {max(frames)}",
            )
        reader = self._idle.take(self._path) or VideoReader(probe, self._threads)
        try:
            for frame_idx in frames:
                yield reader.color_picture(int(frame_idx))
        finally:
            self._idle.put(self._path, reader)

    def close(self) -> None:
        """Close the open reader; the source can still be used."""
        self._idle.close()


def write_color_video(
    path: Path,
    pictures: Iterable[ByteArray],
    *,
    frame_rate_hz: float,
    crf: int = 20,
    x264: Mapping[str, str] | None = None,
) -> None:
    """Write color pictures as H.264 in an MP4 file, whole or not at all; the same pictures give the same bytes.

    Args:
        path: The file.
        pictures: (height, width, 3) uint8 RGB each, all of one size; an odd width or height gets one more pixel,
            a copy of the last. Taken one at a time.
        frame_rate_hz: Frames per second.
        crf: x264's quality: 18 looks the same, 51 is worst.
        x264: More options for the encoder, such as ``preset``.

    Raises:
        VideoError: If there are no pictures, they differ in size, or cannot be encoded.
        RunStorageError: If the disk refuses.
    """
    planes = enumerate(map(_planes, of_one_size(pictures, path, fits=_is_color, expected=COLOR)))
    write_planes(path, planes, frame_rate_hz=frame_rate_hz, options={"crf": str(crf), **CODING, **(x264 or {})})


def _is_color(picture: ByteArray) -> bool:
    return picture.ndim == CHANNELS and picture.shape[-1] == CHANNELS and picture.dtype == np.uint8


def _planes(picture: ByteArray) -> ByteArray:
    """Return luma over chroma in video's range (ITU-R BT.601), (3 height / 2, width) uint8; OpenCV's is in integers."""
    import cv2

    return np.asarray(cv2.cvtColor(even_sized(picture), cv2.COLOR_RGB2YUV_I420), dtype=np.uint8)
