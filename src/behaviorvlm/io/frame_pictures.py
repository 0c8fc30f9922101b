"""Pictures of a camera at chosen timepoints, out of its video or out of a folder of pictures, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError, SettingsError, VideoError
from behaviorvlm.io.color_video import ColorVideoSource
from behaviorvlm.io.image_number import frame_in_name
from behaviorvlm.types import ByteArray
from behaviorvlm.types.pose_table import PoseTable
from behaviorvlm.types.session import VISIBLE

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
PICTURES = "pictures"
"""The channel that labelled pictures of a project are taken for."""
COMPRESSION = 3
"""Of PNG, 0 to 9: more takes several times as long and saves little of a video's noise."""


def video_of(poses: PoseTable, camera: str, *, channel: str = "") -> Path:
    """Return the video that pictures of a camera are taken from; it may be a folder of numbered pictures.

    Args:
        poses: Where the videos are named.
        camera: Name.
        channel: Of the video; "" = visible where there is one, else the first.

    Raises:
        SettingsError: If there is none.
    """
    channels = poses.videos.get(camera, {})
    wanted = channel or (VISIBLE if VISIBLE in channels else next(iter(channels), ""))
    if wanted not in channels:
        raise SettingsError(
            f"camera {camera} has no {f'{channel} ' if channel else ''}video to take pictures from",
            where=poses.name,
            expected="one of its channels: " + ", ".join(channels) if channels else "a video of each camera",
            actual=channel or "none",
            remedy="a format without pictures needs none: deeplabcut to a .csv or .h5, sleap to an analysis.h5",
        )
    return Path(channels[wanted])


def pictures_at(
    poses: PoseTable, camera: str, timepoints: Sequence[int], *, channel: str = ""
) -> Iterator[tuple[int, ByteArray]]:
    """Yield timepoint and picture, (height, width, 3) uint8 RGB, of rising timepoints.

    Raises:
        SettingsError: If the camera has no such video.
        VideoError: If there is no such video or frame, or a frame cannot be decoded.
    """
    path = video_of(poses, camera, channel=channel)
    frames = [poses.frame_of(int(timepoint), camera) for timepoint in timepoints]
    if path.is_dir():
        yield from zip(timepoints, _numbered_pictures(path, frames), strict=True)
        return
    source = ColorVideoSource(path)
    try:
        yield from zip(timepoints, source.pick(frames), strict=True)
    finally:
        source.close()


def png(picture: ByteArray, *, where: str) -> bytes:
    """Return a picture, (height, width, 3) uint8 RGB, as PNG.

    Raises:
        VideoError: If it cannot be encoded.
    """
    import cv2

    done, encoded = cv2.imencode(".png", picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, COMPRESSION])
    if not done:
        raise VideoError("a picture cannot be encoded", where=where, actual=str(picture.shape))
    return bytes(encoded)


def write_png(path: Path, picture: ByteArray) -> None:
    """Write a picture, (height, width, 3) uint8 RGB, into a folder that is being written.

    Raises:
        VideoError: If it cannot be encoded.
        OSError: If the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(picture, where=str(path)))


def picture_name(frame: int) -> str:
    """Return the name of a picture of a frame."""
    return f"img{frame:05d}.png"


def _numbered_pictures(folder: Path, frames: Sequence[int]) -> Iterator[ByteArray]:
    import cv2

    named: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in ENDINGS:
            try:
                named.setdefault(frame_in_name(path.name, where=str(path)), path)
            except FormatError:  # a picture that shows no frame
                continue
    for frame in frames:
        if frame not in named:
            raise VideoError(
                "there is no picture of a frame", where=str(folder), expected=picture_name(frame), actual="none"
            )
        picture = cv2.imdecode(np.frombuffer(named[frame].read_bytes(), dtype=np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise VideoError("a picture cannot be decoded", where=str(named[frame]))
        yield np.asarray(picture[..., ::-1], dtype=np.uint8)
