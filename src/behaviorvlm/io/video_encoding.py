"""H.264 in MP4, so that the same planes give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.errors import VideoError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.types import ByteArray

if TYPE_CHECKING:
    import av.container

REPEATABLE = {"preset": "veryfast", "g": "50", "threads": "1", "mbtree": "0"}
"""Options of x264 that make the same pictures the same file: its bytes depend on the number of threads, and its
macroblock tree gives other bytes from one call to the next."""
MAX_TICKS_HZ = 60000


def write_planes(
    path: Path, planes: Iterator[tuple[int, ByteArray]], *, frame_rate_hz: float, options: Mapping[str, str]
) -> None:
    """Write pictures as H.264 in an MP4 file, whole or not at all.

    Args:
        path: The file.
        planes: When each picture is shown, in frame periods from 0, and the picture: luma over chroma as yuv420p,
            (3 height / 2, width) uint8; at least one, all of one size; taken one at a time.
        frame_rate_hz: Frames per second.
        options: For x264, such as ``crf``.

    Raises:
        VideoError: If they cannot be encoded.
        RunStorageError: If the disk refuses.
    """
    import av

    rate = Fraction(frame_rate_hz).limit_denominator(MAX_TICKS_HZ)
    try:
        with replacing(path) as temporary, av.open(str(temporary), "w", format="mp4") as container:
            _encode(container, planes, rate=rate, options=options)
    except av.FFmpegError as error:
        raise VideoError("the video cannot be written", where=str(path), actual=str(error)) from error


def _encode(
    container: av.container.OutputContainer,
    planes: Iterator[tuple[int, ByteArray]],
    *,
    rate: Fraction,
    options: Mapping[str, str],
) -> None:
    import av

    first = next(planes)
    height = first[1].shape[0] * 2 // 3
    stream = container.add_stream("libx264", rate=rate, options={**REPEATABLE, **options})
    stream.height, stream.width = height, first[1].shape[1]
    stream.pix_fmt = "yuv420p"
    for number, picture in chain([first], planes):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = number, 1 / rate
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def even_sized(picture: ByteArray) -> ByteArray:
    """Return a picture, (height, width[, 3]), with one more pixel where a side is odd, a copy of the last."""
    height, width = picture.shape[:2]
    sides = (0, height % 2), (0, width % 2), *((0, 0) for _ in picture.shape[2:])
    return np.pad(picture, sides, mode="edge") if height % 2 or width % 2 else picture


def of_one_size(
    pictures: Iterable[ByteArray], path: Path, *, fits: Callable[[ByteArray], bool], expected: str
) -> Iterator[ByteArray]:
    """Yield pictures, uint8 of any shape, as long as they fit and are of the first one's shape.

    Args:
        pictures: The pictures.
        path: The video they are for, for the error.
        fits: Whether a picture can be encoded at all.
        expected: What fits, in words.

    Raises:
        VideoError: If there are no pictures, or one does not fit or differs in size.
    """
    shape: tuple[int, ...] = ()
    for number, picture in enumerate(pictures):
        shape = shape or picture.shape
        if picture.shape != shape or not fits(picture):
            raise VideoError(
                "a picture does not fit into the video",
                where=f"{path}, frame {number}",
                expected=expected,
                actual=f"{picture.dtype} of shape {picture.shape} after {shape}",
            )
        yield picture
    if not shape:
        raise VideoError("a video needs a picture", where=str(path), expected="1 or more pictures", actual="none")
