"""Which frames a clip shows, and which part of the picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.imaging.clip_frames import crop_to_action, near_individuals, sample_frames
from behaviorvlm.imaging.crops import whole_picture

SIZE = (640, 480)


@given(
    st.lists(st.floats(0.005, 0.3), min_size=1, max_size=200),
    st.integers(0, 50),
    st.integers(1, 200),
    st.sampled_from([1.0, 10.0, 25.0]),
    st.integers(2, 20),
)
def test_the_first_and_the_last_frame_are_always_shown(
    steps: list[float], start: int, length: int, rate_hz: float, most: int
) -> None:
    times_s = np.cumsum(steps)
    start = min(start, len(times_s) - 1)
    stop = min(start + length, len(times_s))
    frames = sample_frames(times_s, start, stop, rate_hz=rate_hz, most=most)
    assert frames[0] == start
    assert frames[-1] == stop - 1
    assert (np.diff(frames) > 0).all()
    assert len(frames) <= most


def test_frames_follow_the_rate_and_not_the_number_of_frames() -> None:
    assert sample_frames(np.arange(300) / 30, 30, 91, rate_hz=10, most=50).tolist() == list(range(30, 91, 3))


def test_a_long_interval_is_thinned_evenly() -> None:
    frames = sample_frames(np.arange(300) / 30, 0, 300, rate_hz=10, most=12)
    assert len(frames) == 12
    assert set(np.diff(frames).tolist()) <= {27, 28}


def test_frames_are_even_in_time_where_frames_are_not() -> None:
    times_s = np.concatenate([np.arange(50) * 0.01, 0.5 + np.arange(5) * 0.1])  # 100 Hz, then 10 Hz
    shown_s = times_s[sample_frames(times_s, 0, 55, rate_hz=10, most=50)]
    assert np.abs(np.diff(shown_s) - 0.1).max() < 0.011


def standing(*places: tuple[float, float], frames: int = 3) -> np.ndarray:
    body = np.array([[-15.0, 0.0], [15.0, 0.0], [0.0, 5.0]])
    return np.repeat((np.array(places)[:, None] + body)[None], frames, axis=0)


def test_a_crop_holds_the_animal_and_who_is_near_all_the_time() -> None:
    points = standing((300, 200), (360, 200), (600, 440))
    points[:, 0] += np.array([[0, 0], [20, 0], [40, 10]])[:, None]
    crop, near = crop_to_action(points, focal=0, body_length_px=30, image_size=SIZE)
    assert near.tolist() == [True, True, False]
    inside = crop.to_crop(points[:, :2].reshape(-1, 2))
    assert (inside >= 0).all()
    assert (inside <= np.array(crop.shown_size_px) - 1).all()
    assert crop.width_px < 300


@pytest.mark.parametrize("length", [30.0, np.nan])
def test_the_whole_picture_where_the_animal_is_not_located_or_its_length_unknown(length: float) -> None:
    points = standing((300, 200))
    if np.isfinite(length):
        points[:] = np.nan
    crop, _ = crop_to_action(points, focal=0, body_length_px=length, image_size=SIZE)
    assert crop == whole_picture(SIZE)


def test_the_whole_picture_where_the_action_is_spread_out() -> None:
    points = standing((30, 30))
    points[2] += (560, 400)
    crop, near = crop_to_action(points, focal=0, body_length_px=30, image_size=SIZE)
    assert crop == whole_picture(SIZE)
    assert near.all()


def test_nearness_is_from_any_point_to_any_point_in_one_frame() -> None:
    points = standing((100, 100), (300, 100), (100, 100))
    points[:, 2] = np.nan
    points[1, 1] += (-160, 0)  # it comes near once
    assert near_individuals(points, focal=0, reach_px=15).tolist() == [True, True, False]
    assert near_individuals(points, focal=0, reach_px=5).tolist() == [True, False, False]
    assert near_individuals(points, focal=2, reach_px=900).tolist() == [False, False, False]
