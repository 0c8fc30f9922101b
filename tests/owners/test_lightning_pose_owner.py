"""Lightning Pose loads what we write."""

from __future__ import annotations

from pathlib import Path

import pytest
from label_files import make_poses, points_of, with_videos
from owners.owner import check, expected_file

from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.lightning_pose import write


@pytest.mark.parametrize("cameras", [("cam_0", "cam_1", "top"), ("cam0",)])
def test_a_folder(tmp_path: Path, cameras: tuple[str, ...]) -> None:
    poses = with_videos(make_poses(cameras=cameras), tmp_path)
    write(tmp_path / "folder", poses, ExportOptions(max_frames=5))
    rows = [
        [f"labeled-data/sess_1_{camera}/img{time:05d}.png", "", keypoint, *point]
        for (camera, time, _, keypoint), point in points_of(poses, 5).items()
    ]
    check("lightning-pose", "check_lightning_pose.py", tmp_path / "folder", expected_file(tmp_path / "e.json", rows))
