"""Painted pictures: dots exactly where the truth says, an animal to be seen, and no more memory for more video."""

from __future__ import annotations

import tracemalloc
from collections import deque
from itertools import islice

import numpy as np
import pytest

from behaviorvlm.simulate.arena import paint
from behaviorvlm.simulate.rig import ring_of_cameras
from behaviorvlm.simulate.scene import draw_scene
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.simulate.skeleton import MOUSE
from behaviorvlm.simulate.spots import watch
from behaviorvlm.types import ByteArray, Camera, FloatArray

QUIET = {"reflection": 0.0, "n_specks": 0, "glints_per_picture": 0.0}


def camera_of(size: tuple[int, int] = (640, 640)) -> Camera:
    return ring_of_cameras(3, image_size=size, settings=ArenaSettings(), seed=0).cameras[0]


def pictures(n_timepoints: int, channel: str, *, camera: Camera, **changes: object) -> list[ByteArray]:
    scene = draw_scene(n_timepoints, seed=0, settings=ArenaSettings(**changes))
    return list(paint(scene, camera, number=0, channel=channel))


def centroid(picture: ByteArray, middle: FloatArray) -> FloatArray:
    x, y = np.round(middle).astype(int).tolist()
    window = picture[y - 4 : y + 5, x - 4 : x + 5].astype(np.float64)
    window = np.clip(window - np.median(picture), 0, None)
    grid = np.arange(-4, 5)
    return np.array([x, y]) + [window.sum(axis=0) @ grid, window.sum(axis=1) @ grid] / window.sum()


def test_dots_are_painted_at_their_sub_pixel_places() -> None:
    settings = {**QUIET, "ground_dn": 0.0, "read_noise_dn": 0.0, "autofluorescence_dn": 0.0, "counts_per_dn": 1e4}
    camera = camera_of()
    painted = pictures(30, "fluorescence", camera=camera, **settings)
    spots = next(watch(draw_scene(30, seed=0, settings=ArenaSettings(**settings)), camera, number=0))
    dots = range(len(MOUSE))
    errors = []
    for row, picture in enumerate(painted):
        points = spots.points_px[row, : len(MOUSE)]
        apart = np.linalg.norm(points[:, None] - points[None], axis=-1) + 1e3 * np.eye(len(MOUSE))
        clear = [dot for dot in dots if spots.peak_dn[row, dot] > 50 and apart[dot].min() > 12]
        errors += [centroid(picture, points[dot]) - points[dot] for dot in clear]
        for dot in clear:
            x, y = np.round(points[dot]).astype(int).tolist()
            assert 0.6 * spots.peak_dn[row, dot] < picture[y, x] < 1.05 * spots.peak_dn[row, dot] + 1
    assert len(errors) > 100
    assert np.abs(np.mean(errors, axis=0)).max() < 0.02  # no half-pixel shift
    assert np.abs(errors).max() < 0.15


def test_the_ground_is_dark_and_noisy_and_the_animal_glows() -> None:
    camera = camera_of()
    dim, glowing = (pictures(3, "fluorescence", camera=camera, autofluorescence_dn=dn)[0] for dn in (0.0, 20.0))
    assert 1.5 < np.mean(dim) < 4
    assert 1 < np.std(dim[:100, :100]) < 2.5
    assert (glowing > 10).sum() > (dim > 10).sum() + 1000


def test_noise_changes_from_picture_to_picture() -> None:
    first, second = pictures(2, "fluorescence", camera=camera_of())
    assert np.corrcoef(first[:90, :90].ravel(), second[:90, :90].ravel())[0, 1] < 0.1


def test_dark_dots_are_the_same_picture_inverted() -> None:
    bright, dark = (pictures(2, "fluorescence", camera=camera_of(), dots=kind)[1] for kind in ("bright", "dark"))
    np.testing.assert_array_equal(255 - bright, dark)


def test_the_animal_is_dark_on_a_light_floor_where_its_dots_are() -> None:
    camera = camera_of()
    scene = draw_scene(40, seed=0, settings=ArenaSettings())
    spots = next(watch(scene, camera, number=0))
    for row, picture in enumerate(paint(scene, camera, number=0, channel="visible")):
        back = spots.points_px[row, MOUSE.index("middle_back")].round().astype(int)
        assert picture[back[1] + 6, back[0]] < 0.75 * np.median(picture[380:460, 200:440])


@pytest.mark.parametrize("size", [(320, 240), (128, 200)])
@pytest.mark.parametrize("channel", ["visible", "fluorescence"])
def test_pictures_of_any_size(size: tuple[int, int], channel: str) -> None:
    painted = pictures(3, channel, camera=camera_of(size))
    assert len(painted) == 3
    assert all(picture.shape == size[::-1] and picture.dtype == np.uint8 for picture in painted)


def test_distortion_and_skew_are_honoured() -> None:
    plain = camera_of()
    matrix = plain.matrix.copy()
    matrix[0, 1] = 40.0
    bent = Camera("bent", plain.image_size, matrix, np.array([-0.3, 0.1, 0.001, 0.002, 0.0]), plain.rvec, plain.tvec)
    scene = draw_scene(5, seed=0, settings=ArenaSettings())
    spots = next(watch(scene, bent, number=0))
    assert np.abs(spots.points_px - next(watch(scene, plain, number=0)).points_px)[:, : len(MOUSE)].max() > 1
    for row, picture in enumerate(paint(scene, bent, number=0, channel="visible")):
        back = spots.points_px[row, MOUSE.index("middle_back")].round().astype(int)
        assert picture[back[1] + 6, back[0]] < 130


def test_pictures_near_the_edge_and_animals_out_of_sight() -> None:
    settings = ArenaSettings(arena_center_mm=(0.0, 160.0))
    away = ArenaSettings(arena_center_mm=(5000.0, 0.0))
    camera = camera_of((128, 128))
    for channel in ("visible", "fluorescence"):
        for chosen in (settings, away):
            assert len(list(paint(draw_scene(70, seed=1, settings=chosen), camera, number=0, channel=channel))) == 70


@pytest.mark.parametrize("channel", ["visible", "fluorescence"])
def test_memory_does_not_grow_with_the_video(channel: str) -> None:
    scene = draw_scene(140, seed=0, settings=ArenaSettings())
    camera = camera_of((64, 64))
    peaks = []
    for length in (5, 140):
        tracemalloc.start()
        deque(islice(paint(scene, camera, number=0, channel=channel), length), maxlen=0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] + 100_000
