import numpy as np
import pytest

from behaviorvlm.imaging.plain_encoder import GREY_SIDE, MOTION_SIDE, SIDE_PX, PlainEncoder


def pictures(count=2, shade=100):
    return np.full((count, SIDE_PX, SIDE_PX, 3), shade, np.uint8)


def test_a_blank_picture_that_stays_has_no_features():
    made = PlainEncoder().encode(pictures(), pictures())
    assert made.shape == (2, GREY_SIDE**2 + MOTION_SIDE**2)
    assert made.dtype == np.float32
    assert np.allclose(made, 0, atol=1e-5)


def test_brightness_does_not_matter_and_shape_does():
    dark, light, other = pictures(1, 20), pictures(1, 60), pictures(1, 20)
    dark[:, 10:40, 10:40] += 50
    light[:, 10:40, 10:40] += 50
    other[:, 50:80, 10:40] += 50
    encoder = PlainEncoder()
    first, same, different = (encoder.encode(one)[0] for one in (dark, light, other))
    assert first == pytest.approx(same, abs=1e-5)
    assert np.abs(first - different).max() > 0.1


def test_motion_is_felt_where_it_is():
    after = pictures()
    cell = SIDE_PX // MOTION_SIDE
    after[1, 2 * cell : 3 * cell, 5 * cell : 6 * cell] += 51
    motion = PlainEncoder().encode(pictures(), after)[:, GREY_SIDE**2 :]
    assert np.allclose(motion[0], 0)
    assert motion[1].argmax() == 2 * MOTION_SIDE + 5
    assert (motion[1] > 1e-6).sum() == 1
    assert motion[1].max() == pytest.approx(2 * np.sqrt(0.2), rel=1e-3)


def test_without_the_frame_after_nothing_moves():
    assert not PlainEncoder().encode(pictures())[:, GREY_SIDE**2 :].any()
