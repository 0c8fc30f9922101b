"""The animal: the same for the same seed, on the floor, left on the left, and no faster than a mouse."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.simulate.animal import DOTS, PARTS, Body, pose_body
from behaviorvlm.simulate.gait import place_paws
from behaviorvlm.simulate.motion import plan_motion
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.simulate.skeleton import MOUSE
from behaviorvlm.types import FloatArray

SETTINGS = ArenaSettings()
LENGTH = 3000


@pytest.fixture(scope="module", params=[0, 1])
def body(request: pytest.FixtureRequest) -> Body:
    return pose_body(plan_motion(LENGTH, seed=request.param, settings=SETTINGS), 0, LENGTH)


def dot(body: Body, name: str) -> FloatArray:
    return body.dots_mm[:, MOUSE.index(name)]


def steps(points: FloatArray) -> FloatArray:
    return np.linalg.norm(np.diff(points, axis=0), axis=-1)


def test_dots_are_in_the_order_of_the_skeleton() -> None:
    assert tuple(DOTS) == MOUSE.keypoints


def test_same_seed_same_motion_and_a_longer_one_starts_the_same() -> None:
    short, long = (pose_body(plan_motion(n, seed=5, settings=SETTINGS), 0, 100).dots_mm for n in (100, 900))
    other = pose_body(plan_motion(100, seed=6, settings=SETTINGS), 0, 100).dots_mm
    np.testing.assert_array_equal(short, long)
    assert np.abs(short - other).max() > 10


def test_blocks_fit_together() -> None:
    plan = plan_motion(100, seed=3, settings=SETTINGS)
    parts = [pose_body(plan, start, start + 20).dots_mm for start in range(0, 100, 20)]
    np.testing.assert_allclose(np.concatenate(parts), pose_body(plan, 0, 100).dots_mm, atol=1e-9)


def test_no_part_is_in_the_floor(body: Body) -> None:
    lowest = body.centers_mm[..., 2] - np.linalg.norm(body.axes_mm[:, :, 2], axis=-1)
    assert lowest.min() > -0.05


def test_hindpaws_stand_on_the_floor_most_of_the_time(body: Body) -> None:
    for name in ("left_hindpaw", "right_hindpaw"):
        part = PARTS.index(name)
        sole = body.centers_mm[:, part, 2] - body.axes_mm[:, part, 2, 2]
        assert (sole < 0.05).mean() > 0.6
        assert sole.max() > 3


def test_a_paw_that_stands_stays_where_it_is() -> None:
    plan = plan_motion(LENGTH, seed=0, settings=SETTINGS)
    paws = place_paws(plan, np.arange(LENGTH, dtype=np.float64) + plan.lead)
    standing = (paws.ground_mm[..., 2] == 0) & (plan.stepping[plan.lead : plan.lead + LENGTH, None] > 0.5)
    both = standing[1:] & standing[:-1]
    moved = np.linalg.norm(np.diff(paws.ground_mm, axis=0), axis=-1)
    assert both.mean() > 0.2
    assert np.quantile(moved[both], 0.99) < 1.5


def test_no_dot_is_faster_than_a_mouse(body: Body) -> None:
    assert 0.3 < np.median(steps(dot(body, "middle_back"))) < 5
    assert steps(dot(body, "middle_back")).max() < 12
    assert steps(body.dots_mm).max() < 30


def test_it_walks_pauses_turns_rears_and_grooms(body: Body) -> None:
    speed = steps(dot(body, "lower_back"))
    assert (speed > 2).mean() > 0.2
    assert (speed < 0.5).mean() > 0.1
    spine = (dot(body, "upper_back") - dot(body, "lower_back"))[:, :2]
    assert np.ptp(np.unwrap(np.arctan2(spine[:, 1], spine[:, 0]))) > np.pi
    assert dot(body, "left_ear")[:, 2].max() > 50
    assert dot(body, "left_forepaw")[:, 2].max() > 20


def test_left_is_on_the_left(body: Body) -> None:
    forward = dot(body, "upper_back") - dot(body, "lower_back")
    left = np.cross([0.0, 0.0, 1.0], forward)
    for one, other in MOUSE.symmetries:
        across = np.einsum("ti,ti->t", dot(body, one) - dot(body, other), left)
        assert (across > 0).mean() > 0.95, one


def test_what_is_rigid_keeps_its_length(body: Body) -> None:
    ears = np.linalg.norm(dot(body, "left_ear") - dot(body, "right_ear"), axis=1)
    tail = [np.linalg.norm(body.axes_mm[:, PARTS.index(f"tail_{joint}"), :, 0], axis=1) for joint in range(4)]
    assert np.ptp(ears) < 1e-6
    assert np.ptp(tail) < 1e-6
    assert 60 < 2 * np.sum(tail, axis=0)[0] < 90


def test_dots_are_on_the_skin_and_normals_point_out(body: Body) -> None:
    parts = [PARTS.index(part) for part, _ in DOTS.values()]
    inverse = np.linalg.inv(body.axes_mm[:, parts])
    outward = body.dots_mm - body.centers_mm[:, parts]
    on_sphere = np.linalg.norm(np.einsum("tkij,tkj->tki", inverse, outward), axis=-1)
    np.testing.assert_allclose(on_sphere, 1, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(body.normals, axis=-1), 1, atol=1e-9)
    assert (np.einsum("tki,tki->tk", outward, body.normals) > 0).all()


def test_it_stays_in_its_arena_wherever_that_is() -> None:
    settings = ArenaSettings(arena_center_mm=(300.0, -50.0), arena_radius_mm=120.0)
    plan = plan_motion(LENGTH, seed=2, settings=settings)
    away = np.linalg.norm(plan.trunk_mm - settings.arena_center_mm, axis=1)
    assert away.max() < 1.25 * settings.arena_radius_mm
    assert away.max() > 0.6 * settings.arena_radius_mm


@pytest.mark.parametrize("rate", [15.0, 120.0])
def test_speed_does_not_depend_on_the_frame_rate(rate: float) -> None:
    settings = ArenaSettings(frame_rate_hz=rate)
    n_timepoints = round(60 * rate)
    points = pose_body(plan_motion(n_timepoints, seed=0, settings=settings), 0, n_timepoints).dots_mm
    mean_mm_s = (steps(points[:, MOUSE.index("middle_back")]) * rate).mean()
    assert 15 < mean_mm_s < 120


def test_ten_thousand_timepoints() -> None:
    plan = plan_motion(10_000, seed=0, settings=SETTINGS)
    assert np.isfinite(pose_body(plan, 9_990, 10_001).dots_mm).all()
