"""Text is written by one thread, whoever asks, in a forked process too."""

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from behaviorvlm.imaging.letters import put_text, text_size


def written(color: tuple[int, int, int] = (255, 255, 255)) -> np.ndarray:
    picture = np.zeros((30, 60, 3), dtype=np.uint8)
    put_text(picture, "17", (3, 20), color=color)
    return picture


def test_text_stands_on_its_line_in_its_color() -> None:
    picture = written((0, 255, 0))
    rows, columns = np.nonzero(picture[..., 1])
    width, height = text_size("17")
    assert (picture[..., [0, 2]] == 0).all()
    assert abs(rows.max() - 20) <= 1
    assert 0 < np.ptp(rows) <= height
    assert np.ptp(columns) <= width


def test_every_thread_gets_the_same_text() -> None:
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(lambda _: written(), range(32)))
    assert all((picture == pictures[0]).all() for picture in pictures)


def test_one_thread_alone_calls_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    callers: set[str] = set()
    size = cv2.getTextSize

    def watched(*words: object) -> object:
        callers.add(threading.current_thread().name)
        return size(*words)

    monkeypatch.setattr(cv2, "getTextSize", watched)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(text_size, "abcdefgh"))
    assert len(callers) == 1


def _write_and_tell(end: object) -> None:
    end.send(int(written().max()))  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork")
def test_a_forked_process_can_write() -> None:
    written()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_write_and_tell, args=(there,))
    process.start()
    try:
        assert here.poll(20)
        assert here.recv() > 200
    finally:
        process.kill()
        process.join()
