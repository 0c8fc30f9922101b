from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from label_files import make_poses, points_of, same_points, with_videos
from session_files import edit

from behaviorvlm.errors import CalibrationError, FormatError, SettingsError
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.lightning_pose import is_lightning_pose, read, write
from behaviorvlm.io.yaml_file import read_yaml
from behaviorvlm.types.pose_table import PoseTable


@pytest.fixture
def poses(tmp_path: Path) -> PoseTable:
    return with_videos(make_poses(), tmp_path)


def test_a_folder_is_read_back(tmp_path: Path, poses: PoseTable) -> None:
    assert write(tmp_path / "out", poses, ExportOptions(max_frames=4)) == (tmp_path / "out",)
    assert is_lightning_pose(tmp_path / "out")
    again = read(tmp_path / "out")
    assert (again.cameras, again.keypoints) == (poses.cameras, poses.keypoints)
    assert same_points(again, poses, limit=4)
    assert again.rig is not None and poses.rig is not None
    np.testing.assert_allclose(again.rig["cam1"].tvec, poses.rig["cam1"].tvec)


def test_rows_are_aligned_and_pictures_there(tmp_path: Path, poses: PoseTable) -> None:
    write(tmp_path / "out", poses, ExportOptions(max_frames=6))
    rows = {}
    for view in ("cam0", "cam1"):
        lines = (tmp_path / "out" / f"CollectedData_{view}.csv").read_text().splitlines()[3:]
        paths = [Path(line.split(",")[0]) for line in lines]
        assert all((tmp_path / "out" / path).is_file() for path in paths)
        assert {path.parent for path in paths} == {Path(f"labeled-data/sess_1_{view}")}
        assert (tmp_path / "out" / "videos" / f"sess_1_{view}.mp4").is_file()
        rows[view] = [path.name for path in paths]
    assert rows["cam0"] == rows["cam1"] and len(rows["cam0"]) == 6
    assert read_yaml(tmp_path / "out" / "project.yaml")["view_names"] == ["cam0", "cam1"]
    config = read_yaml(tmp_path / "out" / "config.yaml")
    assert config["data"]["csv_file"] == ["CollectedData_cam0.csv", "CollectedData_cam1.csv"]  # type: ignore[index]


def test_one_view_has_no_name(tmp_path: Path) -> None:
    poses = with_videos(make_poses(cameras=("top",)), tmp_path)
    write(tmp_path / "out", poses)
    assert (tmp_path / "out" / "CollectedData.csv").is_file()
    assert read_yaml(tmp_path / "out" / "project.yaml")["view_names"] == []
    assert same_points(read(tmp_path / "out"), poses)


def test_cameras_that_start_at_different_frames(tmp_path: Path) -> None:
    poses = with_videos(make_poses(), tmp_path, offsets={"cam1": 2})
    write(tmp_path / "out", poses, ExportOptions(max_frames=3))
    assert not (tmp_path / "out" / "videos").exists()
    assert same_points(read(tmp_path / "out"), poses, limit=3)


def test_several_animals_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="one animal"):
        write(tmp_path / "out", make_poses(individuals=("a", "b")))


def test_a_folder_of_others(tmp_path: Path, poses: PoseTable) -> None:
    """Without our notes the views are those of the tables; held-out tables are none; a calibration may lack units."""
    write(tmp_path / "out", poses, ExportOptions(max_frames=4))
    (tmp_path / "out" / "behaviorvlm_export.json").unlink()
    shutil.copy(tmp_path / "out" / "CollectedData_cam1.csv", tmp_path / "out" / "CollectedData_cam1_new.csv")
    edit(tmp_path / "out" / "calibration.toml", 'units = "mm"', "")
    again = read(tmp_path / "out")
    assert (again.cameras, again.rig) == (("cam0", "cam1"), None)
    assert points_of(again).keys() == points_of(poses, 4).keys()
    edit(tmp_path / "out" / "calibration.toml", "[metadata]", '[metadata]\nunits = "inch"')
    with pytest.raises(CalibrationError, match="unknown units"):
        read(tmp_path / "out")


def test_uneven_rows_and_several_sessions(tmp_path: Path, poses: PoseTable) -> None:
    write(tmp_path / "out", poses, ExportOptions(max_frames=4))
    table = tmp_path / "out" / "CollectedData_cam1.csv"
    text = table.read_text()
    table.write_text("\n".join(text.splitlines()[:-1]) + "\n")
    with pytest.raises(FormatError, match="3 rows") as caught:
        read(tmp_path / "out")
    assert "CollectedData_cam1.csv" in str(caught.value)
    table.write_text(text.replace("img00000", "img00001"))
    with pytest.raises(FormatError, match="rows of the views are not the same"):
        read(tmp_path / "out")
    table.write_text(text.replace("sess_1_cam1/img00000", "sess_2_cam1/img00000"))
    with pytest.raises(FormatError, match="several sessions"):
        read(tmp_path / "out")


def test_no_labels(tmp_path: Path) -> None:
    assert not is_lightning_pose(tmp_path)
    with pytest.raises(FormatError, match="holds no labels"):
        read(tmp_path)


def test_cameras_keep_their_names_and_the_calibration_the_order_of_views(tmp_path: Path) -> None:
    poses = with_videos(make_poses(cameras=("../top", "left_1", "a")), tmp_path)
    write(tmp_path / "out", poses, ExportOptions(max_frames=2))
    text = (tmp_path / "out" / "calibration.toml").read_text()
    assert [line for line in text.splitlines() if line.startswith("name")] == [
        'name = "__top"', 'name = "left_1"', 'name = "a"',
    ]  # fmt: skip
    again = read(tmp_path / "out")
    assert again.cameras == poses.cameras
    assert again.rig is not None and again.rig.names == poses.cameras
