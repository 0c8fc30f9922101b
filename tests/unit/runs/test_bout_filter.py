"""Thresholds on bouts."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from behaviorvlm.runs.bout_filter import BoutFilter
from behaviorvlm.types import Bout

BOUT = Bout("day1", "a", "", "rest", 3, 12, 0.1, 0.4, 0.5, (1,))


@pytest.mark.parametrize(
    ("chosen", "stays"),
    [
        (BoutFilter(), True),
        (BoutFilter(min_confidence=0.5), True),
        (BoutFilter(min_confidence=0.51), False),
        (BoutFilter(min_s=0.3), True),  # 0.4 - 0.1 is a little more than 0.3 in binary
        (BoutFilter(max_s=0.3), True),
        (BoutFilter(min_s=0.31), False),
        (BoutFilter(max_s=0.29), False),
    ],
)
def test_a_bout_stays_up_to_the_thresholds(chosen: BoutFilter, stays: bool) -> None:
    assert chosen.keeps(BOUT) is stays
    assert chosen.kept([BOUT, BOUT]) == [BOUT, BOUT] * stays


def test_a_bout_without_confidence_passes_no_threshold_on_it() -> None:
    unsaid = replace(BOUT, confidence=math.nan)
    assert BoutFilter().keeps(unsaid) and not BoutFilter(min_confidence=0.0).keeps(unsaid)
