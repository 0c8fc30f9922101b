"""Candidates without pictures: noise, gaps and false dots are as asked for, and the truth numbers are true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import BehaviorVLMError, SettingsError, ShapeError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.simulate.dots import SimulatedCandidates, simulate_candidates
from behaviorvlm.simulate.gaps import draw_gaps
from behaviorvlm.simulate.rig import ring_of_cameras
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.types import FloatArray

RIG = ring_of_cameras(4, image_size=(640, 480), settings=ArenaSettings(), seed=0)


def wandering(n_timepoints: int = 400, n_keypoints: int = 7) -> FloatArray:
    rng = np.random.default_rng(0)
    place = rng.uniform([-40, -40, 5], [40, 40, 85], (n_keypoints, 3))
    drift = 20 * np.sin(np.linspace(0, 9, n_timepoints))[:, None, None] * [1.0, 0.5, 0.0]
    return np.asarray(place + drift)


def offsets_px(points: FloatArray, simulated: SimulatedCandidates) -> FloatArray:
    """Return candidate minus exact projection, (timepoint, camera, keypoint, 2) px, NaN where there is none."""
    exact = project_all(points, RIG).swapaxes(0, 1)
    found = np.full_like(exact, np.nan)
    for timepoint, camera, keypoint in np.argwhere(simulated.numbers >= 0).tolist():
        number = simulated.numbers[timepoint, camera, keypoint]
        candidates = simulated.candidates[RIG.names[camera]][timepoint]
        found[timepoint, camera, keypoint] = candidates.points_px[number]
    return found - exact


def test_numbers_point_at_the_right_candidates_with_the_noise_asked_for() -> None:
    points = wandering()
    offsets = offsets_px(points, simulate_candidates(points, RIG, noise_px=1.5, seed=1))
    assert np.nanstd(offsets) == pytest.approx(1.5, rel=0.05)
    assert np.nanmax(np.abs(offsets)) < 9


def test_dots_are_hidden_as_often_and_as_long_as_asked_for() -> None:
    points = wandering(2000, 12)
    numbers = simulate_candidates(points, RIG, hidden_share=0.3, hidden_run_timepoints=5, seed=2).numbers
    hidden = numbers < 0
    assert hidden.mean() == pytest.approx(0.3, abs=0.02)
    ends = (hidden[:-1] & ~hidden[1:]).sum()
    assert hidden[:-1].sum() / ends == pytest.approx(5, rel=0.1)


def test_false_dots_are_counted_and_lie_around_the_dots() -> None:
    points = wandering(50)
    simulated = simulate_candidates(points, RIG, hidden_share=0, false_per_view=3, noise_px=0, seed=3)
    exact = project_all(points, RIG)
    for camera, name in enumerate(RIG.names):
        for timepoint, candidates in enumerate(simulated.candidates[name]):
            assert candidates.timepoint == timepoint
            assert candidates.camera == name
            assert len(candidates) == points.shape[1] + 3
            low, high = exact[camera, timepoint].min(axis=0), exact[camera, timepoint].max(axis=0)
            margin = np.maximum(0.2 * (high - low), 10) + 1e-6
            assert (candidates.points_px >= low - margin).all()
            assert (candidates.points_px <= high + margin).all()


def test_the_order_of_candidates_tells_nothing() -> None:
    numbers = simulate_candidates(wandering(), RIG, hidden_share=0, false_per_view=4, seed=4).numbers
    means = numbers.mean(axis=(0, 1))
    np.testing.assert_allclose(means, 5, atol=0.5)
    assert all(len(set(row)) == len(row) for row in numbers.reshape(-1, numbers.shape[-1]).tolist())


def test_same_seed_same_candidates() -> None:
    one, two, other = (simulate_candidates(wandering(30), RIG, seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.numbers, two.numbers)
    for name in RIG.names:
        for first, second in zip(one.candidates[name], two.candidates[name], strict=True):
            np.testing.assert_array_equal(first.points_px, second.points_px)
    assert (one.numbers != other.numbers).any()


def test_what_cannot_be_seen_has_no_candidate() -> None:
    points = wandering(20)
    points[3, 2] = np.nan
    points[:, 5] = [1e4, 0, 0]
    points[7] = np.nan
    simulated = simulate_candidates(points, RIG, hidden_share=0, false_per_view=2, seed=0)
    assert (simulated.numbers[3, :, 2] == -1).all()
    assert (simulated.numbers[:, :, 5] == -1).all()
    assert all(len(simulated.candidates[name][7]) == 0 for name in RIG.names)
    assert (simulated.numbers[0, :, 2] >= 0).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"noise_px": -1.0},
        {"noise_px": float("nan")},
        {"false_per_view": -1},
        {"hidden_share": 1.0},
        {"hidden_share": -0.1},
        {"hidden_share": 0.9, "hidden_run_timepoints": 2.0},
        {"hidden_run_timepoints": 0.5},
        {"seed": -1},
    ],
)
def test_numbers_out_of_range_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(SettingsError) as error:
        simulate_candidates(wandering(5), RIG, **changes)
    assert error.value.expected and error.value.actual


@pytest.mark.parametrize("shape", [(5, 3), (5, 4, 2), (5, 0, 3)])
def test_points_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError):
        simulate_candidates(np.zeros(shape), RIG)


@given(share=st.floats(-0.5, 1.5), run=st.floats(0, 20))
def test_gaps_have_the_share_asked_for_or_are_refused(share: float, run: float) -> None:
    rng = np.random.default_rng(0)
    possible = 0 <= share < 1 and run >= max(1, share / (1 - share))
    try:
        hidden = draw_gaps(rng, (200, 300), share=share, mean_run_timepoints=run)
    except BehaviorVLMError:
        assert not possible
    else:
        assert possible
        assert hidden.mean() == pytest.approx(share, abs=0.05)
