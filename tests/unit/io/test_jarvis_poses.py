from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from rig_poses import assert_same, make_rig_table, make_table, pose_tables, whole

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io import jarvis_calibration
from behaviorvlm.io.every_timepoint import every_timepoint, larger_blocks
from behaviorvlm.io.jarvis_poses import is_jarvis, read_pose, write_pose
from behaviorvlm.types.pose_table import PoseTable

KEPT = ("points_mm", "score", "points_px", "confidence")


@settings(max_examples=30)
@given(pose_tables(individuals=1))
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, poses: PoseTable) -> None:
    folder = tmp_path_factory.mktemp("jarvis") / "out"
    paths = write_pose(folder, poses)
    assert all(folder in path.parents for path in paths)
    assert is_jarvis(folder)
    again = read_pose(folder)
    order = [again.cameras.index(path.parent.name) for path in paths if path.name == "data2D.csv"]
    assert_same(replace(again, individuals=poses.individuals), poses, fields=KEPT[:2], atol=1e-9)
    for field in KEPT[2:]:
        np.testing.assert_allclose(whole(again)[field][:, order], whole(poses)[field], atol=1e-9)


def test_a_folder_with_everything(tmp_path: Path) -> None:
    poses = make_rig_table(frame_offsets={"cam2": 5})
    paths = write_pose(tmp_path / "out", poses)
    assert len([path for path in paths if path.suffix == ".csv"]) == 4
    again = read_pose(tmp_path / "out")
    assert (again.cameras, dict(again.frame_offsets)) == (poses.cameras, {"cam2": 5})
    rig = jarvis_calibration.read_calibration(tmp_path / "out" / "calib_params", image_size=(1024, 1024))
    np.testing.assert_allclose(rig["cam1"].tvec, poses.rig["cam1"].tvec)  # type: ignore[index]


def test_as_jarvis_reads_it(tmp_path: Path) -> None:
    poses = make_table(keypoints=("nose", "tail, upper"), missing=0.4)
    (path,) = write_pose(tmp_path / "data3D.csv", poses)
    values = whole(poses)
    lines = path.read_text().splitlines()
    assert lines[0] == 'nose,nose,nose,nose,"tail, upper","tail, upper","tail, upper","tail, upper"'
    assert lines[1] == "x,y,z,confidence,x,y,z,confidence"
    assert lines[2 + 3] == ",".join(["NaN"] * 8)  # timepoint 3, which no block holds
    data = np.genfromtxt(lines[1:], delimiter=",")[1:]  # its own steps, in create_videos3D
    points = np.delete(data, list(range(3, data.shape[1], 4)), axis=1)
    np.testing.assert_allclose(points.reshape(12, 2, 3), values["points_mm"][:, 0], atol=1e-9)
    np.testing.assert_allclose(data[:, 3::4], values["score"][:, 0], atol=1e-9)


def test_tables_of_older_versions(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / "data2D.csv"
    path.write_text("x,y,confidence,x,y,confidence\n1,2,255,3,4,51\nNaN,NaN,NaN,5,6,0\n")
    (tmp_path / "a" / "info.yaml").write_text("recording_path: x\nframe_start: 40\nnumber_frames: 2\n")
    poses = read_pose(path)
    assert (poses.keypoints, poses.cameras, poses.n_timepoints) == (("keypoint_1", "keypoint_2"), ("a",), 42)
    values = whole(poses)
    np.testing.assert_array_equal(values["points_px"][40, 0, 0], [[1, 2], [3, 4]])
    np.testing.assert_allclose(values["confidence"][40, 0, 0], [1, 0.2])
    (tmp_path / "3.csv").write_text("n,n,n\nx,y,z\n1,2,3\n")
    assert np.isnan(whole(read_pose(tmp_path / "3.csv"))["score"]).all()


BAD = {
    "empty": ("", "no predictions"),
    "another table": ("scorer,a,a\nbodyparts,n,n\ncoords,x,y\n", "no predictions"),
    "axes in another order": ("n,n,n\nx,y,confidence,z\n", "columns are missing"),
    "half a keypoint": ("n,n,n,m,m\nx,y,z,x,y\n", "columns are missing"),
    "names that do not fit": ("n,n,m,m,m,m\nx,y,z,x,y,z\n", "names and columns differ"),
    "a name twice": ("n,n,n,n,n,n\nx,y,z,x,y,z\n", "same name"),
    "no number": ("n,n,n\nx,y,z\n1,2,3\n1,2,three\n", "no number"),
    "a short line": ("n,n,n\nx,y,z\n1,2\n", "no number"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_bad_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "data3D.csv"
    path.write_text(text)
    with pytest.raises(FormatError, match=message) as caught:
        read_pose(path)
    assert "data3D.csv" in caught.value.where


def test_tables_of_other_keypoints_are_refused(tmp_path: Path) -> None:
    write_pose(tmp_path / "out", make_table())
    path = tmp_path / "out" / "predictions2D" / "cam1" / "data2D.csv"
    path.write_text(path.read_text().replace("nose", "snout"))
    with pytest.raises(FormatError, match="different keypoints"):
        read_pose(tmp_path / "out")
    with pytest.raises(FormatError, match="no predictions"):
        read_pose(tmp_path)
    assert not is_jarvis(tmp_path)


def test_only_our_own_folder_is_written_again(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="one animal"):
        write_pose(tmp_path / "out", make_table(individuals=("a", "b")))
    write_pose(tmp_path / "out", make_table())
    write_pose(tmp_path / "out", make_table(cameras=("cam0",)))
    assert read_pose(tmp_path / "out").cameras == ("cam0",)  # what the first export wrote besides is gone
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    with pytest.raises(SettingsError, match="would be overwritten"):
        write_pose(tmp_path / "mine", make_table())
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["notes.txt"]


@given(pose_tables())
def test_every_timepoint(poses: PoseTable) -> None:
    full = replace(poses, n_timepoints=poses.n_timepoints + 5)
    times = np.concatenate([block.timepoint for block in every_timepoint(full)])
    np.testing.assert_array_equal(times, np.arange(full.n_timepoints))
    assert_same(replace(full, blocks=lambda: every_timepoint(full)), full)


@given(pose_tables())
def test_larger_blocks(poses: PoseTable) -> None:
    blocks = list(larger_blocks(poses.blocks(), at_least=3))
    assert all(len(block.timepoint) >= 3 for block in blocks[:-1])
    assert_same(replace(poses, blocks=lambda: iter(blocks)), poses)
