"""Points that can be true together: every dot is given away once, the best supported points first."""

from __future__ import annotations

import numpy as np
import pytest
from unit.geometry.scenes import ring, scattered

from behaviorvlm.geometry.correspondence import match_views
from behaviorvlm.geometry.disjoint import choose_disjoint, triangulate_numbers
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.types import CandidateSet, Correspondence, FloatArray

RIG = ring()
GATE_PX = 3.0


def views_of(points_mm: FloatArray, *, seed: int, hide: float = 0.3, false: int = 3) -> list[CandidateSet]:
    """Return what each camera of the rig sees: some dots hidden, some false ones among them, 0.5 px of noise."""
    rng = np.random.default_rng(seed)
    views = []
    for camera, pixels in enumerate(project_all(points_mm, RIG)):
        shown = pixels[rng.random(len(pixels)) >= hide] + 0.0
        shown = shown + rng.normal(0, 0.5, shown.shape)
        wrong = rng.uniform(pixels.min(axis=0), pixels.max(axis=0), (false, 2))
        views.append(CandidateSet.from_points(0, RIG.names[camera], np.concatenate([shown, wrong])))
    return views


def chosen_of(views: list[CandidateSet]) -> tuple[Correspondence, Correspondence]:
    possible = match_views(views, RIG, gate_px=GATE_PX)
    return possible, choose_disjoint(possible, views, RIG, gate_px=GATE_PX)


@pytest.mark.parametrize("seed", range(8))
def test_no_dot_is_given_away_twice(seed: int) -> None:
    views = views_of(scattered(np.random.default_rng(seed), 14), seed=seed)
    possible, chosen = chosen_of(views)
    assert len(chosen) < len(possible)
    for camera in range(len(RIG)):
        numbers = chosen.numbers[:, camera]
        numbers = numbers[numbers >= 0]
        assert len(np.unique(numbers)) == len(numbers)


def test_most_of_what_is_chosen_is_true_and_most_of_what_is_true_is_chosen() -> None:
    right = found = there = 0
    for seed in range(8):
        points = scattered(np.random.default_rng(seed), 14)
        _, chosen = chosen_of(views_of(points, seed=seed))
        gaps = np.linalg.norm(chosen.points_mm[:, None] - points[None], axis=-1)
        right, found, there = right + (gaps.min(axis=0) < 1.0).sum(), found + len(chosen), there + len(points)
    assert right / found > 0.9
    assert right / there > 0.9


def test_a_set_that_loses_a_dot_goes_on_with_the_rest() -> None:
    points = np.array([[0.0, 0, 20], [40, 0, 20]])
    views = views_of(points, seed=0, hide=0.0, false=0)
    own = np.tile(np.array([[0], [1]]), (1, len(RIG)))
    taken = own.copy()
    taken[1, 0] = 0  # the second point claims the first one's dot in the first view
    found, errors = triangulate_numbers(own, views, RIG)
    claims = Correspondence(0, found, taken, np.array([0.1, 0.2]), np.zeros(2, dtype=bool))
    chosen = choose_disjoint(claims, views, RIG, gate_px=GATE_PX)
    np.testing.assert_array_equal(chosen.numbers[0], own[0])
    np.testing.assert_array_equal(chosen.numbers[1], [-1, *own[1, 1:]])
    np.testing.assert_allclose(chosen.points_mm[1], found[1], atol=1.0)
    assert (errors < GATE_PX).all()


def test_nothing_is_chosen_from_nothing() -> None:
    views = [CandidateSet.from_points(0, name, np.zeros((0, 2))) for name in RIG.names]
    assert len(chosen_of(views)[1]) == 0
