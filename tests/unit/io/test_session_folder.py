from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from session_files import N_FRAMES, SKELETON, edit, frame_shown, make_pictures, make_seeds, make_session

from behaviorvlm.errors import CalibrationError, InputError, SeedError, SessionError, SkeletonError, VideoError
from behaviorvlm.io import dannce, jarvis_calibration
from behaviorvlm.io.anipose import read_calibration
from behaviorvlm.io.candidates import write_candidates
from behaviorvlm.io.seeds import write_seeds
from behaviorvlm.io.session_folder import open_session, read_session_candidates
from behaviorvlm.io.session_inventory import take_inventory
from behaviorvlm.io.session_layout import candidates_path, parse_video_name, video_path
from behaviorvlm.io.video import VideoFrameSource, write_video
from behaviorvlm.types import CandidateSet


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session") / "walk_1"
    make_session(folder, channels=("fluorescence", "visible"), name="walk_1")
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "walk_1"))


def video(folder: Path, camera: str, channel: str = "fluorescence") -> Path:
    return video_path(folder, "walk_1", camera=camera, channel=channel)


def refused(folder: Path, kind: type[InputError]) -> InputError:
    with pytest.raises(kind) as caught:
        open_session(folder)
    return caught.value


def test_the_usual_layout(folder: Path) -> None:
    session = open_session(folder)
    assert (session.name, session.n_timepoints, session.frame_rate_hz) == ("walk_1", N_FRAMES, 25.0)
    assert session.cameras.names == ("cam0", "cam1", "cam2", "cam3")
    assert session.skeleton == SKELETON
    assert len(session.seeds) == 12
    assert session.videos["cam2"] == {
        channel: str(video(folder, "cam2", channel)) for channel in ("fluorescence", "visible")
    }
    assert len(session.source_files) == 2 + 4 + 8
    assert all(Path(path).is_file() for path in session.source_files.values())
    pictures = VideoFrameSource(session).read("cam3", channel="visible", start=2, stop=4)
    assert [frame_shown(picture) for picture in pictures] == [2, 3]


def test_one_channel_is_enough(folder: Path) -> None:
    for camera in ("cam0", "cam1", "cam2", "cam3"):
        video(folder, camera, "visible").unlink()
    assert VideoFrameSource(open_session(folder)).channels("cam0") == ("fluorescence",)


def test_files_that_are_no_videos_are_let_be(folder: Path) -> None:
    (folder / "videos" / "notes.txt").write_text("lights were off")
    (folder / "videos" / "._walk_1_cam0_visible.mp4").write_bytes(b"what macOS leaves behind")
    assert open_session(folder).n_timepoints == N_FRAMES


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("walk_1_cam0_visible.mp4", ("walk_1", "cam0", "visible")),
        ("walk_1_top_left_fluorescence.avi", ("walk_1", "top_left", "fluorescence")),
        ("a_left_near_infrared.mkv", ("a", "left", "near_infrared")),
        ("walk_1_cam9_visible.mp4", None),
        ("cam0_visible.mp4", None),
        ("walk_cam0.mp4", None),
    ],
)
def test_names_of_videos(name: str, parts: tuple[str, str, str] | None) -> None:
    found = parse_video_name(Path(name), ["cam0", "left", "top_left"])
    assert (found and (found.session, found.camera, found.channel)) == parts


def test_session_toml_overrides_paths_and_names(folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (folder / "skeleton.toml").rename(elsewhere / "body.toml")
    (folder / "calibration.toml").rename(elsewhere / "rig.toml")
    edit(elsewhere / "rig.toml", 'units = "mm"', "")
    (folder / "seeds" / "CollectedData_cam1.csv").rename(elsewhere / "labels.csv")
    video(folder, "cam2").rename(folder / "videos" / "GX010234.mp4")
    (folder / "session.toml").write_text(
        """
        name = "monday"
        frame_rate_hz = 50.0
        skeleton = "elsewhere/body.toml"
        [calibration]
        path = "elsewhere/rig.toml"
        units = "cm"
        [seeds]
        cam1 = "elsewhere/labels.csv"
        [videos.cam2]
        fluorescence = "videos/GX010234.mp4"
        """
    )
    session = open_session(folder)
    assert (session.name, session.frame_rate_hz) == ("monday", 50.0)
    assert session.videos["cam2"]["fluorescence"].endswith("GX010234.mp4")
    assert np.linalg.norm(session.cameras["cam0"].position_mm) == pytest.approx(10 * np.hypot(400, 250))
    assert session.source_files["session"] == str(folder / "session.toml")


def test_frame_offsets_shift_videos_and_seeds(folder: Path) -> None:
    for channel in ("fluorescence", "visible"):
        write_video(video(folder, "cam1", channel), make_pictures(N_FRAMES + 3), frame_rate_hz=25)
    write_seeds(
        folder, make_seeds(open_session_rig(folder)), skeleton=SKELETON, session="walk_1", frame_offsets={"cam1": 3}
    )
    (folder / "session.toml").write_text("[frame_offsets]\ncam1 = 3\n")
    session = open_session(folder)
    assert (session.n_timepoints, session.frame_offsets) == (N_FRAMES, {"cam1": 3})
    assert {view.timepoint for view in session.seeds} == {1, 5, 9}
    source = VideoFrameSource(session)
    shown = [frame_shown(next(source.read(c, channel="visible", start=2, stop=3))) for c in ("cam0", "cam1")]
    assert shown == [2, 5]


def open_session_rig(folder: Path):
    return take_inventory(folder).cameras


def test_a_mat_calibration_takes_its_sizes_from_the_videos(folder: Path) -> None:
    rig = open_session(folder).cameras
    (folder / "calibration.toml").unlink()
    dannce.write_calibration(folder / "label3d_dannce.mat", rig)
    session = open_session(folder)
    assert session.cameras.names == rig.names
    np.testing.assert_allclose(session.cameras["cam3"].matrix, rig["cam3"].matrix)
    assert session.cameras["cam3"].image_size == (64, 48)
    assert session.source_files["calibration"].endswith("label3d_dannce.mat")


def without_videos(folder: Path, *, settings: str = "frame_rate_hz = 30.0\n") -> None:
    """Turn a session into one whose dots come from files."""
    shutil.rmtree(folder / "videos")
    (folder / "session.toml").write_text(settings)
    for camera in ("cam0", "cam1", "cam2", "cam3"):
        sets = [CandidateSet.from_points(t, camera, np.full((2, 2), float(t))) for t in range(10)]
        write_candidates(candidates_path(folder, camera), sets)


def test_candidates_may_stand_for_videos(folder: Path) -> None:
    without_videos(folder)
    session = open_session(folder)
    assert (session.n_timepoints, session.frame_rate_hz, session.videos) == (10, 30.0, {})
    given = read_session_candidates(session)
    assert list(given) == ["cam0", "cam1", "cam2", "cam3"]
    assert [len(candidates) for candidates in given["cam1"]] == [2] * 10
    assert session.name == "walk_1"  # the folder's


def test_without_videos_the_frame_rate_must_be_stated(folder: Path) -> None:
    without_videos(folder, settings="")
    assert "frame_rate_hz = 30.0" in refused(folder, SessionError).remedy


def test_without_videos_a_mat_calibration_needs_sizes(folder: Path) -> None:
    rig = open_session(folder).cameras
    without_videos(folder)
    (folder / "calibration.toml").unlink()
    dannce.write_calibration(folder / "rig.mat", rig)
    assert "image_size" in refused(folder, CalibrationError).remedy
    (folder / "session.toml").write_text("frame_rate_hz = 30.0\n[calibration]\nimage_size = [64, 48]\n")
    assert open_session(folder).cameras["cam0"].image_size == (64, 48)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "no such session folder" in refused(tmp_path / "none", SessionError).message


def test_a_missing_calibration_or_skeleton_is_refused(folder: Path) -> None:
    (folder / "calibration.toml").unlink()
    error = refused(folder, CalibrationError)
    assert error.message == "no calibration"
    assert "[calibration] in session.toml" in error.remedy
    (folder / "skeleton.toml").unlink()
    assert "skeleton.toml" in refused(folder, InputError).where


def test_calibration_without_units_is_refused(folder: Path) -> None:
    edit(folder / "calibration.toml", 'units = "mm"', "")
    error = refused(folder, CalibrationError)
    assert "does not say its units" in error.message
    assert "under [calibration] in session.toml" in error.remedy


def test_a_camera_without_video_names_both_sides(folder: Path) -> None:
    for channel in ("fluorescence", "visible"):
        video(folder, "cam3", channel).rename(video(folder, "cam7", channel))
    error = refused(folder, SessionError)
    assert error.actual == (
        "cameras without a video: cam3; videos without a camera: walk_1_cam7_fluorescence.mp4, walk_1_cam7_visible.mp4"
    )
    assert "cam0, cam1, cam2, cam3" in error.expected


def test_a_missing_video_is_refused(folder: Path) -> None:
    video(folder, "cam1").unlink()
    error = refused(folder, SessionError)
    assert "not every camera has a fluorescence video" in error.message
    assert "cam1 has visible" in error.actual


def test_a_missing_visible_video_is_no_obstacle(folder: Path) -> None:
    video(folder, "cam1", "visible").unlink()
    assert "visible" not in open_session(folder).videos["cam1"]


def test_a_misspelt_channel_is_found(folder: Path) -> None:
    video(folder, "cam1").rename(video(folder, "cam1", "fluoresence"))
    messages = [(problem.message, problem.remedy) for problem in take_inventory(folder).problems]
    assert ("not every camera has a fluorescence video", "did you mean fluoresence?") in messages


def test_no_videos_at_all(folder: Path) -> None:
    shutil.rmtree(folder / "videos")
    assert refused(folder, SessionError).message == "no videos"


def test_two_sessions_in_one_folder_are_refused(folder: Path) -> None:
    video(folder, "cam1").rename(folder / "videos" / "walk_2_cam1_fluorescence.mp4")
    assert refused(folder, SessionError).actual == "walk_1, walk_2"


def test_two_videos_of_one_camera_are_refused(folder: Path) -> None:
    shutil.copy(video(folder, "cam1"), video(folder, "cam1").with_suffix(".mkv"))
    assert "has two fluorescence videos" in refused(folder, SessionError).message


def test_videos_of_unequal_length_are_refused_with_every_length(folder: Path) -> None:
    write_video(video(folder, "cam2"), make_pictures(N_FRAMES - 1), frame_rate_hz=25)
    error = refused(folder, VideoError)
    assert "cam2 fluorescence 11" in error.actual
    assert "cam0 fluorescence 12" in error.actual
    assert "n_timepoints" in error.remedy
    (folder / "session.toml").write_text("n_timepoints = 11\n")
    assert open_session(folder).n_timepoints == 11
    (folder / "session.toml").write_text("n_timepoints = 12\n")
    assert "shorter than n_timepoints" in refused(folder, VideoError).message


def test_videos_of_another_size_are_refused(folder: Path) -> None:
    write_video(video(folder, "cam2"), make_pictures(N_FRAMES, (32, 24)), frame_rate_hz=25)
    error = refused(folder, VideoError)
    assert "not of the size camera cam2 was calibrated at" in error.message
    assert (error.expected, error.actual) == ("64 x 48 px", "32 x 24 px")


@pytest.mark.parametrize("content", [b"", b"half a video"])
def test_a_broken_video_is_refused(folder: Path, content: bytes) -> None:
    video(folder, "cam2").write_bytes(content or b"")
    error = refused(folder, VideoError)
    assert error.where == str(video(folder, "cam2"))
    assert error.remedy


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("n_timepoint = 3", "unknown key n_timepoint", "did you mean n_timepoints?"),
        ("[calibration]\nunit = 'mm'", "unknown key calibration.unit", "did you mean units?"),
        ("[calibration]\nunits = 'inch'", "calibration.units cannot be used", ""),
        ("frame_rate_hz = -1.0", "frame_rate_hz cannot be used", ""),
        ("frame_rate_hz = nan", "frame_rate_hz cannot be used", ""),
        ("[frame_offsets]\ncam11 = 2", "session.toml names camera cam11", "did you mean cam1?"),
        ("[frame_offsets]\ncam1 = 12", "frame offset of camera cam1 lies outside", ""),
        ("[frame_offsets]\ncam1 = -1", "frame offset of camera cam1 lies outside", ""),
    ],
)
def test_bad_settings_are_refused(folder: Path, text: str, message: str, remedy: str) -> None:
    (folder / "session.toml").write_text(text)
    error = refused(folder, SessionError)
    assert message in error.message
    assert remedy in error.remedy
    assert "session.toml" in error.where


def test_paths_in_session_toml_must_exist(folder: Path) -> None:
    (folder / "session.toml").write_text(
        '[videos.cam1]\nvisible = "videos/none.mp4"\n[candidates]\ncam0 = "none.csv"\n'
    )
    where = [Path(problem.where).name for problem in take_inventory(folder).problems]
    assert where == ["none.csv", "none.mp4"]


def test_seeds_without_camera_and_camera_without_seeds(folder: Path) -> None:
    (folder / "seeds" / "CollectedData_cam1.csv").rename(folder / "seeds" / "CollectedData_Cam1.csv")
    assert refused(folder, SeedError).actual == "cameras without seeds: cam1; seeds without a camera: Cam1"


def test_no_seeds_at_all(folder: Path) -> None:
    shutil.rmtree(folder / "seeds")
    assert "cameras without seeds: cam0, cam1, cam2, cam3" in refused(folder, SeedError).actual


def test_seeds_outside_the_video_and_unknown_keypoints(folder: Path) -> None:
    edit(folder / "seeds" / "CollectedData_cam1.csv", "img00009", "img00120")
    assert "outside the video" in refused(folder, SeedError).message
    edit(folder / "seeds" / "CollectedData_cam1.csv", "nose", "snout")
    assert "unknown keypoint snout" in refused(folder, SeedError).message


def test_skeletons_that_do_not_fit_are_refused(folder: Path) -> None:
    edit(folder / "skeleton.toml", '["nose", "back"]', '["nose", "bck"]')
    assert "did you mean back?" in refused(folder, SkeletonError).remedy


def test_all_problems_are_listed(folder: Path) -> None:
    edit(folder / "calibration.toml", 'units = "mm"', "")
    edit(folder / "skeleton.toml", '["nose", "back"]', '["nose", "bck"]')
    video(folder, "cam0").write_bytes(b"")
    write_video(video(folder, "cam2"), make_pictures(3), frame_rate_hz=25)
    kinds = [type(problem) for problem in take_inventory(folder).problems]
    assert kinds == [SkeletonError, VideoError, CalibrationError, VideoError]


def test_a_calibration_of_another_program(folder: Path) -> None:
    rig = read_calibration(folder / "calibration.toml")
    (folder / "calibration.toml").unlink()
    jarvis_calibration.write_calibration(folder / "calib_params", rig)  # holds no sizes: they come from the videos
    (folder / "session.toml").write_text('[calibration]\npath = "calib_params"\n')
    session = open_session(folder)
    assert [(camera.name, camera.image_size) for camera in session.cameras] == [(c.name, c.image_size) for c in rig]
    np.testing.assert_allclose(session.cameras["cam1"].tvec, rig["cam1"].tvec)
    assert all(Path(path).is_file() for path in session.source_files.values())  # they are hashed into a run
    assert "calibration/cam1.yaml" in session.source_files
