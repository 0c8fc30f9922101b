"""Videos that are slow to travel in, where their copies with near keyframes lie, and pictures from what is quicker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

from behaviorvlm.errors import VideoError
from behaviorvlm.io.video import VideoFrameSource
from behaviorvlm.io.video_probe import probe_video
from behaviorvlm.review.filmed import COPIES_FOLDER, far_apart
from behaviorvlm.types import ByteArray, RecordingSession

VideoKey = tuple[str, str]
"""Camera, channel."""


@dataclass(frozen=True)
class FarVideo:
    """A video whose keyframes are far apart.

    Attributes:
        source: The file.
        copy: Where its copy lies once it is made. A file that changed has another copy.
    """

    source: Path
    copy: Path


def far_videos(session: RecordingSession, folder: Path) -> dict[VideoKey, FarVideo]:
    """Return the videos of a session in which travelling takes long.

    Args:
        session: What was filmed.
        folder: Of the run, where copies are kept.
    """
    videos = {
        (camera, channel): Path(path) for camera, each in session.videos.items() for channel, path in each.items()
    }
    return {key: FarVideo(path, _copy_place(path, folder)) for key, path in videos.items() if _is_far(path)}


class NearSource:
    """The pictures of a session, out of copies where there are any. For one thread, as `VideoFrameSource` is.

    Args:
        session: What was filmed.
        far: The videos that may have copies; they are used as soon as they are made.
    """

    def __init__(self, session: RecordingSession, far: Mapping[VideoKey, FarVideo]) -> None:
        copies = {key: str(video.copy) for key, video in far.items()}
        videos = {
            camera: {channel: copies.get((camera, channel), path) for channel, path in each.items()}
            for camera, each in session.videos.items()
        }
        self._far = dict(far)
        self._given, self._near = VideoFrameSource(session), VideoFrameSource(replace(session, videos=videos))

    def channels(self, camera: str) -> tuple[str, ...]:
        """Return the channels recorded by `camera`."""
        return self._given.channels(camera)

    def read(self, camera: str, *, channel: str, start: int, stop: int) -> Iterator[ByteArray]:
        """Yield pictures, (height, width) uint8; arguments and errors as of `VideoFrameSource.read`."""
        far = self._far.get((camera, channel))
        if far is not None and far.copy.is_file():
            try:
                return iter([*self._near.read(camera, channel=channel, start=start, stop=stop)])
            except VideoError:  # a damaged copy: the video itself is there
                pass
        return self._given.read(camera, channel=channel, start=start, stop=stop)


def _is_far(path: Path) -> bool:
    try:
        probe = probe_video(path)
    except VideoError:
        return False  # its views say so themselves
    return far_apart(probe.keyframes.tolist(), probe.n_frames)


def _copy_place(path: Path, folder: Path) -> Path:
    stamp = path.stat()
    told_apart = crc32(f"{path.resolve()} {stamp.st_size} {stamp.st_mtime_ns}".encode())
    return folder / COPIES_FOLDER / f"{path.stem}_{told_apart:08x}.mp4"
