"""The cache of exemplar pictures: bounded, shared by threads, honest about failures."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from behaviorvlm.chat.message import Picture
from behaviorvlm.pose.vlm_picture_cache import PictureCache


def picture(name: str) -> Picture:
    return Picture(name.encode())


def test_the_picture_used_longest_ago_goes_first() -> None:
    cache, painted = PictureCache(2), []

    def get(name: str) -> Picture:
        return cache.get(name, lambda: painted.append(name) or picture(name))

    for name in ("a", "b", "a", "c", "a", "b"):
        assert get(name).content == name.encode()
    assert painted == ["a", "b", "c", "b"]
    assert len(cache) == 2


def test_threads_that_want_the_same_picture_wait_for_one_painter() -> None:
    cache, painted, together = PictureCache(), [], threading.Barrier(6)

    def want(_: int) -> Picture:
        together.wait(5)
        return cache.get("a", lambda: painted.append(1) or picture("a"))

    with ThreadPoolExecutor(6) as pool:
        assert {shown.content for shown in pool.map(want, range(6))} == {b"a"}
    assert painted == [1]


def test_a_picture_that_could_not_be_painted_is_tried_again() -> None:
    cache = PictureCache()

    def fail() -> Picture:
        raise ValueError("no paint")

    with pytest.raises(ValueError, match="no paint"):
        cache.get("a", fail)
    assert cache.get("a", lambda: picture("a")).content == b"a"
