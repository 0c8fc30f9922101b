"""Canvases are lent to one at a time, and come back whatever happens."""

import threading

import numpy as np
import pytest

from behaviorvlm.imaging.canvas import Canvases


def test_memory_is_used_again_for_any_smaller_picture() -> None:
    canvases = Canvases(1)
    with canvases.borrow(2, 30, 40, 3) as first:
        assert (first.shape, first.dtype) == ((2, 30, 40, 3), np.uint8)
    with canvases.borrow(20, 10) as second:
        assert second.flags.c_contiguous
        assert np.shares_memory(first, second)


def test_two_borrowers_share_nothing() -> None:
    canvases = Canvases(2)
    with canvases.borrow(8, 8) as one, canvases.borrow(8, 8) as other:
        assert not np.shares_memory(one, other)


def test_who_finds_none_waits() -> None:
    canvases, got = Canvases(1), threading.Event()

    def borrow() -> None:
        with canvases.borrow(4):
            got.set()

    with canvases.borrow(4):
        thread = threading.Thread(target=borrow)
        thread.start()
        assert not got.wait(0.05)
    thread.join(5)
    assert got.is_set()


def test_a_fault_gives_the_canvas_back() -> None:
    canvases = Canvases(1)
    with pytest.raises(ZeroDivisionError), canvases.borrow(4):
        raise ZeroDivisionError
    with canvases.borrow(4):
        pass
