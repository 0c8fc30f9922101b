from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import SettingsError
from behaviorvlm.io.frame_clock import FrameClock


@given(st.lists(st.floats(0.001, 1.0), min_size=2, max_size=30), st.data())
def test_frames_come_back_through_seconds(intervals: list[float], data: st.DataObject) -> None:
    times = np.cumsum([0.0, *intervals])
    clock = FrameClock.of(times, None, where="")
    assert clock.n_frames == len(times)
    frame = data.draw(st.integers(0, len(times)))
    assert clock.frame_at(clock.second_at(frame)) == frame


@given(st.floats(1, 240), st.integers(0, 10**6))
def test_frames_come_back_through_a_rate(rate: float, frame: int) -> None:
    clock = FrameClock.of(None, rate, where="")
    assert clock.n_frames is None
    assert clock.frame_at(clock.second_at(frame)) == frame


def test_the_nearest_frame_and_never_outside() -> None:
    clock = FrameClock.of(np.array([0.0, 1.0, 4.0]), 1.0, where="")
    assert [clock.frame_at(second) for second in (-5, 0.4, 0.6, 2.4, 2.6, 4.4, 4.6, 99)] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert clock.second_at(3) == 5.0
    assert FrameClock.of(None, 10, where="").frame_at(-3) == 0


@pytest.mark.parametrize("times", [None, np.array([0.0]), np.empty(0)], ids=["none", "one", "empty"])
def test_without_a_rate_nothing_can_be_said(times: np.ndarray | None) -> None:
    with pytest.raises(SettingsError, match="how many frames") as caught:
        FrameClock.of(times, None, where="labels.csv")
    assert caught.value.where == "labels.csv"
