"""What stands still all over the video is a speck; what rests, passes or shines brighter is not."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.errors import ShapeError
from behaviorvlm.imaging.specks import StaticSpecks, find_static_points, flag_static

SPECKS = np.array([(100.0, 200.0), (300.0, 50.0)])


def film(n=80, *, hidden=(), resting=(), seed=0):
    """Return points and peaks of two jittering specks and one walking dot, which stands still at `resting`."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.uniform(2, 5, (n, 2)), axis=0)
    walk[list(resting)] = 500 + rng.normal(0, 0.1, (len(resting), 2))
    points, peaks = [], []
    for time in range(n):
        still = np.zeros((0, 2)) if time in hidden else SPECKS + rng.normal(0, 0.1, (2, 2))
        points.append(np.vstack([still, walk[time]]))
        peaks.append(np.array([40.0] * len(still) + [90.0]))
    return points, peaks


def test_specks_are_found_with_their_brightness() -> None:
    specks = find_static_points(*film())
    assert len(specks) == 2
    np.testing.assert_allclose(specks.points_px[np.argsort(specks.points_px[:, 0])], SPECKS, atol=0.1)
    np.testing.assert_array_equal(specks.brightness, [40, 40])


def test_specks_that_the_animal_often_covers_are_found() -> None:
    hidden = [time for time in range(80) if time % 10 > 2]
    assert len(find_static_points(*film(hidden=hidden))) == 2


@pytest.mark.parametrize("start", [0, 13, 50])
def test_a_dot_that_rests_for_a_third_of_the_video_is_no_speck(start) -> None:
    specks = find_static_points(*film(resting=range(start, start + 27)))
    assert len(specks) == 2
    assert np.linalg.norm(specks.points_px - (500, 500), axis=1).min() > 100


def test_black_pictures_do_not_hide_specks() -> None:
    points, peaks = film()
    for time in range(10, 60):
        points[time], peaks[time] = np.zeros((0, 2)), np.zeros(0)
    assert len(find_static_points(points, peaks)) == 2


def test_no_dots_at_all_and_one_timepoint_give_no_specks() -> None:
    assert len(find_static_points([np.zeros((0, 2))] * 9, [np.zeros(0)] * 9)) == 0
    assert len(find_static_points([], [])) == 0
    assert len(find_static_points([SPECKS], [np.ones(2)])) == 0


def test_candidates_on_a_speck_are_flagged_unless_clearly_brighter() -> None:
    specks = StaticSpecks(SPECKS, np.array([40.0, 40.0]))
    points = np.array([(100.5, 200.5), (100.5, 200.5), (103.0, 200.0), (300.0, 50.0)])
    flags = flag_static(points, np.array([50.0, 90.0, 40.0, np.nan]), specks=specks)
    np.testing.assert_array_equal(flags, [True, False, False, True])
    assert flag_static(points[:0], np.zeros(0), specks=specks).shape == (0,)
    assert not flag_static(points, np.ones(4), specks=StaticSpecks(np.zeros((0, 2)), np.zeros(0))).any()


def test_points_and_peaks_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(ShapeError, match="do not go together"):
        find_static_points([SPECKS], [np.ones(3)])
    with pytest.raises(ShapeError, match="do not go together"):
        find_static_points([SPECKS], [])
