"""Pictures on demand: the right ones in any order, and none decoded again for being asked for out of turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

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


def test_a_jump_reads_one_picture_and_the_past_is_let_go() -> None:
    source = look([2, 2 + 2 * HELD, 3])
    assert source.decoded == 3 + 2 * HELD + 4
