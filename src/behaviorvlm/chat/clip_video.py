"""A clip as a video file in memory, for servers that take one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from behaviorvlm.chat.message import Video

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

REPEATABLE = {"preset": "veryfast", "crf": "20", "threads": "1", "mbtree": "0"}
"""With these x264 makes the same file of the same pictures, so that a question is known again by its hash."""
MAX_TICKS_HZ = 60000


def encode_video(
    pictures: Sequence[npt.NDArray[np.uint8]],
    *,
    rate_hz: float,
    kind: Literal["video_url", "input_video"] = "video_url",
) -> Video:
    """Return pictures as H.264 in MP4; the same pictures give the same bytes.

    Args:
        pictures: (height, width, 3) uint8 RGB each, all of one size, at least one; an odd width or height loses its
            last pixel.
        rate_hz: Pictures per second.
        kind: How the server takes it.
    """
    import av

    height, width = (side - side % 2 for side in pictures[0].shape[:2])
    content = io.BytesIO()
    with av.open(content, "w", format="mp4") as container:
        rate = Fraction(rate_hz).limit_denominator(MAX_TICKS_HZ)
        stream = container.add_stream("libx264", rate=rate, options=REPEATABLE)
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture[:height, :width], format="rgb24")))
        container.mux(stream.encode())
    return Video(content.getvalue(), kind=kind)
