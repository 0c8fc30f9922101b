"""The floor is found from the mirror images in it, wherever it is, and nothing else is taken for one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from unit.geometry.scenes import ring, turned

from behaviorvlm.geometry.mirror import FloorPlane, find_floor, find_mirrored
from behaviorvlm.types import CameraGroup, FloatArray

SEEDS = st.integers(0, 2**32 - 1)
FLOOR_MM = -4.0
"""Height of the simulated floor in the world that is not turned."""


def mirrored_scene(
    seed: int, *, share: float = 0.5, clutter: int = 4, n_timepoints: int = 20, n_dots: int = 10
) -> list[FloatArray]:
    """Return the points of some timepoints: dots above a level floor, images of a share of them, and clutter."""
    rng, scene = np.random.default_rng(seed), []
    for _ in range(n_timepoints):
        dots = np.column_stack([rng.uniform(-60, 60, (n_dots, 2)), rng.uniform(4, 45, n_dots) + FLOOR_MM])
        images = dots[rng.random(n_dots) < share] * [1, 1, -1] + [0, 0, 2 * FLOOR_MM]
        others = rng.uniform([-100, -100, -40], [100, 100, 60], (clutter, 3))
        points = np.concatenate([dots, images, others])
        scene.append(rng.permutation(points + rng.normal(0, 0.2, points.shape)))
    return scene


def turn_scene(scene: list[FloatArray], rotation: FloatArray) -> list[FloatArray]:
    return [points @ rotation.T for points in scene]


def assert_is_the_floor(floor: FloorPlane | None, normal: FloatArray) -> None:
    assert floor is not None
    assert np.degrees(np.arccos(min(float(floor.normal @ normal), 1.0))) < 0.5
    assert np.linalg.norm(floor.normal) == pytest.approx(1)
    assert floor.offset_mm == pytest.approx(FLOOR_MM, abs=0.4)


@given(SEEDS, st.integers(0, 8))
@hypothesis_settings(max_examples=12)
def test_the_floor_is_found_at_any_tilt(seed: int, clutter: int) -> None:
    rotation = Rotation.random(rng=np.random.default_rng(seed)).as_matrix()
    scene = turn_scene(mirrored_scene(seed, clutter=clutter), rotation)
    assert_is_the_floor(find_floor(scene, turned(ring(), rotation)), rotation[:, 2])


@pytest.mark.parametrize("up", [(0, 0, 1), (0, 1, 1), (0, -1, 1), (1, 0, -1), (-1, 1, 1), (1, -1, 1), (-1, 0, 0)])
def test_few_images_are_enough_at_every_tilt(up: tuple[int, int, int]) -> None:
    """0.8 images a timepoint, half of them would be too few: the votes must not part where two axes are equal."""
    rotation = Rotation.align_vectors([up], [[0, 0, 1]])[0].as_matrix()
    scene = turn_scene(mirrored_scene(5, share=0.08, clutter=1), rotation)
    assert_is_the_floor(find_floor(scene, turned(ring(), rotation)), rotation[:, 2])


@pytest.mark.parametrize("seed", range(3))
def test_without_mirror_images_there_is_no_floor(seed: int) -> None:
    assert find_floor(mirrored_scene(seed, share=0.0, clutter=6), ring()) is None


def test_an_image_now_and_then_is_no_floor() -> None:
    assert find_floor(mirrored_scene(0, share=0.02, clutter=0), ring()) is None


def test_of_two_equal_mirrors_none_is_the_floor() -> None:
    """A shiny wall stands at right angles to the floor; points and images cannot say which of them is which."""
    scene = mirrored_scene(0, share=0.0, clutter=0)
    images = [(points * [1, 1, -1] + [0, 0, 2 * FLOOR_MM], points * [-1, 1, 1] - [200, 0, 0]) for points in scene]
    both = [np.concatenate([points, floor, wall]) for points, (floor, wall) in zip(scene, images, strict=True)]
    floor_only = [np.concatenate([points, floor]) for points, (floor, _) in zip(scene, images, strict=True)]
    assert find_floor(both, ring()) is None
    assert_is_the_floor(find_floor(floor_only, ring()), np.array([0.0, 0, 1]))


def test_a_plane_between_cameras_is_no_floor() -> None:
    rig = ring(4)
    below = replace(rig.cameras[0], name="below", tvec=-rig.cameras[0].rotation @ np.array([0, 0, -300.0]))
    assert find_floor(mirrored_scene(0), rig) is not None
    assert find_floor(mirrored_scene(0), CameraGroup((*rig.cameras, below))) is None


@pytest.mark.parametrize("n_points", [0, 1, 2])
def test_too_few_points_show_no_floor(n_points: int) -> None:
    points = np.array([[0.0, 0, 10], [0, 0, -10]])[:n_points]
    assert find_floor([points, points[:1]], ring()) is None
    assert find_floor([], ring()) is None


def test_a_still_pair_of_dots_is_no_floor_among_many_pairs() -> None:
    """Two dots of a rigid body mirror each other in a plane that moves with it."""
    rng = np.random.default_rng(0)
    body = rng.uniform(-40, 40, (8, 3)) + np.array([0, 0, 50])
    scene = [(body - 50) @ Rotation.random(rng=rng).as_matrix().T + [0, 0, 90] for _ in range(30)]
    assert find_floor(scene, ring()) is None


def planes() -> st.SearchStrategy[FloorPlane]:
    def plane(seed: int, offset: float) -> FloorPlane:
        normal = np.random.default_rng(seed).normal(size=3)
        return FloorPlane(normal / np.linalg.norm(normal), offset)

    return st.builds(plane, SEEDS, st.floats(-100, 100))


@given(planes(), SEEDS)
def test_a_mirror_image_is_as_far_below_as_the_point_is_above(plane: FloorPlane, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-200, 200, (4, 5, 3))
    images = plane.mirror(points)
    assert plane.height_mm(points).shape == (4, 5)
    np.testing.assert_allclose(plane.height_mm(images), -plane.height_mm(points), atol=1e-9)
    np.testing.assert_allclose(plane.mirror(images), points, atol=1e-9)
    assert np.abs(np.cross(images - points, plane.normal)).max() < 1e-9


LEVEL = FloorPlane(np.array([0.0, 0, 1]), FLOOR_MM)


def test_images_are_flagged_and_dots_are_not() -> None:
    dots = np.array([[0.0, 0, 20], [30, 0, 5], [0, 30, 12]])
    off = np.array([[0.0, 0, 0], [2, 0, 0], [4, 0, 0]])  # the tolerance is 3 mm
    points = np.concatenate([dots, LEVEL.mirror(dots) + off])
    assert find_mirrored(points, LEVEL).tolist() == [False, False, False, True, True, False]
    assert find_mirrored(points, LEVEL, tolerance_mm=5).tolist() == [False] * 3 + [True] * 3
    assert find_mirrored(points, LEVEL, tolerance_mm=1).tolist() == [False] * 3 + [True, False, False]


def test_an_image_without_its_dot_is_not_flagged() -> None:
    below = np.array([[0.0, 0, -20], [30, 0, -15], [60, 0, FLOOR_MM - 0.5], [61, 0, FLOOR_MM - 0.5]])
    assert not find_mirrored(below, LEVEL).any()
    assert find_mirrored(np.empty((0, 3)), LEVEL).shape == (0,)
