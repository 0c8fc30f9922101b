"""Open video readers that nobody is using, kept because starting anew means decoding from the keyframe before."""

from __future__ import annotations

import os

from behaviorvlm.io.video_reader import VideoReader


class IdleReaders:
    """Open readers by path that nobody is using. They stay in the process that opened them."""

    def __init__(self) -> None:
        self._readers: dict[str, VideoReader] = {}
        self._inherited: list[VideoReader] = []
        self._process = os.getpid()

    def take(self, path: str) -> VideoReader | None:
        """Return the open reader of `path` to the only one who uses it, or None."""
        if self._process != os.getpid():
            # A forked worker shares the parent's file positions, and freeing a decoder whose threads did not come
            # along can hang: leave the inherited readers alone and open new ones.
            self._inherited.extend(self._readers.values())
            self._readers, self._process = {}, os.getpid()
        return self._readers.pop(path, None)

    def put(self, path: str, reader: VideoReader) -> None:
        """Keep a reader that was taken or made, if it is still of use."""
        if reader.broken or path in self._readers:
            reader.close()
        else:
            self._readers[path] = reader

    def close(self) -> None:
        """Close all readers."""
        while self._readers:
            self._readers.popitem()[1].close()

    def __reduce__(self) -> tuple[type[IdleReaders], tuple[()]]:
        return (IdleReaders, ())
