from __future__ import annotations

import json
import pickle
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from track_files import (
    ANIMALS,
    N_FRAMES,
    calms21,
    deeplabcut_text,
    jabs_points,
    make_points,
    write_deeplabcut,
    write_jabs,
    write_movement,
    write_slp,
)

from behaviorvlm.errors import BehaviorVLMError, FormatError, InputError, SettingsError, VideoError
from behaviorvlm.io.color_video import write_color_video
from behaviorvlm.io.recordings import find_recordings
from behaviorvlm.types import SCENE, Role


def write_movie(path: Path, n_frames: int, *, rate: float = 20.0) -> Path:
    grey = np.zeros((32, 48, 3), dtype=np.uint8)
    write_color_video(path, [grey + 10 * number for number in range(n_frames)], frame_rate_hz=rate)
    return path


def write_variable_movie(path: Path, milliseconds: list[int]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(1000))
        stream.height, stream.width, stream.pix_fmt = 32, 48, "yuv420p"
        for time in milliseconds:
            frame = av.VideoFrame(48, 32, "yuv420p")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    write_deeplabcut(tmp_path / "walkDLC_resnet50_shuffle1_5000.csv")
    return tmp_path / "walkDLC_resnet50_shuffle1_5000.csv"


def test_tracks_with_their_video(tracks: Path, tmp_path: Path) -> None:
    movie = write_movie(tmp_path / "walk.mp4", N_FRAMES)
    [found] = pickle.loads(pickle.dumps(find_recordings([tracks], videos=[movie], px_per_mm=2.5)))
    recording = found.open()
    assert (recording.name, recording.frame_rate_hz, recording.frame_size) == ("walk", 20.0, (48, 32))
    assert (recording.individuals, recording.video, recording.px_per_mm) == (ANIMALS, str(movie), 2.5)
    assert recording.source_files == found.source_files == {"tracks": str(tracks), "video": str(movie)}
    np.testing.assert_allclose(recording.times_s, np.arange(N_FRAMES) / 20)
    assert recording.tracks is not None
    np.testing.assert_array_equal(recording.tracks.points_px, make_points())
    assert recording.roles.names == {Role.NOSE: "nose", Role.BODY_CENTER: "body", Role.TAIL_BASE: "tail"}
    assert recording.notes == ("roles guessed by name: nose = nose, body_center = body, tail_base = tail",)


def test_tracks_alone_need_a_frame_rate(tracks: Path) -> None:
    recording = find_recordings([tracks], frame_rate_hz=50)[0].open()
    np.testing.assert_allclose(recording.times_s, np.arange(N_FRAMES) / 50)
    assert (recording.frame_size, recording.video) == ((82, 83), "")
    with pytest.raises(SettingsError) as caught:
        find_recordings([tracks])[0].open()
    assert "--fps" in caught.value.remedy


def test_a_file_that_states_its_rate_needs_none_and_a_user_goes_before_it(tmp_path: Path) -> None:
    write_movement(tmp_path / "w.nc")
    recording = find_recordings([tmp_path / "w.nc"])[0].open()
    assert (recording.frame_rate_hz, len(recording.notes)) == (25.0, 2)
    assert find_recordings([tmp_path / "w.nc"], frame_rate_hz=40)[0].open().frame_rate_hz == 40


def test_a_file_that_states_its_scale(tmp_path: Path) -> None:
    write_jabs(tmp_path / "w_pose_est_v3.h5", jabs_points(5, 1), np.zeros((5, 1)))
    assert find_recordings([tmp_path / "w_pose_est_v3.h5"], frame_rate_hz=30)[0].open().px_per_mm == pytest.approx(2.0)


def test_video_alone_is_one_scene(tmp_path: Path) -> None:
    recording = find_recordings([write_movie(tmp_path / "v.mp4", 5)])[0].open()
    assert (recording.name, recording.individuals, recording.n_timepoints) == ("v", (SCENE,), 5)
    assert (recording.tracks, recording.notes, recording.stop_s) == (None, (), pytest.approx(0.25))


@pytest.mark.parametrize("n_video", [N_FRAMES - 2, N_FRAMES - 1, N_FRAMES + 1, N_FRAMES + 2])
def test_small_differences_are_cut_to_the_shorter(tracks: Path, tmp_path: Path, n_video: int) -> None:
    recording = find_recordings([tracks], videos=[write_movie(tmp_path / "v.mp4", n_video)])[0].open()
    assert recording.n_timepoints == min(N_FRAMES, n_video)
    assert recording.tracks is not None
    np.testing.assert_array_equal(recording.tracks.points_px, make_points()[:n_video])
    assert f"tracks of {N_FRAMES} frames and a video of {n_video}" in recording.notes[0]


@pytest.mark.parametrize("n_video", [N_FRAMES - 3, N_FRAMES + 3])
def test_large_differences_are_refused(tracks: Path, tmp_path: Path, n_video: int) -> None:
    [found] = find_recordings([tracks], videos=[write_movie(tmp_path / "v.mp4", n_video)])
    with pytest.raises(InputError, match="tracks and video differ in length") as caught:
        found.open()
    assert str(n_video) in caught.value.expected
    assert str(N_FRAMES) in caught.value.actual


def test_tracks_that_list_only_what_was_found_may_end_before_the_video(tmp_path: Path) -> None:
    write_slp(tmp_path / "w.slp")
    recording = find_recordings([tmp_path / "w.slp"], videos=[write_movie(tmp_path / "w.mp4", 20)])[0].open()
    assert recording.tracks is not None
    np.testing.assert_array_equal(recording.tracks.points_px[:N_FRAMES], make_points())
    assert np.isnan(recording.tracks.points_px[N_FRAMES:]).all()
    assert "14 frames behind nothing was found" in recording.notes[0]
    [longer] = find_recordings([tmp_path / "w.slp"], videos=[write_movie(tmp_path / "w.mp4", 3)])
    with pytest.raises(InputError, match="differ in length"):
        longer.open()


def test_three_frames_are_a_recording(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(deeplabcut_text(make_points()[:3]))
    recording = find_recordings([tmp_path / "c.csv"], videos=[write_movie(tmp_path / "c.mp4", 3)])[0].open()
    assert (recording.n_timepoints, recording.frame_rate_hz) == (3, 20.0)


def test_no_frames_are_none(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(deeplabcut_text(make_points()[:0]))
    with pytest.raises(InputError, match="no frames"):
        find_recordings([tmp_path / "c.csv"], frame_rate_hz=30)[0].open()


def test_an_animal_that_is_never_seen_and_one_without_a_name(tmp_path: Path) -> None:
    points = make_points()[:, :1]
    points[:] = np.nan
    (tmp_path / "c.csv").write_text(deeplabcut_text(points, ("",)))
    recording = find_recordings([tmp_path / "c.csv"], frame_rate_hz=30)[0].open()
    assert recording.individuals == ("animal",)
    assert recording.frame_size == (0, 0)


def test_a_variable_frame_rate_keeps_the_times_of_the_video(tmp_path: Path) -> None:
    times = [0, 40, 80, 150, 190, 230, 330, 370, 410, 480]
    movie = write_variable_movie(tmp_path / "v.mkv", times)
    recording = find_recordings([movie], frame_rate_hz=30)[0].open()
    np.testing.assert_allclose(recording.times_s, np.array(times) / 1000)
    assert recording.frame_rate_hz == pytest.approx(25)
    assert any("frame rate varies" in note for note in recording.notes)
    assert any("30 frames per second were stated" in note for note in recording.notes)


def test_times_begin_with_the_first_frame(tmp_path: Path) -> None:
    movie = write_variable_movie(tmp_path / "v.mkv", [500, 540, 580, 620])
    np.testing.assert_allclose(find_recordings([movie])[0].open().times_s, [0, 0.04, 0.08, 0.12])


def test_dropped_frames_are_told(tmp_path: Path) -> None:
    movie = write_variable_movie(tmp_path / "v.mkv", [*range(0, 400, 40), *range(520, 1200, 40)])
    recording = find_recordings([movie])[0].open()
    assert recording.notes == ("the video lacks 3 frames at 1 places",)
    assert recording.times_s[10] == pytest.approx(0.52)


def test_damaged_files_are_told_by_name(tracks: Path, tmp_path: Path) -> None:
    movie = write_movie(tmp_path / "v.mp4", N_FRAMES)
    movie.write_bytes(movie.read_bytes()[:-300])
    with pytest.raises(VideoError):
        find_recordings([tracks], videos=[movie])[0].open()
    (tmp_path / "notes.txt").write_text("no tracks")
    with pytest.raises(FormatError, match="no tracks of a known format"):
        find_recordings([tmp_path / "notes.txt"])


def test_nothing_missing_and_twice(tracks: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to read"):
        find_recordings([])
    with pytest.raises(InputError, match="no such file"):
        find_recordings([tracks, tmp_path / "nowhere.csv"])
    with pytest.raises(InputError, match="given twice"):
        find_recordings([tracks, tracks])


def test_videos_are_matched_by_name_and_otherwise_by_order(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}DLC_net_shuffle1_100.csv" for name in "ab"]
    for file in files:
        write_deeplabcut(file)
    named = [write_movie(tmp_path / f"{name}.mp4", N_FRAMES) for name in "ba"]
    assert [Path(found.video).stem for found in find_recordings(files, videos=named)] == ["a", "b"]
    others = [write_movie(tmp_path / f"{name}.mp4", N_FRAMES) for name in "yx"]
    assert [Path(found.video).stem for found in find_recordings(files, videos=others)] == ["y", "x"]
    with pytest.raises(SettingsError, match="not as many videos"):
        find_recordings(files, videos=others[:1])


def test_names_lose_what_tools_append_and_stay_unique(tmp_path: Path) -> None:
    names = [
        "mon/10DLC_dlcrnetms5_ratJan24shuffle1_5000_el_filtered.csv", "mon/11_pose_est_v3.csv", "mon/walk.analysis.csv",
        "tue/walk.csv", "mon/runDLC_a.csv", "mon/runDLC_b.csv", "DLC_only.csv",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_deeplabcut(tmp_path / name)
    found = [recording.name for recording in find_recordings([tmp_path / name for name in names])]
    assert found == ["10", "11", "mon_walk", "tue_walk", "runDLC_a", "runDLC_b", "DLC_only"]


def test_a_file_of_several_recordings_is_several(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps(calms21()))
    found = find_recordings([tmp_path / "c.json"], frame_rate_hz=30)
    assert [one.name for one in found] == [f"task1_train_mouse00{number}_task1_annotator1" for number in (1, 2)]
    first, second = (one.open().tracks for one in found)
    assert first is not None
    assert second is not None
    assert second.points_px[0, 0, 0, 0] == first.points_px[0, 0, 0, 0] + 1000
    with pytest.raises(InputError, match="one video for a file of several"):
        find_recordings([tmp_path / "c.json"], videos=[write_movie(tmp_path / "c.mp4", 7)])


def test_stated_roles_are_read(tracks: Path, tmp_path: Path) -> None:
    (tmp_path / "roles.toml").write_text('head = "nose"\n')
    recording = find_recordings([tracks], frame_rate_hz=30, roles=tmp_path / "roles.toml")[0].open()
    assert (recording.roles.names, recording.roles.guessed, recording.notes) == ({Role.HEAD: "nose"}, False, ())
    assert recording.source_files["roles"] == str(tmp_path / "roles.toml")


PROJECT = """
fps = 30
px_per_mm = 2

[[recordings]]
name = "first"
tracks = "sub/a.csv"
groups = {treatment = "saline", dose = 1.5}

[[recordings]]
video = "sub/b.mp4"
px_per_mm = 3
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    write_deeplabcut(tmp_path / "sub" / "a.csv")
    write_movie(tmp_path / "sub" / "b.mp4", 4)
    (tmp_path / "project.toml").write_text(PROJECT)
    return tmp_path / "project.toml"


def test_a_project_lists_recordings_with_groups(project: Path) -> None:
    first, second = (found.open() for found in find_recordings([project]))
    assert (first.name, second.name) == ("first", "b")
    assert (first.groups, second.groups) == ({"treatment": "saline", "dose": "1.5"}, {})
    assert (first.frame_rate_hz, second.frame_rate_hz, first.px_per_mm, second.px_per_mm) == (30, 20, 2, 3)
    assert first.source_files == {"tracks": str(project.parent / "sub" / "a.csv")}


FAULTS = {
    "same names": ('name = "first"\nvideo = "sub/b.mp4"', "same name"),
    "names that files give": (
        'name = "b"\ntracks = "sub/a.csv"\nvideo = "sub/b.mp4"\n[[recordings]]\nvideo = "sub/b.mp4"',
        "same name",
    ),
    "neither": ('name = "x"', "neither tracks nor video"),
    "a name that leads elsewhere": ('name = "../x"\nvideo = "sub/b.mp4"', "name is a path"),
    "a name with a backslash": ("name = 'a\\x'\nvideo = 'sub/b.mp4'", "name is a path"),
    "the folder above": ('name = ".."\nvideo = "sub/b.mp4"', "name is a path"),
    "missing": ('tracks = "nowhere.csv"', "no such file"),
    "unknown key": ('trakcs = "sub/a.csv"', "did you mean tracks"),
    "no rate": ('tracks = "sub/a.csv"\nfps = 0', "cannot be used"),
}


@pytest.mark.parametrize(("lines", "message"), FAULTS.values(), ids=FAULTS)
def test_faults_of_a_project(project: Path, lines: str, message: str) -> None:
    project.write_text(f'[[recordings]]\nname = "first"\ntracks = "sub/a.csv"\n[[recordings]]\n{lines}\n')
    with pytest.raises(BehaviorVLMError, match=message):
        find_recordings([project])


def test_a_project_without_recordings_is_refused(project: Path) -> None:
    project.write_text("fps = 30\n")
    with pytest.raises(InputError):
        find_recordings([project])
