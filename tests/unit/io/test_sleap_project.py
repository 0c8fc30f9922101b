from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from label_files import SKELETON, make_poses, same_points, with_videos
from session_files import frame_shown
from track_files import make_points, write_slp

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.sleap_header import skeleton_links
from behaviorvlm.io.sleap_labels import read_keypoints
from behaviorvlm.io.sleap_project import is_sleap, read, write

ANIMALS = [("animal",), ("Ann", "Bób")]


@pytest.mark.parametrize("individuals", ANIMALS)
def test_a_project_is_read_back(tmp_path: Path, individuals: tuple[str, ...]) -> None:
    poses = with_videos(make_poses(individuals=individuals), tmp_path, offsets={"cam1": 2})
    assert write(tmp_path / "a.slp", poses, ExportOptions(max_frames=4)) == (tmp_path / "a.slp",)
    assert is_sleap(tmp_path / "a.slp")
    again = read(tmp_path / "a.slp")
    assert (again.cameras, again.individuals) == (poses.cameras, individuals)
    assert (again.skeleton.edges, again.skeleton.symmetries) == (SKELETON.edges, SKELETON.symmetries)
    assert again.frame_offsets == {"cam0": 0, "cam1": 2}
    assert same_points(again, poses, limit=4)


def test_the_pictures_are_in_the_file(tmp_path: Path) -> None:
    poses = with_videos(make_poses(), tmp_path, offsets={"cam1": 2})
    write(tmp_path / "a.slp", poses, ExportOptions(max_frames=3))
    with h5py.File(tmp_path / "a.slp") as file:
        frames = file["video1/frame_numbers"][()]
        assert len(frames) == 3 and frames[0] == 2
        for frame, row in zip(frames, file["video1/video"], strict=True):
            picture = cv2.imdecode(row.view(np.uint8), cv2.IMREAD_GRAYSCALE)
            assert frame_shown(picture) == frame
        assert sorted(file["frames"]["frame_idx"][file["frames"]["video"] == 1]) == sorted(frames)


@pytest.mark.parametrize("individuals", ANIMALS)
def test_tracks_of_every_frame(tmp_path: Path, individuals: tuple[str, ...]) -> None:
    poses = replace(make_poses(individuals=individuals, cameras=("walk",)), frame_offsets={"walk": 1})
    (path,) = write(tmp_path / "walk.analysis.h5", poses)
    again = read(path)
    assert (again.individuals, again.skeleton.edges, again.n_timepoints) == (individuals, SKELETON.edges, 11)
    moved = replace(again, blocks=lambda: (replace(b, timepoint=b.timepoint - 1) for b in again.blocks()))
    assert same_points(moved, poses)
    two = write(tmp_path / "two.analysis.h5", make_poses())
    assert [file.name for file in two] == ["two_cam0.analysis.h5", "two_cam1.analysis.h5"]


def test_other_endings_and_no_video(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ending does not say"):
        write(tmp_path / "out", make_poses())
    with pytest.raises(SettingsError, match="no video to take pictures from"):
        write(tmp_path / "out.slp", make_poses())
    assert not list(tmp_path.iterdir())


def test_videos_without_a_session_are_named_by_their_files(tmp_path: Path) -> None:
    write(tmp_path / "a.slp", replace(with_videos(make_poses(), tmp_path), rig=None), ExportOptions(max_frames=4))
    assert read(tmp_path / "a.slp").cameras == ("film_0", "film_1")
    with pytest.raises(FormatError, match="several videos"):
        read_keypoints(tmp_path / "a.slp")


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    write_slp(tmp_path / "a.slp", version=3.0)
    with pytest.raises(FormatError, match="newer version") as caught:
        read(tmp_path / "a.slp")
    assert "a.slp" in str(caught.value)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    (path,) = write(tmp_path / "walk.analysis.h5", make_poses(cameras=("a",)))
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(FormatError, match=r"walk\.analysis\.h5"):
        read(path)


def test_sleaps_own_layout_without_skeleton_links(tmp_path: Path) -> None:
    write_slp(tmp_path / "a.slp")
    poses = read(tmp_path / "a.slp")
    assert poses.cameras == ("video_0",)
    np.testing.assert_array_equal(np.concatenate([block.points_px for block in poses.blocks()])[:, 0], make_points())


def test_links_are_spelt_out_once() -> None:
    body = {"py/reduce": [{"py/type": "EdgeType"}, {"py/tuple": [1]}]}
    mirror = {"py/reduce": [{"py/type": "EdgeType"}, {"py/tuple": [2]}]}
    links = [(0, 1, body), (1, 2, {"py/id": 1}), (2, 1, mirror), (1, 2, {"py/id": 2})]
    header = {
        "nodes": [{"name": "nose"}, {"name": "ear_left"}, {"name": "ear_right"}],
        "skeletons": [{"links": [{"source": a, "target": b, "type": kind} for a, b, kind in links]}],
    }
    edges, symmetries = skeleton_links(json.loads(json.dumps(header)), 0)
    assert edges == (("nose", "ear_left"), ("ear_left", "ear_right"))
    assert symmetries == (("ear_left", "ear_right"),)
