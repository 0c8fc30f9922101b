from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from unit.pose.pictures import PaintedSource
from unit.pose.scenes import make_poses, make_rig, moved, nothing_known, show

from behaviorvlm.errors import VideoError
from behaviorvlm.geometry.mirror import FloorPlane
from behaviorvlm.geometry.projection import project
from behaviorvlm.pose.candidate_detection import Survey, detect_candidates, measure_threshold, survey_candidates
from behaviorvlm.pose.evidence_building import build_evidence
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.simulate.arena import paint
from behaviorvlm.simulate.scene import Scene, draw_scene
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.types import CandidateFlag, CandidateSet

SETTINGS = PoseSettings()
DOTS = np.array([[20.0, 30.0], [60.3, 41.7], [90.5, 15.25]])


def picture(*, dark: bool = False, noise_dn: float = 1.0, seed: int = 0, dots: np.ndarray = DOTS) -> np.ndarray:
    """Return a noisy picture of 120 x 60 px with three dots of 60 DN."""
    y, x = np.mgrid[:60, :120]
    image = 20 + noise_dn * np.random.default_rng(seed).normal(size=(60, 120))
    for place in dots:
        image += 60 * np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (2 * 1.25**2))
    image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return 255 - image if dark else image


def source_of(frames: list[np.ndarray], channel: str = "fluorescence") -> PaintedSource:
    return PaintedSource({"top": {channel: frames}})


def detect(source: PaintedSource, settings: PoseSettings = SETTINGS, *, timepoints=(0, 1)) -> list[CandidateSet]:
    _, threshold = measure_threshold(source, "top", settings)
    return detect_candidates(source, "top", settings, threshold_dn=threshold, timepoints=timepoints)


@pytest.mark.parametrize("dark", [False, True])
def test_dots_are_found_bright_or_dark(dark: bool) -> None:
    settings = PoseSettings(dots="dark" if dark else "bright")
    source = source_of([picture(dark=dark, seed=time) for time in range(5)])
    found = detect(source, settings, timepoints=(2, 5))
    assert [(view.timepoint, view.camera) for view in found] == [(2, "top"), (3, "top"), (4, "top")]
    for view in found:
        order = np.argsort(view.points_px[:, 0])
        np.testing.assert_allclose(view.points_px[order], DOTS, atol=0.2)
        np.testing.assert_allclose(view.brightness, 60, rtol=0.15)
        np.testing.assert_allclose(view.size_px, 1.25, rtol=0.2)
        assert not view.flags.any()


def test_the_wrong_polarity_finds_no_dot() -> None:
    found = detect(source_of([picture(dark=True)]))
    gaps = np.linalg.norm(found[0].points_px[:, None] - DOTS, axis=-1)
    assert gaps.size == 0 or gaps.min() > 3


def test_the_threshold_rises_with_the_noise() -> None:
    calm, rough = (
        measure_threshold(source_of([picture(noise_dn=noise, seed=t) for t in range(12)]), "top", SETTINGS)
        for noise in (2.0, 6.0)
    )
    assert 2 < rough[0] / calm[0] < 4
    assert rough[1] > calm[1] > calm[0]
    assert len(detect(source_of([picture(noise_dn=6.0, seed=t) for t in range(12)]))[0]) == 3


def test_a_camera_that_is_black_for_a_while_does_not_open_the_door_to_noise() -> None:
    black = np.zeros((60, 120), dtype=np.uint8)
    rough = [picture(noise_dn=6.0, seed=time) for time in range(12)]
    often_black = [black if time >= 3 else frame for time, frame in enumerate(rough)]
    alone = measure_threshold(source_of(rough), "top", SETTINGS)
    assert measure_threshold(source_of(often_black), "top", SETTINGS)[1] == pytest.approx(alone[1], rel=0.2)
    found = detect(source_of(often_black), timepoints=(0, 12))
    assert [len(view) for view in found] == [3] * 3 + [0] * 9


def test_a_black_video_has_no_dots_and_is_no_error() -> None:
    found = detect(source_of([np.zeros((60, 120), dtype=np.uint8)] * 2), timepoints=(0, 2))
    assert [len(view) for view in found] == [0, 0]


@pytest.mark.parametrize(("camera", "actual"), [("top", "channels visible"), ("side", "channels none")])
def test_a_missing_channel_is_told_with_the_file_that_is_looked_for(camera: str, actual: str) -> None:
    with pytest.raises(VideoError) as raised:
        measure_threshold(source_of([picture()], channel="visible"), camera, SETTINGS)
    assert f"camera {camera} has no fluorescence video" in raised.value.message
    assert raised.value.expected == f"<session>_{camera}_fluorescence.mp4"
    assert raised.value.actual == actual
    assert "candidate files" in raised.value.remedy


def test_another_channel_can_show_the_dots() -> None:
    found = detect(source_of([picture()], channel="infrared"), PoseSettings(channel="infrared"))
    assert len(found[0]) == 3


def test_a_video_that_ends_early_is_no_shorter_result() -> None:
    with pytest.raises(VideoError, match="ends early"):
        detect(source_of([picture()] * 3), timepoints=(0, 4))


# The whole video -----------------------------------------------------------------------------------------------------

RIG = make_rig(4, size=(320, 320))
N_TIMEPOINTS = 32


@cache
def simulated() -> tuple[Scene, list[list[CandidateSet]]]:
    """Return a simulated arena and the candidates of its pictures, (timepoint)(camera)."""
    settings = ArenaSettings(n_specks=4, glints_per_picture=0.3)
    scene = draw_scene(N_TIMEPOINTS, seed=5, settings=settings)
    found = []
    for number, camera in enumerate(RIG):
        frames = list(paint(scene, camera, number=number, channel="fluorescence"))
        source = PaintedSource({camera.name: {"fluorescence": frames}})
        _, threshold = measure_threshold(source, camera.name, SETTINGS)
        found.append(
            detect_candidates(source, camera.name, SETTINGS, threshold_dn=threshold, timepoints=(0, N_TIMEPOINTS))
        )
    return scene, [list(views) for views in zip(*found, strict=True)]


@cache
def surveyed() -> Survey:
    return survey_candidates(simulated()[1], RIG, gate_px=3.0)


def test_specks_of_simulated_pictures_are_learnt() -> None:
    scene, sets = simulated()
    learnt = 0
    for index, camera in enumerate(RIG):
        places = project(scene.specks_mm, camera)
        inside = ((places >= 3) & (places <= 316)).all(axis=1)
        found = surveyed().specks[index].points_px
        gaps = np.linalg.norm(found[:, None] - places[inside], axis=-1)
        assert (gaps.min(axis=1, initial=np.inf) < 1.0).all()  # nothing that moves is called a speck
        learnt += int((gaps.min(axis=0, initial=np.inf) < 1.0).sum())
    seen = sum(
        int(np.linalg.norm(np.concatenate([views[index].points_px for views in sets]) - place, axis=1).min() < 1.0)
        for index, camera in enumerate(RIG)
        for place in project(scene.specks_mm, camera)
    )
    assert learnt >= 0.6 * seen > 4  # the animal may sit on some of them


def test_specks_of_simulated_pictures_are_flagged_at_every_timepoint() -> None:
    _, sets = simulated()
    on_specks, on_dots = [], []
    for views in sets[::8]:
        evidence = build_evidence(views, RIG, survey=surveyed(), gate_px=3.0)
        for index, view in enumerate(evidence.views):
            gaps = np.linalg.norm(view.points_px[:, None] - surveyed().specks[index].points_px, axis=-1)
            near = gaps.min(axis=1, initial=np.inf) < 1.0
            static = view.flags & int(CandidateFlag.STATIC_SPECK) > 0
            on_specks.append(static[near])
            on_dots.append(static[~near])
    assert np.concatenate(on_specks).mean() > 0.8
    assert np.concatenate(on_dots).mean() < 0.05


@pytest.mark.parametrize("tilt", [0.0, 0.1])
def test_the_floor_is_learnt_from_mirror_images(tilt: float) -> None:
    floor = FloorPlane(np.array([np.sin(tilt), 0.0, np.cos(tilt)]), -4.0)
    sampled = []
    for pose in make_poses(range(0, 60, 3)):
        body = moved(pose, z=6)
        sampled.append(show(np.concatenate([body, floor.mirror(body)]), RIG))
    found = survey_candidates(sampled, RIG, gate_px=1.0).floor
    assert found is not None
    assert np.degrees(np.arccos(min(1.0, found.normal @ floor.normal))) < 1.0
    assert found.offset_mm == pytest.approx(-4.0, abs=0.7)


def test_without_mirror_images_there_is_no_floor() -> None:
    sampled = [show(pose, RIG) for pose in make_poses(range(0, 60, 3))]
    assert survey_candidates(sampled, RIG, gate_px=1.0).floor is None


def test_a_video_without_dots_has_neither_specks_nor_floor() -> None:
    empty = [[CandidateSet.from_points(time, name, np.zeros((0, 2))) for name in RIG.names] for time in range(4)]
    survey = survey_candidates(empty, RIG, gate_px=1.0)
    assert survey.floor is nothing_known(4).floor is None
    assert [len(specks) for specks in survey.specks] == [0] * 4
