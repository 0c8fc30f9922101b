from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from label_files import SKELETON, make_poses, same_points, with_videos
from session_files import frame_shown

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.deeplabcut_project import is_deeplabcut, read, write
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.frame_pictures import pictures_at
from behaviorvlm.io.yaml_file import read_yaml


@pytest.mark.parametrize("individuals", [("animal",), ("Ann", "Bób")])
def test_a_project_is_read_back(tmp_path: Path, individuals: tuple[str, ...]) -> None:
    poses = with_videos(make_poses(individuals=individuals), tmp_path, offsets={"cam1": 2})
    assert write(tmp_path / "out", poses, ExportOptions(max_frames=4, scorer="me")) == (tmp_path / "out",)
    assert is_deeplabcut(tmp_path / "out")
    again = read(tmp_path / "out")
    assert (again.cameras, again.individuals, again.skeleton.edges) == (poses.cameras, individuals, SKELETON.edges)
    assert again.frame_offsets == {"cam0": 0, "cam1": 2}
    assert same_points(again, poses, limit=4)
    [(_, picture)] = pictures_at(again, "cam1", [0])
    assert frame_shown(picture[..., 0]) == 2


def test_a_project_is_as_deeplabcut_wants_it(tmp_path: Path) -> None:
    poses = with_videos(make_poses(individuals=("Ann", "Bób")), tmp_path)
    write(tmp_path / "out", poses, ExportOptions(max_frames=3, scorer="me"))
    config = read_yaml(tmp_path / "out" / "config.yaml")
    assert (config["scorer"], config["multianimalproject"], config["bodyparts"]) == ("me", True, "MULTI!")
    assert config["multianimalbodyparts"] == list(SKELETON.keypoints)
    videos = list(config["video_sets"])  # type: ignore[call-overload]
    assert [Path(video).stem for video in videos] == ["film_0", "film_1"]
    assert all(Path(video).is_file() for video in videos)
    folder = tmp_path / "out" / "labeled-data" / "film_1"
    with (folder / "CollectedData_me.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert [row[0] for row in rows[:4]] == ["scorer", "individuals", "bodyparts", "coords"]
    for row in rows[4:]:
        assert (tmp_path / "out" / Path(*row[:3])).is_file()
    assert (folder / "CollectedData_me.h5").is_file()


def test_videos_of_the_same_name_get_the_cameras(tmp_path: Path) -> None:
    poses = with_videos(make_poses(), tmp_path)
    for number, camera in enumerate(poses.cameras):
        (tmp_path / camera).mkdir()
        shutil.copy(tmp_path / f"film_{number}.mp4", tmp_path / camera / "GX01.mp4")
    videos = {camera: {"visible": str(tmp_path / camera / "GX01.mp4")} for camera in poses.cameras}
    write(tmp_path / "out", replace(poses, videos=videos), ExportOptions(max_frames=2))
    assert sorted(path.name for path in (tmp_path / "out" / "labeled-data").iterdir()) == ["sess_1_cam0", "sess_1_cam1"]
    assert read(tmp_path / "out").cameras == ("cam0", "cam1")


def test_hostile_names_stay_inside(tmp_path: Path) -> None:
    poses = with_videos(make_poses(), tmp_path)
    poses = replace(poses, name="../../up", cameras=("../cam0", "a/b"), rig=None, frame_offsets={})
    same = str(tmp_path / "film_0.mp4")
    poses = replace(poses, videos={camera: {"visible": same} for camera in poses.cameras})
    write(tmp_path / "out", poses, ExportOptions(max_frames=2, scorer="../../me"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film_0.mp4", "film_1.mp4", "out"]
    assert read(tmp_path / "out").cameras == poses.cameras


def test_training_in_the_folder_is_not_lost(tmp_path: Path) -> None:
    poses = with_videos(make_poses(), tmp_path)
    write(tmp_path / "out", poses, ExportOptions(max_frames=2))
    (tmp_path / "out" / "dlc-models-pytorch").mkdir()
    (tmp_path / "out" / "dlc-models-pytorch" / "snapshot.pt").write_text("x")
    with pytest.raises(SettingsError, match=r"snapshot\.pt"):
        write(tmp_path / "out", poses, ExportOptions(max_frames=3))


def test_without_video_there_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"deeplabcut to a \.csv"):
        write(tmp_path / "out", make_poses())
    assert not list(tmp_path.iterdir())


def test_a_project_of_others(tmp_path: Path) -> None:
    """One label file per video, of different frames; the path of a picture in one column; no settings."""
    header = "scorer,x,x\nbodyparts,nose,nose\ncoords,x,y\n"
    for video, frame in (("top", 3), ("side", 90_000)):
        (tmp_path / "labeled-data" / video).mkdir(parents=True)
        table = tmp_path / "labeled-data" / video / "CollectedData_x.csv"
        table.write_text(f"{header}labeled-data/{video}/img{frame:05d}.png,1.5,2\n")
    poses = read(tmp_path)
    assert (poses.cameras, poses.n_timepoints) == (("side", "top"), 90_001)
    assert sum(len(block.timepoint) for block in poses.blocks()) == 2


def test_two_scorers_and_no_labels(tmp_path: Path) -> None:
    (tmp_path / "labeled-data" / "top").mkdir(parents=True)
    with pytest.raises(FormatError, match="holds no labels"):
        read(tmp_path)
    for name in "ab":
        (tmp_path / "labeled-data" / "top" / f"CollectedData_{name}.csv").write_text("x")
    with pytest.raises(FormatError, match=r"CollectedData_a\.csv, CollectedData_b\.csv"):
        read(tmp_path)


def test_cameras_of_different_keypoints(tmp_path: Path) -> None:
    for video, keypoint in (("a", "nose"), ("b", "tail")):
        (tmp_path / "labeled-data" / video).mkdir(parents=True)
        table = tmp_path / "labeled-data" / video / "CollectedData_x.csv"
        table.write_text(f"scorer,x,x\nbodyparts,{keypoint},{keypoint}\ncoords,x,y\nimg1.png,1,2\n")
    with pytest.raises(FormatError, match="different keypoints"):
        read(tmp_path)
