"""pycocotools opens and scores what we write."""

from __future__ import annotations

from pathlib import Path

import pytest
from label_files import SKELETON, make_poses, points_of, with_videos
from owners.owner import check, expected_file

from behaviorvlm.io.coco import write
from behaviorvlm.io.file_format import ExportOptions


@pytest.mark.parametrize("individuals", [("animal",), ("Ann", "Bób")])
def test_labels(tmp_path: Path, individuals: tuple[str, ...]) -> None:
    poses = with_videos(make_poses(individuals=individuals), tmp_path, offsets={"cam1": 2})
    write(tmp_path / "folder", poses, ExportOptions(max_frames=5))
    labels = [
        [f"images/{camera}/img{poses.frame_of(time, camera):05d}.png", name, keypoint, *point]
        for (camera, time, name, keypoint), point in points_of(poses, 5).items()
    ]
    content = {"labels": labels, "keypoints": SKELETON.keypoints, "edges": SKELETON.edges}
    check("coco", "check_coco.py", tmp_path / "folder", expected_file(tmp_path / "e.json", content))
