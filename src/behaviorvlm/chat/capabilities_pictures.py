"""Pictures and a clip of one plain color, made here: what a model that sees cannot mistake."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

COLORS: dict[str, tuple[int, int, int]] = {
    "red": (220, 20, 20),
    "green": (20, 160, 20),
    "blue": (20, 40, 220),
    "yellow": (240, 220, 20),
}
SIDE_PX = 128
CLIP_FRAMES = 8
CLIP_RATE_HZ = 4


@cache
def plain_png(color: str) -> bytes:
    """Return a square PNG of one color.

    Args:
        color: One of `COLORS`.
    """
    row = b"\0" + bytes(COLORS[color]) * SIDE_PX
    header = struct.pack(">IIBBBBB", SIDE_PX, SIDE_PX, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, content)
        for kind, content in ((b"IHDR", header), (b"IDAT", zlib.compress(row * SIDE_PX, 9)), (b"IEND", b""))
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@cache
def plain_mp4(color: str) -> bytes:
    """Return an MP4 of two seconds in one color, without sound.

    Args:
        color: One of `COLORS`.
    """
    import av
    import numpy as np

    content = io.BytesIO()
    with av.open(content, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=CLIP_RATE_HZ)
        stream.width = stream.height = SIDE_PX
        stream.pix_fmt = "yuv420p"
        picture = np.full((SIDE_PX, SIDE_PX, 3), COLORS[color], np.uint8)
        for _ in range(CLIP_FRAMES):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return content.getvalue()
