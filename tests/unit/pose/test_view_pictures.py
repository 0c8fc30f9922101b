"""Pictures on demand: the right ones in any order, and none decoded again for being asked for out of turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
from unit.pose.pictures import grey, telling_source

from behaviorvlm.pose.view_pictures import HELD, SourcePictures
from behaviorvlm.types import ByteArray

LENGTH = 60


@dataclass
class CountingSource:
    """Pictures that say which they are; like a video, it decodes from its one key frame, or goes on where it was."""

    n_timepoints: int = LENGTH
    decoded: int = 0
    _next: dict[str, int] = field(default_factory=dict)

    def channels(self, camera: str) -> tuple[str, ...]:
        return ("fluorescence",)

    def read(self, camera: str, *, channel: str, start: int, stop: int) -> Iterator[ByteArray]:
        at = self._next.get(camera, 0)
        self.decoded += stop - (at if at <= start else 0)
        self._next[camera] = stop
        for timepoint in range(start, stop):
            yield np.full((2, 2), timepoint, dtype=np.uint8)


def look(order: list[int]) -> CountingSource:
    """Ask for timepoints in this order, check each picture, and return the source."""
    source = CountingSource()
    pictures = SourcePictures(source)
    for timepoint in order:
        assert (pictures("cam0", timepoint)["fluorescence"] == timepoint).all()
    return source


@pytest.mark.parametrize(
    "order",
    [
        list(range(LENGTH)),
        [3, 1, 0, 2, 7, 4, 6, 5, 8, 11, 10, 9, *range(12, LENGTH)],
        [timepoint + shift for timepoint in range(0, LENGTH, 4) for shift in (3, 2, 1, 0)],
    ],
)
def test_forwards_every_picture_is_decoded_once_whoever_comes_first(order: list[int]) -> None:
    assert look(order).decoded == max(order) + 1


def test_backwards_some_are_read_at_once() -> None:
    alone = sum(range(1, LENGTH + 1))
    assert look(list(range(LENGTH))[::-1]).decoded < alone / 5
    assert (
        look([timepoint + shift for timepoint in range(LENGTH - 4, -1, -4) for shift in (1, 0, 3, 2)]).decoded
        < alone / 5
    )


def test_channels_and_cameras_are_read_apart_and_what_is_held_is_not_read_again() -> None:
    source = telling_source(("cam0", "cam1"), ("visible", "fluorescence"), 20)
    pictures = SourcePictures(source)
    for camera, name in enumerate(("cam0", "cam1")):
        for timepoint in (4, 7, 5):
            found = pictures(name, timepoint)
            assert list(found) == ["visible", "fluorescence"]
            for channel, picture in enumerate(found.values()):
                assert (picture == grey(camera, channel, timepoint)).all()
    counting = look([5, 5, 6, 5, 6])
    assert counting.decoded == 7


def test_many_threads_get_the_pictures_they_asked_for() -> None:
    """The source fails if two threads read one video at once, as a decoder would."""
    reading = threading.Lock()

    class Delicate(CountingSource):
        def read(self, camera: str, *, channel: str, start: int, stop: int) -> Iterator[ByteArray]:
            assert reading.acquire(blocking=False)
            time.sleep(0.001)
            yield from super().read(camera, channel=channel, start=start, stop=stop)
            reading.release()

    pictures = SourcePictures(Delicate())
    order = np.random.default_rng(0).integers(0, LENGTH, 120).tolist()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda timepoint: int(pictures("cam0", timepoint)["fluorescence"][0, 0]), order))
    assert found == order


def test_a_jump_reads_one_picture_and_the_past_is_let_go() -> None:
    source = look([2, 2 + 2 * HELD, 3])
    assert source.decoded == 3 + 2 * HELD + 4
