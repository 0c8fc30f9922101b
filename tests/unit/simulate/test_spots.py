"""What a camera sees of dots, mirror images, specks and glints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from behaviorvlm.geometry.projection import project, undistort
from behaviorvlm.simulate.rig import ring_of_cameras
from behaviorvlm.simulate.scene import Scene, draw_scene
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.simulate.skeleton import MOUSE
from behaviorvlm.simulate.spots import BLOCK_TIMEPOINTS, Spots, watch
from behaviorvlm.simulate.truth import clarity
from behaviorvlm.types import CameraGroup, FloatArray

N_DOTS = len(MOUSE)


def scene_of(n_timepoints: int, *, seed: int = 0, **changes: object) -> Scene:
    return draw_scene(n_timepoints, seed=seed, settings=ArenaSettings(**changes))


def rig_of(n_cameras: int, *, seed: int = 0) -> CameraGroup:
    return ring_of_cameras(n_cameras, image_size=(640, 640), settings=ArenaSettings(), seed=seed)


def all_spots(scene: Scene, *, number: int = 0, rig: CameraGroup | None = None) -> list[Spots]:
    cameras = rig or rig_of(6)
    return list(watch(scene, cameras.cameras[number], number=number))


def of_kind(blocks: Sequence[Spots], kind: str, field: str) -> FloatArray:
    return np.concatenate(
        [
            getattr(spots, field)[:, [index for index, name in enumerate(spots.kinds) if name == kind]]
            for spots in blocks
        ]
    )


def test_blocks_cover_the_video_in_order_and_dots_come_first() -> None:
    blocks = all_spots(scene_of(2 * BLOCK_TIMEPOINTS + 5))
    assert [spots.start for spots in blocks] == [0, BLOCK_TIMEPOINTS, 2 * BLOCK_TIMEPOINTS]
    assert [len(spots.points_px) for spots in blocks] == [BLOCK_TIMEPOINTS, BLOCK_TIMEPOINTS, 5]
    assert all(spots.kinds[: 2 * N_DOTS] == ("dot",) * N_DOTS + ("reflection",) * N_DOTS for spots in blocks)


def test_dots_are_where_the_body_is_and_mirror_images_under_the_floor() -> None:
    rig = rig_of(6)
    blocks = all_spots(scene_of(80), number=2, rig=rig)
    dots_mm = np.concatenate([spots.body.dots_mm for spots in blocks])
    np.testing.assert_allclose(of_kind(blocks, "dot", "points_px"), project(dots_mm, rig.cameras[2]), atol=1e-9)
    mirrored = project(dots_mm * [1, 1, -1], rig.cameras[2])
    np.testing.assert_allclose(of_kind(blocks, "reflection", "points_px"), mirrored, atol=1e-9)


@pytest.mark.parametrize("seed", [0, 1])
def test_dots_are_seen_about_as_often_as_on_an_animal(seed: int) -> None:
    scene, rig = scene_of(600, seed=seed), rig_of(6, seed=seed)
    clear = (
        np.stack(
            [
                np.concatenate([clarity(spots) for spots in watch(scene, camera, number=number)])
                for number, camera in enumerate(rig)
            ]
        )
        >= 0.5
    )
    share = dict(zip(MOUSE.keypoints, clear.mean(axis=(0, 1)), strict=True))
    for region in MOUSE.regions:
        mean = np.mean([share[name] for name in region.keypoints])
        low, high = {"ears": (0.7, 1), "back": (0.8, 1), "paws": (0.3, 0.65), "tail": (0.7, 1)}[region.name]
        assert low < mean < high, (region.name, mean)
    assert 0.9 < (clear.sum(axis=0) >= 2).mean() < 1


def test_mirror_images_are_fainter_than_dots_and_seldom_of_the_back() -> None:
    blocks = all_spots(scene_of(600, brightness_spread=0.0))
    dots, mirrors = of_kind(blocks, "dot", "peak_dn"), of_kind(blocks, "reflection", "peak_dn")
    assert 5 < mirrors.max() < 0.25 * dots.max()
    back = MOUSE.region_indices["back"]
    assert (mirrors[:, back] > 3).mean() < 0.2 < (mirrors > 3).any(axis=1).mean()


def test_no_reflections_specks_or_glints_where_none_are_asked_for() -> None:
    blocks = all_spots(scene_of(70, reflection=0.0, n_specks=0, glints_per_picture=0.0))
    assert of_kind(blocks, "reflection", "peak_dn").max() == 0
    assert {kind for spots in blocks for kind in spots.kinds} == {"dot", "reflection"}


def test_specks_stand_still_at_one_place_on_the_floor_in_all_views() -> None:
    scene, rig = scene_of(70, n_specks=4), rig_of(3)
    for number, camera in enumerate(rig):
        points = of_kind(all_spots(scene, number=number, rig=rig), "speck", "points_px")
        assert points.shape == (70, 4, 2)
        assert np.ptp(points, axis=0).max() == 0
        rays = np.concatenate([undistort(points[0], camera), np.ones((4, 1))], axis=1) @ camera.rotation
        floor = camera.position_mm - rays * (camera.position_mm[2] / rays[:, 2:])
        np.testing.assert_allclose(floor, scene.specks_mm, atol=1e-6)


def test_glints_are_as_many_as_asked_for_and_never_last() -> None:
    blocks = all_spots(scene_of(640, glints_per_picture=1.5))
    counts = np.concatenate([(spots.peak_dn[:, 2 * N_DOTS + 5 :] > 0).sum(axis=1) for spots in blocks])
    assert counts.mean() == pytest.approx(1.5, abs=0.2)


def test_dots_can_be_hidden_for_no_reason() -> None:
    plain, gappy = (all_spots(scene_of(400, hidden_share=share)) for share in (0.0, 0.4))
    dark = of_kind(gappy, "dot", "peak_dn") == 0
    assert dark.mean() == pytest.approx(0.4, abs=0.06)
    kept = np.where(dark, 0, of_kind(plain, "dot", "peak_dn"))
    np.testing.assert_allclose(of_kind(gappy, "dot", "peak_dn"), kept)


def test_a_longer_video_starts_the_same() -> None:
    short, long = all_spots(scene_of(30)), all_spots(scene_of(100))
    np.testing.assert_array_equal(short[0].points_px, long[0].points_px[:30])
    np.testing.assert_array_equal(short[0].peak_dn, long[0].peak_dn[:30])


def test_fast_dots_drift_along_their_way_during_the_exposure() -> None:
    spots = all_spots(scene_of(60, exposure_s=0.01))[0]
    way = (spots.points_px[2:, :N_DOTS] - spots.points_px[:-2, :N_DOTS]) / 2
    np.testing.assert_allclose(spots.drift_px[1:-1, :N_DOTS], 0.01 * 30 * way, atol=1e-9)
