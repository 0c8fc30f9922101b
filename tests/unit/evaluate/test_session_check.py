from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from session_files import N_FRAMES, SKELETON, edit, make_pictures, make_rig, make_seeds, make_session

from behaviorvlm.evaluate.findings import Finding, SessionCheck
from behaviorvlm.evaluate.seed_geometry import SeedGeometry
from behaviorvlm.evaluate.session_check import check_session
from behaviorvlm.io.anipose import read_calibration, write_calibration
from behaviorvlm.io.candidates import write_candidates
from behaviorvlm.io.seeds import seed_points, write_seeds
from behaviorvlm.io.session_layout import calibration_path, candidates_path, seeds_path, video_path
from behaviorvlm.io.video import write_video
from behaviorvlm.types import Camera, CameraGroup, CandidateSet, Exemplar

NOSE, LEFT_EAR, RIGHT_EAR = range(3)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session") / "walk"
    make_session(folder)
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "walk"))


def video(folder: Path, camera: str, channel: str = "fluorescence") -> Path:
    return video_path(folder, "walk", camera=camera, channel=channel)


def found(check: SessionCheck, words: str) -> list[Finding]:
    return [finding for finding in check.findings if words in finding.what]


def relabel(folder: Path, change: Callable[[np.ndarray], None]) -> None:
    """Change the labels, (timepoint, camera, keypoint, 2), and write them back."""
    rig = read_calibration(calibration_path(folder))
    timepoints, points = seed_points(make_seeds(rig), rig)
    change(points)
    seeds = [
        Exemplar(int(timepoint), camera.name, points[row, index])
        for row, timepoint in enumerate(timepoints)
        for index, camera in enumerate(rig)
    ]
    write_seeds(folder, seeds, skeleton=SKELETON, session="walk")


def test_a_good_session_has_nothing_but_notes(folder: Path) -> None:
    check = check_session(folder)
    assert check.ok
    assert [finding.level for finding in check.findings] == ["note"]
    lengths = "cameras are 840.2 mm apart and see 223.8 mm of the world, the labelled animal is 80.1 mm long"
    assert lengths in check.findings[0].actual
    assert (check.session, check.n_timepoints, check.frame_rate_hz) == ("walk", N_FRAMES, 25.0)
    assert check.seed_timepoints == (1, 5, 9)
    camera = check.cameras[2]
    assert (camera.name, camera.image_size, camera.n_frames) == ("cam2", (64, 48), {"fluorescence": N_FRAMES})
    assert (camera.seed_labels, camera.dropped_frames, camera.starts_s) == (21, {"fluorescence": 0}, 0.0)
    assert camera.seed_error_median_px is not None
    assert camera.seed_error_median_px < 0.001
    assert SessionCheck.model_validate(json.loads(check.model_dump_json())) == check


def test_it_never_stops_at_the_first_problem(folder: Path) -> None:
    edit(calibration_path(folder), 'units = "mm"', "")
    edit(folder / "skeleton.toml", '["nose", "back"]', '["nose", "bck"]')
    video(folder, "cam0").write_bytes(b"")
    write_video(video(folder, "cam2"), make_pictures(3), frame_rate_hz=25)
    write_video(video(folder, "cam3"), make_pictures(N_FRAMES), frame_rate_hz=30)
    check = check_session(folder)
    assert not check.ok
    assert [finding.level for finding in check.findings] == ["error"] * 4 + ["warning"]
    for words in ("units", "bck", "empty", "differ in length", "frame rates differ"):
        assert found(check, words), words
    assert all(finding.remedy for finding in check.findings if "bck" not in finding.what)
    assert check.cameras[2].n_frames == {"fluorescence": 3}


@pytest.mark.parametrize("what", ["nothing", "an empty folder", "a file"])
def test_no_session_at_all(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "session"
    if what == "a file":
        folder.write_text("")
    elif what != "nothing":
        folder.mkdir()
    check = check_session(folder)
    assert not check.ok
    assert check.cameras == ()


def test_videos_and_cameras_that_do_not_fit(folder: Path) -> None:
    video(folder, "cam3").rename(video(folder, "cam8"))
    (finding,) = found(check_session(folder), "do not fit together")
    assert "cam3" in finding.actual
    assert "cam8" in finding.actual


def test_a_dropped_frame_is_found(folder: Path) -> None:
    shown = [0, 1, 2, *range(4, N_FRAMES + 1)]
    write_video(video(folder, "cam1"), make_pictures(N_FRAMES), frame_rate_hz=25, frame_numbers=shown)
    check = check_session(folder)
    assert check.ok
    (finding,) = found(check, "frames were dropped")
    assert (finding.level, finding.actual) == ("warning", "1 dropped: 1 after frame 2")
    assert "cam1" in finding.where
    assert check.cameras[1].dropped_frames == {"fluorescence": 1}


def test_frames_all_cameras_dropped_do_no_harm(folder: Path) -> None:
    for camera in ("cam0", "cam1", "cam2", "cam3"):
        shown = [0, 1, 2, *range(4, N_FRAMES + 1)]
        write_video(video(folder, camera), make_pictures(N_FRAMES), frame_rate_hz=25, frame_numbers=shown)
    assert {finding.level for finding in found(check_session(folder), "frames were dropped")} == {"note"}


def test_a_missing_frame_is_counted_among_the_lengths(folder: Path) -> None:
    shown = [0, 1, 2, *range(4, N_FRAMES)]
    write_video(video(folder, "cam1"), make_pictures(N_FRAMES - 1), frame_rate_hz=25, frame_numbers=shown)
    (finding,) = found(check_session(folder), "differ in length")
    assert "cam1 fluorescence 11 (1 dropped)" in finding.actual


def test_a_variable_frame_rate_is_found(folder: Path) -> None:
    shown = [0, 3, 5, 9, 11, 16, 18, 21, 27, 29, 34, 36]
    write_video(video(folder, "cam1"), make_pictures(N_FRAMES), frame_rate_hz=100, frame_numbers=shown)
    assert "cam1" in found(check_session(folder), "varies")[0].what


def test_a_late_start_is_found_and_an_offset_mends_it(folder: Path) -> None:
    late = range(3, N_FRAMES + 3)
    for camera in ("cam0", "cam1", "cam2"):
        write_video(video(folder, camera), make_pictures(N_FRAMES + 3), frame_rate_hz=25)
    write_video(video(folder, "cam3"), make_pictures(N_FRAMES), frame_rate_hz=25, frame_numbers=late)
    (finding,) = found(check_session(folder), "starts")
    assert "camera cam3 starts late" in finding.what
    assert "3.0 frames off" in finding.actual
    (folder / "session.toml").write_text("[frame_offsets]\ncam0 = 3\ncam1 = 3\ncam2 = 3\n")
    assert found(check_session(folder), "starts") == []


@pytest.mark.parametrize(("units", "said"), [("m", "mm"), ("mm", "m")])
def test_wrong_units_are_smelt(folder: Path, units: str, said: str) -> None:
    rig = read_calibration(calibration_path(folder))
    scale = 0.001 if units == "m" else 1.0
    lengths = [Camera(c.name, c.image_size, c.matrix, c.distortion, c.rvec, c.tvec * scale) for c in rig]
    write_calibration(calibration_path(folder), CameraGroup(tuple(lengths)))
    edit(calibration_path(folder), 'units = "mm"', f'units = "{said}"')
    (finding,) = found(check_session(folder), "units look wrong")
    assert f'state units = "{units}"' in finding.remedy


def test_a_matrix_of_another_picture_is_found(folder: Path) -> None:
    matrix = str(make_rig().cameras[0].matrix.tolist())
    edit(calibration_path(folder), matrix, matrix.replace("31.5", "512.0").replace("140.8", "2000000.0"))
    check = check_session(folder)
    assert len(found(check, "principal point")) == 4
    assert len(found(check, "focal length")) == 4


def test_one_wrong_camera_is_named(folder: Path) -> None:
    camera = make_rig().cameras[2]
    edit(calibration_path(folder), str(camera.tvec.tolist()), str(np.add(camera.tvec, [60, 30, 0]).tolist()))
    check = check_session(folder)
    assert not check.ok
    assert "without cam2" in found(check, "do not fit the calibration")[0].remedy


def exchange_seeds(folder: Path) -> None:
    one, other = seeds_path(folder, "cam1"), seeds_path(folder, "cam3")
    swap = one.read_text(), other.read_text()
    one.write_text(swap[1])
    other.write_text(swap[0])


def test_exchanged_cameras_are_named(folder: Path) -> None:
    exchange_seeds(folder)
    remedy = found(check_session(folder), "do not fit the calibration")[0].remedy
    assert remedy.startswith("all would fit if cam1 and cam3 were exchanged: check")


def test_where_two_exchanges_would_do_both_are_named(folder: Path) -> None:
    rig = make_rig(uneven_mm=0)  # turned by half a circle it is the same
    write_calibration(calibration_path(folder), rig)
    write_seeds(folder, make_seeds(rig), skeleton=SKELETON, session="walk")
    exchange_seeds(folder)
    remedy = found(check_session(folder), "do not fit the calibration")[0].remedy
    assert "cam0 and cam2 were exchanged or" in remedy
    assert "cam1 and cam3 were exchanged" in remedy


def test_flipped_pictures_are_found(folder: Path) -> None:
    def flip(points: np.ndarray) -> None:
        points[..., 0] = 63 - points[..., 0]

    relabel(folder, flip)
    assert found(check_session(folder), "do not fit the calibration")[0].level == "error"


def test_one_wrong_label_is_named(folder: Path) -> None:
    def move(points: np.ndarray) -> None:
        points[1, 2, NOSE] += [6, -4]

    relabel(folder, move)
    (finding,) = found(check_session(folder), "contradict one another")
    assert "labels of nose" in finding.what
    assert finding.where == "timepoint 5, camera cam2"


def test_left_and_right_swapped_in_one_view(folder: Path) -> None:
    def swap(points: np.ndarray) -> None:
        points[2, 1, [LEFT_EAR, RIGHT_EAR]] = points[2, 1, [RIGHT_EAR, LEFT_EAR]]

    relabel(folder, swap)
    (finding,) = found(check_session(folder), "look swapped in one view")
    assert finding.where == "timepoint 9, camera cam1"
    assert "left_ear and right_ear" in finding.what
    assert found(check_session(folder), "contradict") == []


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("pairs", [[(1, 2)], [(3, 4)], [(1, 2), (3, 4)]])
def test_left_and_right_swapped_in_a_whole_seed(folder: Path, row: int, pairs: list[tuple[int, int]]) -> None:
    def swap(points: np.ndarray) -> None:
        for left, right in pairs:
            points[row][:, [left, right]] = points[row][:, [right, left]]

    relabel(folder, swap)
    check = check_session(folder)
    (finding,) = found(check, "look swapped in one seed")
    assert finding.where == f"timepoint {check.seed_timepoints[row]}"
    assert finding.actual.count(";") == len(pairs) - 1
    assert finding.level == "warning"


def test_keypoints_no_seed_places_and_labels_outside(folder: Path) -> None:
    def hide(points: np.ndarray) -> None:
        points[:, 1:, NOSE] = np.nan
        points[0, :, 2:] = np.nan
        points[2, 0, LEFT_EAR] = [70, 20]

    relabel(folder, hide)
    check = check_session(folder)
    assert found(check, "no seed places")[0].actual == "nose"
    assert found(check, "fewer than 3 keypoints")[0].where == "timepoint 1"
    assert "left_ear" in found(check, "outside the picture")[0].what


def test_points_behind_a_camera_are_no_small_error() -> None:
    rig = make_rig(2)
    backwards = CameraGroup(
        tuple(Camera(c.name, c.image_size, c.matrix, c.distortion, c.rvec, c.tvec * [1, 1, -1]) for c in rig)
    )
    timepoints, points = seed_points(make_seeds(rig), rig)
    errors = SeedGeometry(timepoints, points, backwards, SKELETON).errors_px
    assert np.isinf(errors).any()


def test_without_fluorescence_the_dots_are_missed(folder: Path) -> None:
    for camera in ("cam0", "cam1", "cam2", "cam3"):
        video(folder, camera).rename(video(folder, camera, "visible"))
    assert found(check_session(folder), "no fluorescence videos")[0].level == "warning"
    for camera in ("cam0", "cam1", "cam2", "cam3"):
        write_candidates(candidates_path(folder, camera), [CandidateSet.from_points(0, camera, np.zeros((1, 2)))])
    assert found(check_session(folder), "no fluorescence videos") == []


def test_a_session_of_candidates_is_checked_too(folder: Path) -> None:
    shutil.rmtree(folder / "videos")
    (folder / "session.toml").write_text("frame_rate_hz = 30.0\nn_timepoints = 10\n")
    for camera in ("cam0", "cam1", "cam2", "cam3"):
        write_candidates(candidates_path(folder, camera), [CandidateSet.from_points(0, camera, np.zeros((1, 2)))])
    check = check_session(folder)
    assert check.ok
    assert (check.cameras[0].image_size, check.cameras[0].frame_rate_hz) == ((64, 48), None)
