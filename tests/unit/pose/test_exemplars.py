from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from unit.pose.scenes import MIRROR, SEED_TIMEPOINTS, SKELETON, make_poses, make_rig, make_seeds, make_session

from behaviorvlm.errors import SeedError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.pose.exemplars import (
    LARGEST_GATE_PX,
    LEAST_GATE_PX,
    RollingExemplars,
    seed_exemplars,
    stack_seeds,
    triangulate_seeds,
)
from behaviorvlm.types import Exemplar, Pose3D

RIG = make_rig()
SEEDS = make_seeds(RIG)
PAIRS = [[0, 1], [4, 5], [6, 7]]


def exchange(seeds: Sequence[Exemplar], timepoint: int, pair: Sequence[int]) -> list[Exemplar]:
    """Return the seeds with a left/right pair exchanged in every view of one timepoint."""
    order = np.arange(len(SKELETON))
    order[list(pair)] = order[list(pair)][::-1]
    return [replace(seed, points_px=seed.points_px[order]) if seed.timepoint == timepoint else seed for seed in seeds]


def jitter(seeds: Sequence[Exemplar], spread_px: float) -> list[Exemplar]:
    rng = np.random.default_rng(3)
    return [replace(seed, points_px=seed.points_px + rng.normal(scale=spread_px, size=(9, 2))) for seed in seeds]


def pose_at(timepoint: int) -> Pose3D:
    """Return a pose that every view shows."""
    nowhere = Pose3D.missing(timepoint, len(SKELETON), len(RIG))
    return replace(nowhere, points_mm=make_poses([timepoint])[0], numbers=np.zeros_like(nowhere.numbers))


def test_seeds_are_triangulated() -> None:
    seeds = triangulate_seeds(make_session(RIG, make_seeds(RIG)[::-1]))
    assert seeds.timepoints.tolist() == list(SEED_TIMEPOINTS)
    np.testing.assert_allclose(seeds.points_mm, make_poses(SEED_TIMEPOINTS), atol=1e-6)
    assert not seeds.outvoted.any()


def test_a_keypoint_labelled_in_one_view_has_no_place() -> None:
    seeds = make_seeds(RIG)
    for row, seed in enumerate(seeds):
        if seed.timepoint == 8 and seed.camera != "cam0":
            seeds[row] = replace(seed, points_px=np.vstack([[[np.nan, np.nan]], seed.points_px[1:]]))
    found = triangulate_seeds(make_session(RIG, seeds))
    assert np.isnan(found.points_mm[1, 0]).all()
    assert np.isfinite(found.points_mm).all(axis=-1).sum() == 26
    assert np.isfinite(found.points_px[1, 0, 0]).all()


@pytest.mark.parametrize("seeds", [[], [seed for seed in SEEDS if seed.camera == "cam1"]])
def test_seeds_that_no_two_views_share_are_refused(seeds) -> None:
    with pytest.raises(SeedError, match="two or more views"):
        triangulate_seeds(make_session(RIG, seeds))


def test_seeds_of_a_single_keypoint_are_refused() -> None:
    seeds = [replace(seed, points_px=np.where(np.arange(9)[:, None] == 3, seed.points_px, np.nan)) for seed in SEEDS]
    with pytest.raises(SeedError, match="12 labelled views with 1 such"):
        triangulate_seeds(make_session(RIG, seeds))


@pytest.mark.parametrize("pair", PAIRS, ids=["ears", "paws", "feet"])
@pytest.mark.parametrize("timepoint", SEED_TIMEPOINTS)
def test_one_exchanged_seed_is_outvoted_whichever_it_is(timepoint: int, pair: list[int]) -> None:
    found = triangulate_seeds(make_session(RIG, exchange(make_seeds(RIG), timepoint, pair)))
    wrong = np.zeros((3, len(SKELETON)), dtype=bool)
    wrong[SEED_TIMEPOINTS.index(timepoint), pair] = True
    assert np.array_equal(found.outvoted, wrong)
    assert np.isnan(found.points_mm[wrong]).all()
    np.testing.assert_allclose(found.points_mm[~wrong], make_poses(SEED_TIMEPOINTS)[~wrong], atol=1e-6)


@pytest.mark.parametrize("hidden", [4, 5])
def test_a_pair_of_which_a_seed_shows_one_side_still_votes(hidden: int) -> None:
    seeds = exchange(SEEDS, 8, PAIRS[1])
    away = np.arange(9)[:, None] == hidden
    seeds = [
        replace(seed, points_px=np.where(away, np.nan, seed.points_px)) if seed.timepoint == 14 else seed
        for seed in seeds
    ]
    found = triangulate_seeds(make_session(RIG, seeds))
    assert np.argwhere(found.outvoted).tolist() == [[1, 4], [1, 5]]


def test_different_pairs_of_different_seeds_are_outvoted_each_by_itself() -> None:
    seeds = exchange(exchange(make_seeds(RIG), 2, PAIRS[0]), 14, PAIRS[2])
    found = triangulate_seeds(make_session(RIG, seeds))
    assert [np.nonzero(row)[0].tolist() for row in found.outvoted] == [[0, 1], [], [6, 7]]


@pytest.mark.parametrize("pair", PAIRS, ids=["ears", "paws", "feet"])
def test_two_seeds_are_never_outvoted(pair: list[int]) -> None:
    seeds = exchange(make_seeds(RIG, (2, 8)), 8, pair)
    assert not triangulate_seeds(make_session(RIG, seeds)).outvoted.any()


@pytest.mark.parametrize("pair", PAIRS, ids=["ears", "paws", "feet"])
def test_two_against_two_is_no_majority(pair: list[int]) -> None:
    seeds = make_seeds(RIG, (2, 6, 10, 14))
    seeds = exchange(exchange(seeds, 6, pair), 14, pair)
    assert not triangulate_seeds(make_session(RIG, seeds)).outvoted.any()


def test_outvoted_labels_are_shown_to_nobody() -> None:
    session = make_session(RIG, exchange(make_seeds(RIG), 8, PAIRS[1]))
    shown = seed_exemplars(session, triangulate_seeds(session), "cam2")
    assert [exemplar.timepoint for exemplar in shown] == [2, 8, 14]
    assert np.nonzero(np.isnan(shown[1].points_px).any(axis=1))[0].tolist() == PAIRS[1]
    np.testing.assert_allclose(shown[0].points_px, project_all(make_poses([2])[0], RIG)[2])


def test_the_gate_comes_from_the_errors_of_the_seeds() -> None:
    exact = triangulate_seeds(make_session(RIG))
    rough = triangulate_seeds(make_session(RIG, jitter(make_seeds(RIG), 2.0)))
    rougher = triangulate_seeds(make_session(RIG, jitter(make_seeds(RIG), 4.0)))
    assert exact.gate_px == LEAST_GATE_PX
    assert 1.5 < rougher.gate_px / rough.gate_px < 2.5
    assert triangulate_seeds(make_session(RIG, jitter(make_seeds(RIG), 12.0))).gate_px <= LARGEST_GATE_PX
    errors = np.linalg.norm(project_all(rough.points_mm, RIG) - np.moveaxis(rough.points_px, 1, 0), axis=-1)
    assert (errors <= rough.gate_px).mean() > 0.98
    assert rough.gate_px < 3 * np.percentile(errors, 90)


def test_a_label_on_the_wrong_part_of_the_picture_does_not_open_the_gate() -> None:
    seeds = make_seeds(RIG)
    far = seeds[0].points_px.copy()
    far[2] += 150.0
    found = triangulate_seeds(make_session(RIG, [replace(seeds[0], points_px=far), *seeds[1:]]))
    assert found.gate_px == LEAST_GATE_PX
    np.testing.assert_allclose(found.points_mm, make_poses(SEED_TIMEPOINTS), atol=1e-6)


def test_stacked_seeds_have_nan_for_views_without_labels() -> None:
    timepoints, points = stack_seeds(make_session(RIG, make_seeds(RIG)[1:]))
    assert points.shape == (3, 4, 9, 2)
    assert timepoints.tolist() == [2, 8, 14]
    assert np.isnan(points[0, 0]).all()
    assert np.isfinite(points[0, 1:]).all()


def rolling(lag: int = 1) -> RollingExemplars:
    session = make_session(RIG)
    return RollingExemplars(session, triangulate_seeds(session), lag=lag)


def test_the_window_begins_with_the_seeds() -> None:
    window = rolling().window("cam1", 0)
    assert [(one.timepoint, one.kind) for one in window] == [(2, "seed"), (8, "seed"), (14, "seed")]
    assert {one.camera for one in window} == {"cam1"}


def test_accepted_timepoints_replace_the_oldest_and_the_window_stays_at_three() -> None:
    exemplars = rolling()
    shown = []
    for timepoint in (20, 21, 22, 23):
        exemplars.accept(pose_at(timepoint))
        shown.append([(one.timepoint, one.kind[0]) for one in exemplars.window("cam3", timepoint + 1)])
    assert shown[0] == [(8, "s"), (14, "s"), (20, "r")]
    assert shown[1] == [(14, "s"), (20, "r"), (21, "r")]
    assert shown[3] == [(21, "r"), (22, "r"), (23, "r")]


def test_an_accepted_pose_is_shown_as_each_camera_sees_it() -> None:
    exemplars = rolling()
    exemplars.accept(pose_at(20))
    for index, camera in enumerate(RIG.names):
        newest = exemplars.window(camera, 21)[-1]
        assert (newest.camera, newest.timepoint, newest.kind) == (camera, 20, "rolling")
        np.testing.assert_allclose(newest.points_px, project_all(make_poses([20])[0], RIG)[index])


def test_an_accepted_timepoint_waits_for_the_lag() -> None:
    exemplars = rolling(lag=3)
    exemplars.accept(pose_at(20))
    exemplars.accept(pose_at(21))
    assert [exemplars.window("cam0", timepoint)[-1].timepoint for timepoint in (21, 22, 23, 24)] == [14, 14, 20, 21]


def test_a_timepoint_is_never_its_own_exemplar_backwards_either() -> None:
    exemplars = rolling()
    exemplars.accept(pose_at(10))
    assert exemplars.window("cam0", 10)[-1].timepoint == 14
    assert exemplars.window("cam0", 9)[-1].timepoint == 10


def test_missing_keypoints_of_an_accepted_pose_are_not_shown() -> None:
    exemplars = rolling()
    points = make_poses([20])[0]
    points[np.arange(9) != MIRROR] = np.nan
    exemplars.accept(replace(pose_at(20), points_mm=points))
    seen = np.isfinite(exemplars.window("cam0", 21)[-1].points_px).all(axis=1)
    assert np.nonzero(seen)[0].tolist() == [2, 3, 8]


def test_a_view_shows_only_the_keypoints_it_contributed_to() -> None:
    exemplars = rolling()
    pose = pose_at(20)
    numbers = pose.numbers.copy()
    numbers[4, 1] = -1
    exemplars.accept(replace(pose, numbers=numbers))
    seen = {name: np.isfinite(exemplars.window(name, 21)[-1].points_px).all(axis=1) for name in RIG.names}
    assert np.nonzero(~seen["cam1"])[0].tolist() == [4]
    assert seen["cam0"].all()


def test_a_pass_that_turns_around_begins_with_the_seeds_again() -> None:
    exemplars = rolling()
    exemplars.accept(pose_at(20))
    assert exemplars.window("cam0", 21)[-1].kind == "rolling"
    exemplars.accept(pose_at(21))
    exemplars.restart()
    assert [one.kind for one in exemplars.window("cam0", 30)] == ["seed"] * 3


def test_exemplars_carry_pictures_where_they_are_asked_for() -> None:
    exemplars = rolling()
    asked = []

    def pictures(camera: str, timepoint: int) -> dict[str, np.ndarray]:
        asked.append((camera, timepoint))
        return {"fluorescence": np.full((2, 2), timepoint, dtype=np.uint8)}

    exemplars.accept(pose_at(20), pictures=pictures)
    for _ in range(2):
        window = exemplars.window("cam2", 21, pictures=pictures)
    assert [one.images["fluorescence"][0, 0] for one in window] == [8, 14, 20]
    assert asked.count(("cam2", 8)) == 1  # held, not read again
    exemplars.restart()
    again = exemplars.window("cam2", 2, pictures=pictures)
    assert [one.images["fluorescence"][0, 0] for one in again] == [2, 8, 14]
    assert asked.count(("cam2", 8)) == asked.count(("cam2", 14)) == 1  # nor on the way back
