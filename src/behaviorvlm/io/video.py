"""Video: grey pictures in, grey pictures out. Frames are counted in order of their timestamps, from 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from behaviorvlm.errors import VideoError
from behaviorvlm.io.idle_readers import IdleReaders
from behaviorvlm.io.video_encoding import of_one_size, write_planes
from behaviorvlm.io.video_probe import probe_video
from behaviorvlm.io.video_reader import VideoReader
from behaviorvlm.types import ByteArray, RecordingSession

GREY_CHROMA = 128
GREY = "grey pictures of one size, width and height even"
_SQUEEZE = np.round(np.arange(256) * 219 / 255 + 16).astype(np.uint8)


class VideoFrameSource:
    """The pictures of a session. Implements `types.FrameSource`.

    A reader is kept open per video and goes on where the last request ended, because starting anew means decoding
    from the keyframe before. Only one picture at a time is held. For one thread; pickles without the open readers.
    """

    def __init__(self, session: RecordingSession, *, threads: int = 1) -> None:
        """Make a source of the pictures of `session`.

        Args:
            session: The session; its videos are probed when first read.
            threads: Decoding threads per video. One is right where several workers read at once.
        """
        self._videos = {camera: dict(channels) for camera, channels in session.videos.items()}
        self._offsets = dict(session.frame_offsets)
        self._n_timepoints = session.n_timepoints
        self._threads = threads
        self._idle = IdleReaders()

    @property
    def n_timepoints(self) -> int:
        """Number of synchronised instants."""
        return self._n_timepoints

    def channels(self, camera: str) -> tuple[str, ...]:
        """Return the channels recorded by `camera`; none for a camera without video."""
        return tuple(self._videos.get(camera, {}))

    def read(self, camera: str, *, channel: str, start: int, stop: int) -> Iterator[ByteArray]:
        """Yield the grey pictures of timepoints `start` (included) to `stop` (excluded), (height, width) uint8.

        Exactly ``stop - start`` pictures come, in order, each an array of its own, in the full range of 0 to 255.

        Raises:
            VideoError: If there is no such video or timepoint, or a frame cannot be decoded; the message names file
                and frame.
        """
        path = self._path(camera, channel)
        if not 0 <= start <= stop <= self._n_timepoints:
            raise VideoError(
                "timepoints outside the session",
                where=path,
                expected=f"0 <= start <= stop <= {self._n_timepoints}",
                actual=f"{start} to {stop}",
            )
        offset = self._offsets.get(camera, 0)
        reader = self._idle.take(path) or VideoReader(probe_video(Path(path)), self._threads)
        try:
            for frame_idx in range(start + offset, stop + offset):
                yield reader.picture(frame_idx)
        finally:
            self._idle.put(path, reader)

    def close(self) -> None:
        """Close the open readers; the source can still be used."""
        self._idle.close()

    def _path(self, camera: str, channel: str) -> str:
        if channel not in self._videos.get(camera, {}):
            raise VideoError(
                f"camera {camera} has no {channel} video",
                expected=f"one of its channels: {', '.join(self.channels(camera)) or 'none'}",
                actual=channel,
                remedy="add the video to the session folder, or name its place under [videos] in session.toml",
            )
        return self._videos[camera][channel]


def write_video(
    path: Path,
    pictures: Iterable[ByteArray],
    *,
    frame_rate_hz: float,
    crf: int = 18,
    frame_numbers: Iterable[int] | None = None,
    x264: Mapping[str, str] | None = None,
) -> None:
    """Write grey pictures as H.264 in an MP4 file, whole or not at all.

    Args:
        path: The file.
        pictures: (height, width) uint8 each, all of one size, width and height even; taken one at a time.
        frame_rate_hz: Frames per second.
        crf: x264's quality: 0 keeps luma as it is, 18 looks the same, 51 is worst.
        frame_numbers: When each picture is shown, in frame periods from 0; numbers left out are dropped frames.
        x264: More options for the encoder, such as ``preset`` and ``aq-mode``.

    Raises:
        VideoError: If there are no pictures, or they cannot be encoded.
        RunStorageError: If the disk refuses.
    """
    sized = map(_planes, of_one_size(pictures, path, fits=_is_grey, expected=GREY))
    numbered = enumerate(sized) if frame_numbers is None else zip(frame_numbers, sized, strict=True)
    write_planes(path, numbered, frame_rate_hz=frame_rate_hz, options={"crf": str(crf), **(x264 or {})})


def _is_grey(picture: ByteArray) -> bool:
    return picture.ndim == 2 and not (picture.shape[0] % 2 or picture.shape[1] % 2)


def _planes(picture: ByteArray) -> ByteArray:
    """Return luma in video's range over grey chroma, (3 height / 2, width) uint8.

    Written out because FFmpeg's own conversion may round differently from one machine to the next.
    """
    height, width = picture.shape
    planes = np.full((height * 3 // 2, width), GREY_CHROMA, dtype=np.uint8)
    planes[:height] = _SQUEEZE[picture]
    return planes
