"""Pictures that will be asked for are read beforehand, the last ones wanted only, and faults stay silent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from session_files import SIZE, frame_shown, make_session

from behaviorvlm.errors import VideoError
from behaviorvlm.io.session_folder import open_session
from behaviorvlm.review.pictures import Pictures
from behaviorvlm.review.pictures_ahead import PictureKey, PicturesAhead
from behaviorvlm.types import ByteArray


class Source:
    """Pictures that tell their timepoint; of odd ones none can be decoded. Reading waits until it may."""

    def __init__(self) -> None:
        self.may, self.asked, self.read_keys = threading.Event(), threading.Event(), []
        self.may.set()

    def channels(self, camera: str) -> tuple[str, ...]:
        return ("visible",)

    def read(self, camera: str, *, channel: str, start: int, stop: int) -> Iterator[ByteArray]:
        self.asked.set()
        self.may.wait(5)
        self.read_keys.append((camera, channel, start))
        if start % 2:
            raise VideoError("a frame cannot be decoded")
        yield np.full((2, 2), start, dtype=np.uint8)


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def key(timepoint: int) -> PictureKey:
    return "cam0", "visible", timepoint


@pytest.fixture
def kept() -> dict[PictureKey, ByteArray]:
    return {}


def ahead_of(source: Source, kept: dict[PictureKey, ByteArray]) -> PicturesAhead:
    return PicturesAhead(
        {"cam0": source},  # type: ignore[dict-item]
        known=kept.__contains__,
        keep=kept.__setitem__,
        wait_s=0.01,
    )


def test_what_cannot_be_read_or_is_there_is_passed_over(kept: dict[PictureKey, ByteArray]) -> None:
    source = Source()
    kept[key(4)] = np.zeros((2, 2), dtype=np.uint8)
    ahead_of(source, kept).want([key(3), key(4), key(8), ("cam0", "infrared", 2), ("cam9", "visible", 2)])
    eventually(lambda: key(8) in kept)
    assert source.read_keys == [key(3), key(8)] and key(3) not in kept


def test_only_what_was_wanted_last_is_read(kept: dict[PictureKey, ByteArray]) -> None:
    source = Source()
    ahead = ahead_of(source, kept)
    source.may.clear()
    ahead.want([key(2), key(4), key(6)])
    eventually(source.asked.is_set)  # it waits for the first one now
    ahead.want([key(8)])
    source.may.set()
    eventually(lambda: key(8) in kept)
    assert source.read_keys == [key(2), key(8)]
    ahead.want([key(10)])
    eventually(lambda: key(10) in kept)


def test_pictures_read_ahead_are_those_that_are_shown(tmp_path: Path) -> None:
    make_session(tmp_path / "session")
    session = open_session(tmp_path / "session")
    pictures = Pictures(session, dict.fromkeys(session.cameras.names, SIZE))
    pictures.look_ahead("fluorescence", [7])
    eventually(
        lambda: all(pictures._known((camera, "fluorescence", 7)) is not None for camera in session.cameras.names)
    )
    assert frame_shown(pictures._known(("cam0", "fluorescence", 7))) == 7
    Pictures(None, {"cam0": SIZE}).look_ahead("fluorescence", [7])
