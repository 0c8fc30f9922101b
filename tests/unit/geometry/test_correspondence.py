"""Correspondence: every point is found among false dots, and no set of dots is more than it may be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from unit.geometry.scenes import line, ring, scattered

from behaviorvlm.geometry.correspondence import match_views
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.types import Camera, CameraGroup, CandidateSet, Correspondence, FloatArray, IntArray

GATE_PX = 2.5
SCENES = st.builds(
    lambda seed, hide, false: make_scene(seed, hide=hide, false=false),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.3, 0.6]),
    st.integers(0, 6),
)


@dataclass(frozen=True)
class Scene:
    """What the cameras see of some points: `own` (point, camera) is the number of each point's dot, -1 = hidden."""

    rig: CameraGroup
    points_mm: FloatArray
    views: list[CandidateSet]
    own: IntArray

    @property
    def seen_twice(self) -> np.ndarray:
        return (self.own >= 0).sum(axis=1) >= 2

    def found(self, result: Correspondence, *, within_mm: float) -> np.ndarray:
        gaps = np.linalg.norm(self.points_mm[:, None] - result.points_mm, axis=-1)
        return gaps.min(axis=1, initial=np.inf) < within_mm


def make_scene(
    seed: int, *, n_points: int = 12, n_cameras: int = 6, noise_px: float = 0.5, hide: float = 0.3, false: int = 4
) -> Scene:
    """Return a scene in which dots stand in no order among `false` dots a view, which are no point's."""
    rng, rig = np.random.default_rng(seed), ring(n_cameras)
    points = scattered(rng, n_points)
    pixels = project_all(points, rig) + rng.normal(0, noise_px, (n_cameras, n_points, 2))
    own, views = np.full((n_points, n_cameras), -1), []
    for index, camera in enumerate(rig):
        shown = np.flatnonzero(rng.random(n_points) >= hide)
        dots = np.concatenate([pixels[index, shown], rng.uniform(250, 750, (false, 2))])
        order = rng.permutation(len(dots))
        own[shown, index] = np.argsort(order)[: len(shown)]
        views.append(CandidateSet.from_points(7, camera.name, dots[order]))
    return Scene(rig, points, views, own)


def match(scene: Scene) -> Correspondence:
    return match_views(scene.views, scene.rig, gate_px=GATE_PX)


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(0, 8))
@hypothesis_settings(max_examples=30)
def test_without_noise_every_point_is_found_exactly(seed: int, n_cameras: int, false: int) -> None:
    scene = make_scene(seed, n_cameras=n_cameras, noise_px=0.0, hide=0.0, false=false)
    result = match(scene)
    assert scene.found(result, within_mm=1e-4).all()
    sets = {tuple(row) for row in result.numbers.tolist()}
    assert {tuple(row) for row in scene.own.tolist()} <= sets


def test_points_are_found_among_noise_hidden_dots_and_false_ones() -> None:
    sought, found = [], []
    for seed in range(60):
        scene = make_scene(seed)
        sought.append(scene.seen_twice)
        found.append(scene.found(match(scene), within_mm=1.5))
    assert np.concatenate(found)[np.concatenate(sought)].mean() >= 0.995


@given(SCENES)
@hypothesis_settings(max_examples=50)
def test_every_set_agrees_on_its_point(scene: Scene) -> None:
    result = match(scene)
    members = result.numbers >= 0
    assert (members.sum(axis=1) >= 2).all()
    expected = project_all(result.points_mm, scene.rig)
    errors = np.zeros(members.shape)
    for index, view in enumerate(scene.views):
        rows = np.flatnonzero(members[:, index])
        errors[rows, index] = np.linalg.norm(
            view.points_px[result.numbers[rows, index]] - expected[index, rows], axis=1
        )
    assert (errors <= GATE_PX + 1e-6).all()
    rms = np.sqrt((errors**2).sum(axis=1) / members.sum(axis=1))
    np.testing.assert_allclose(result.error_px, rms, atol=1e-6)


@given(SCENES)
@hypothesis_settings(max_examples=50)
def test_no_set_is_part_of_another(scene: Scene) -> None:
    sets = [{(c, n) for c, n in enumerate(row) if n >= 0} for row in match(scene).numbers.tolist()]
    for place, dots in enumerate(sets):
        assert not any(dots <= other for other in sets[:place] + sets[place + 1 :])


@given(SCENES, st.integers(0, 2**32 - 1))
@hypothesis_settings(max_examples=30)
def test_the_order_of_candidates_only_changes_their_numbers(scene: Scene, seed: int) -> None:
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(view)) for view in scene.views]
    shuffled = [
        CandidateSet.from_points(7, view.camera, view.points_px[order])
        for view, order in zip(scene.views, orders, strict=True)
    ]
    first, second = match(scene), match_views(shuffled, scene.rig, gate_px=GATE_PX)
    back = second.numbers.copy()
    for index, order in enumerate(orders):
        seen = back[:, index] >= 0
        back[seen, index] = order[back[seen, index]]
    here, there = np.lexsort(first.numbers.T), np.lexsort(back.T)
    np.testing.assert_array_equal(first.numbers[here], back[there])
    np.testing.assert_allclose(first.points_mm[here], second.points_mm[there], atol=1e-6)


def test_the_same_candidates_give_the_same_bits() -> None:
    first, again = match(make_scene(5)), match(make_scene(5))
    assert first.points_mm.tobytes() == again.points_mm.tobytes()
    assert first.numbers.tobytes() == again.numbers.tobytes()


def emptied(scene: Scene, cameras: tuple[int, ...]) -> Scene:
    views = [
        CandidateSet.from_points(7, view.camera, np.empty((0, 2))) if index in cameras else view
        for index, view in enumerate(scene.views)
    ]
    return Scene(scene.rig, scene.points_mm, views, scene.own)


@pytest.mark.parametrize("dark", [(0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4)])
def test_fewer_than_two_views_with_dots_show_no_point(dark: tuple[int, ...]) -> None:
    result = match(emptied(make_scene(0), dark))
    assert len(result) == 0
    assert result.timepoint == 7
    assert result.numbers.shape == (0, 6)
    assert result.points_mm.shape == (0, 3)


def test_a_view_without_candidates_takes_part_in_no_point() -> None:
    scene = make_scene(1, hide=0.0, noise_px=0.0)
    result = match(emptied(scene, (0, 3)))
    assert (result.numbers[:, [0, 3]] == -1).all()
    assert scene.found(result, within_mm=1e-4).all()


def test_two_points_seen_through_one_dot_may_share_it() -> None:
    rig = ring(4)
    first = np.array([10.0, -5, 30])
    second = first + 0.2 * (first - rig.cameras[0].position_mm)  # behind the first as camera 0 sees it
    pixels = project_all(np.stack([first, second]), rig)
    views = [
        CandidateSet.from_points(0, camera.name, pixels[index][: 1 if index == 0 else 2])
        for index, camera in enumerate(rig)
    ]
    result = match_views(views, rig, gate_px=GATE_PX)
    for point, numbers in ((first, [0, 0, 0, 0]), (second, [0, 1, 1, 1])):
        row = np.linalg.norm(result.points_mm - point, axis=1).argmin()
        np.testing.assert_allclose(result.points_mm[row], point, atol=1e-6)
        assert result.numbers[row].tolist() == numbers


@pytest.mark.parametrize(("share_of_gate", "n_found"), [(0.9, 1), (1.1, 0)])
def test_two_views_agree_up_to_the_gate(share_of_gate: float, n_found: int) -> None:
    rig = CameraGroup(line(3).cameras[::2])
    pixels = project_all(np.array([5.0, 3, 20]), rig)
    pixels[:, 1] += [share_of_gate * GATE_PX, -share_of_gate * GATE_PX]  # across the lines on which they may meet
    views = [CandidateSet.from_points(0, camera.name, pixels[[index]]) for index, camera in enumerate(rig)]
    result = match_views(views, rig, gate_px=GATE_PX)
    assert len(result) == n_found
    np.testing.assert_allclose(result.error_px, [share_of_gate * GATE_PX] * n_found, rtol=0.05)


def test_a_false_dot_just_beyond_the_gate_spoils_no_set() -> None:
    rig = ring(4)
    pixels = project_all(np.array([5.0, 3, 20]), rig)
    pixels[3] += [1.8 * GATE_PX, 0]
    views = [CandidateSet.from_points(0, camera.name, pixels[[index]]) for index, camera in enumerate(rig)]
    assert [0, 0, 0, -1] in match_views(views, rig, gate_px=GATE_PX).numbers.tolist()


def test_a_point_behind_the_cameras_is_no_point() -> None:
    matrix = np.array([[1000.0, 0, 500], [0, 1000, 500], [0, 0, 1]])
    rig = CameraGroup(
        tuple(
            Camera(f"c{number}", (1000, 1000), matrix, np.zeros(5), np.zeros(3), np.array([-100.0 * number, 0, 0]))
            for number in range(2)
        )
    )
    # The rays part in front of the cameras; only their extensions backwards meet.
    views = [
        CandidateSet.from_points(0, "c0", np.array([[400.0, 500]])),
        CandidateSet.from_points(0, "c1", np.array([[600.0, 500]])),
    ]
    assert len(match_views(views, rig, gate_px=GATE_PX)) == 0


def test_a_dot_that_no_ray_reaches_is_in_no_set() -> None:
    """It would otherwise count as a dot in the middle of the picture."""
    rig = ring(3, lens=(-0.3, 0.0, 0.0, 0.0, 0.0))
    larger = np.array([[0, 0, 1500], [0, 0, 1500], [0, 0, 0]])
    wide = CameraGroup(tuple(replace(c, image_size=(4000, 4000), matrix=c.matrix + larger) for c in rig))
    middle = project_all(np.zeros(3), wide)
    views = [
        CandidateSet.from_points(0, camera.name, np.stack([[3999.0, 3999.0], middle[index]])[: 1 if index == 0 else 2])
        for index, camera in enumerate(wide)
    ]
    result = match_views(views, wide, gate_px=GATE_PX)
    assert result.numbers.tolist() == [[-1, 1, 1]]
    np.testing.assert_allclose(result.points_mm, [[0, 0, 0]], atol=1e-6)
