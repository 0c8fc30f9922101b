"""Pictures read before anybody asks for them: the next of the worst, while a person still looks at this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Condition, Thread

from behaviorvlm.errors import VideoError
from behaviorvlm.review.near_videos import NearSource
from behaviorvlm.types import ByteArray

PictureKey = tuple[str, str, int]
"""Camera, channel, timepoint."""
WAIT_S = 0.3
"""Who holds an arrow key down wants no other pictures read beside."""


class PicturesAhead:
    """A thread that reads the pictures wanted last, one after the other, and begins anew when others are wanted.

    Args:
        sources: Camera to where its pictures come from, for this thread alone.
        known: Whether a picture is there already.
        keep: Takes a picture.
        wait_s: How long nothing else must be wanted.
    """

    def __init__(
        self,
        sources: Mapping[str, NearSource],
        *,
        known: Callable[[PictureKey], bool],
        keep: Callable[[PictureKey, ByteArray], None],
        wait_s: float = WAIT_S,
    ) -> None:
        self._sources, self._known, self._keep, self._wait_s = dict(sources), known, keep, wait_s
        self._wanted: list[PictureKey] = []
        self._changed = Condition()
        self._thread: Thread | None = None

    def want(self, keys: Sequence[PictureKey]) -> None:
        """Read these, in their order; what was wanted before is forgotten."""
        with self._changed:
            self._wanted = [key for key in keys if key[1] in self._channels(key[0])]
            if self._wanted and self._thread is None:
                self._thread = Thread(target=self._work, daemon=True)
                self._thread.start()
            self._changed.notify()

    def _channels(self, camera: str) -> tuple[str, ...]:
        return self._sources[camera].channels(camera) if camera in self._sources else ()

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._wanted:
                    self._changed.wait()
                while self._changed.wait(self._wait_s):
                    pass  # others are wanted meanwhile
            self._read_wanted()

    def _read_wanted(self) -> None:
        wanted = self._wanted
        for key in wanted:
            if self._wanted is not wanted:
                return
            if not self._known(key):
                try:
                    self._keep(key, one_picture(self._sources[key[0]], key))
                except VideoError:
                    continue  # the view says so itself when it is asked for
        with self._changed:
            if self._wanted is wanted:
                self._wanted = []


def one_picture(source: NearSource, key: PictureKey) -> ByteArray:
    """Return the picture of camera, channel and timepoint, (height, width) uint8.

    Raises:
        VideoError: If it cannot be decoded.
    """
    camera, channel, timepoint = key
    (picture,) = source.read(camera, channel=channel, start=timepoint, stop=timepoint + 1)  # to its end: it goes on
    return picture
