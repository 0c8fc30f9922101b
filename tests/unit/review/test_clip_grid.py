"""Which clips are on a page."""

from __future__ import annotations

import math

import pytest

from behaviorvlm.review.clip_grid import ORDERS, PAGE, clip_page, n_pages
from behaviorvlm.types import Bout


def bout(start: int, length: int, confidence: float) -> Bout:
    return Bout("day1", "a", "", "rest", start, start + length, float(start), float(start + length), confidence)


BOUTS = [bout(30, 1, 0.2), bout(0, 3, math.nan), bout(10, 2, 0.9)]


@pytest.mark.parametrize(
    ("order", "starts"),
    [
        ("in order of time", [0, 10, 30]),
        ("least sure first", [0, 30, 10]),
        ("longest first", [0, 10, 30]),
        ("shortest first", [30, 10, 0]),
    ],
)
def test_orders(order: str, starts: list[int]) -> None:
    assert order in ORDERS
    assert [one.start_frame for one in clip_page(BOUTS, order=order, page=0)] == starts


def test_pages_hold_every_clip_once() -> None:
    every = [bout(place, 1, 0.5) for place in range(2 * PAGE + 1)]
    pages = [clip_page(every, order="in order of time", page=page) for page in range(n_pages(len(every)))]
    assert [len(page) for page in pages] == [PAGE, PAGE, 1] and [one for page in pages for one in page] == every
    assert n_pages(0) == 1
