"""The pictures of a session as JPEG, cut to a window; those shown lately stay in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock

import numpy as np

from behaviorvlm.errors import VideoError
from behaviorvlm.imaging.tone import brightening
from behaviorvlm.review.near_videos import FarVideo, NearSource, VideoKey
from behaviorvlm.review.pictures_ahead import PictureKey, PicturesAhead, one_picture
from behaviorvlm.review.window import Window
from behaviorvlm.types import ByteArray, RecordingSession

MEMORY_BYTES = 200_000_000
JPEG_QUALITY = 88
EVERY = 2
GROUND = 24
"""Grey of a view without a picture."""


class Pictures:
    """Where the app's pictures come from. May be asked by several threads; each camera decodes for itself.

    Args:
        session: What was filmed; None = it is gone, and every picture is blank.
        image_sizes: Camera name to (width, height).
        far: Videos that may have copies in which travelling is quick.
    """

    def __init__(
        self,
        session: RecordingSession | None,
        image_sizes: dict[str, tuple[int, int]],
        far: Mapping[VideoKey, FarVideo] | None = None,
    ) -> None:
        self._sizes = image_sizes
        self._sources = {} if session is None else {name: NearSource(session, far or {}) for name in image_sizes}
        self._locks = {name: Lock() for name in image_sizes}
        self._kept: OrderedDict[PictureKey, ByteArray] = OrderedDict()
        self._bytes = 0
        self._keeping = Lock()
        ahead = {} if session is None else {name: NearSource(session, far or {}) for name in image_sizes}
        self._ahead = PicturesAhead(ahead, known=lambda key: self._known(key) is not None, keep=self._keep)

    def channels(self) -> tuple[str, ...]:
        """Return the channels that any camera recorded, fluorescence first."""
        every = dict.fromkeys(one for name, source in self._sources.items() for one in source.channels(name))
        return tuple(sorted(every))

    def jpeg(self, camera: str, channel: str, *, timepoint: int, window: Window) -> bytes:
        """Return a picture, as wide and high as the window is shown; where there is none it says why.

        Raises:
            KeyError: If there is no such camera.
        """
        import cv2

        width, height = window.shown_size
        try:
            picture = self._picture(camera, channel, timepoint)
        except VideoError as error:
            return _encoded(_blank(width, height, error.message))
        if picture is None:
            return _encoded(_blank(width, height, ""))
        part = picture[window.y : window.y + window.height, window.x : window.x + window.width]
        how = cv2.INTER_AREA if window.scale < 1 else cv2.INTER_LINEAR
        part = np.asarray(cv2.resize(part, (width, height), interpolation=how), dtype=np.uint8)
        levels = brightening(picture[::EVERY, ::EVERY])  # some ten thousand pixels tell the percentiles
        return _encoded(np.asarray(cv2.LUT(part, levels), dtype=np.uint8))

    def look_ahead(self, channel: str, timepoints: Sequence[int]) -> None:
        """Read pictures that will probably be asked for, in the background, once nobody asked for others for a while.

        A seek decodes from the keyframe before, which can take a second; readers of its own do it, so that those that
        answer requests stay where they are.

        Args:
            channel: Of which channel.
            timepoints: The likeliest first; what was wanted before is forgotten.
        """
        self._ahead.want([(camera, channel, timepoint) for timepoint in timepoints for camera in self._sizes])

    def _picture(self, camera: str, channel: str, timepoint: int) -> ByteArray | None:
        lock = self._locks[camera]
        source = self._sources.get(camera)
        if source is None or channel not in source.channels(camera):
            return None
        key = (camera, channel, timepoint)
        with lock:
            picture = self._known(key)
            if picture is None:
                picture = one_picture(source, key)
                self._keep(key, picture)
            return picture

    def _known(self, key: PictureKey) -> ByteArray | None:
        with self._keeping:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: PictureKey, picture: ByteArray) -> None:
        with self._keeping:
            if key in self._kept:
                return
            self._kept[key] = picture
            self._bytes += picture.nbytes
            while self._bytes > MEMORY_BYTES and len(self._kept) > len(self._sizes):
                _, gone = self._kept.popitem(last=False)
                self._bytes -= gone.nbytes


def _blank(width: int, height: int, words: str) -> ByteArray:
    import cv2

    picture = np.full((height, width), GROUND, dtype=np.uint8)
    if words:
        cv2.putText(picture, words[:60], (12, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 200, 1, cv2.LINE_AA)
    return picture


def _encoded(picture: ByteArray) -> bytes:
    import cv2

    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1])
