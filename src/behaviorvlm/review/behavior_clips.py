"""Clips of bouts for the grid: a strip of pictures, cropped to who takes part, which the browser shows one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from behaviorvlm.io.color_video import ColorVideoSource
from behaviorvlm.report.contact_sheet import TILE_PX, Filmed, bout_crop, bout_tile, shown_frames
from behaviorvlm.review.behavior_tracks import TrackReader
from behaviorvlm.review.filmed import Film
from behaviorvlm.types import Bout, ByteArray, ColorFrameSource, RecordingSummary

PICTURES = 12
LONGEST_S = 3.0
"""Of a longer bout the beginning is shown."""
SHORTEST_LOOP_S = 0.8
JPEG_QUALITY = 80
GROUND = 32


@dataclass(frozen=True)
class BlankSource:
    """Dark pictures where there is no video: the points of the animals are drawn into them.

    Attributes:
        size: (width, height) px.
    """

    size: tuple[int, int]

    def read(self, start: int, stop: int, *, step: int = 1) -> Iterator[ByteArray]:
        """Yield dark pictures, (height, width, 3) uint8."""
        return self.pick(range(start, stop, step))

    def pick(self, frames: Sequence[int]) -> Iterator[ByteArray]:
        """Yield a dark picture for each frame, (height, width, 3) uint8."""
        width, height = self.size
        return (np.full((height, width, 3), GROUND, dtype=np.uint8) for _ in frames)


class ClipPictures:
    """Strips of the bouts of one run; may be asked by several threads.

    Args:
        tracks: Where animals are.
    """

    def __init__(self, tracks: TrackReader) -> None:
        self._tracks = tracks
        self._sources: dict[str, ColorFrameSource] = {}
        self._lock = Lock()

    def strip(self, bout: Bout, summary: RecordingSummary, film: Film) -> bytes | None:
        """Return `PICTURES` pictures of a bout side by side as JPEG, None where there is nothing to see.

        Args:
            bout: What is shown.
            summary: Of its recording.
            film: Its video; without one the tracks are drawn.

        Raises:
            VideoError: If the video cannot be read.
        """
        tracks = self._tracks.read(summary)
        if film.source is None and tracks is None:
            return None
        with self._lock:  # one reader goes on where it was; two would seek against each other
            filmed = Filmed(self._source(summary, film), tracks, summary.individuals)
            return _encoded(_tiles(clipped(bout), filmed))

    def _source(self, summary: RecordingSummary, film: Film) -> ColorFrameSource:
        if film.source is None:
            return BlankSource((max(summary.frame_size[0], 1), max(summary.frame_size[1], 1)))
        path = film.shown if film.is_copy and film.shown else film.source  # a copy has its keyframes near
        return self._sources.setdefault(str(path), ColorVideoSource(path, threads=2))


def clipped(bout: Bout) -> Bout:
    """Return the part of a bout that its clip shows."""
    from dataclasses import replace

    length_s = bout.stop_s - bout.start_s
    if length_s <= LONGEST_S:
        return bout
    frames = max(round((bout.stop_frame - bout.start_frame) * LONGEST_S / length_s), 1)
    return replace(bout, stop_frame=bout.start_frame + frames, stop_s=bout.start_s + LONGEST_S)


def loop_s(bout: Bout) -> float:
    """Return how long a clip takes once, in seconds: as long as what it shows, unless that is over at once."""
    return max(min(bout.stop_s - bout.start_s, LONGEST_S), SHORTEST_LOOP_S)


def _tiles(bout: Bout, filmed: Filmed) -> list[ByteArray]:
    frames = shown_frames(bout, count=PICTURES).tolist()
    tiles: list[ByteArray] = []
    crop = None
    for frame, picture in zip(frames, filmed.source.pick(frames), strict=True):
        crop = crop or bout_crop(bout, filmed, (picture.shape[1], picture.shape[0]))
        tiles.append(bout_tile(picture, crop, filmed, bout=bout, frame=frame))
    places = np.linspace(0, len(tiles) - 1, PICTURES).round().astype(int)
    return [tiles[place] for place in places.tolist()]


def _encoded(tiles: Sequence[ByteArray]) -> bytes:
    import cv2

    strip = np.concatenate(list(tiles), axis=1)
    return bytes(cv2.imencode(".jpg", strip[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1])


STRIP_SIZE = (TILE_PX * PICTURES, TILE_PX)
"""(width, height) of a strip in px."""
