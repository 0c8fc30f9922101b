"""SLEAP's own library opens what we write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from label_files import SKELETON, make_poses, points_of, with_videos
from owners.owner import check, expected_file

from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.sleap_project import write
from behaviorvlm.types.pose_table import PoseTable

ANIMALS = [("animal",), ("Ann", "Bób")]


def expected(poses: PoseTable, limit: int) -> dict[str, object]:
    """Return what the library should find."""
    return {
        "labels": [
            [camera, poses.frame_of(time, camera), name, keypoint, *point]
            for (camera, time, name, keypoint), point in points_of(poses, limit).items()
        ],
        "cameras": poses.cameras,
        "keypoints": SKELETON.keypoints,
        "edges": SKELETON.edges,
        "symmetries": SKELETON.symmetries,
        "videos": {camera: channels["visible"] for camera, channels in poses.videos.items()},
        "calibrated": poses.rig is not None,
    }


@pytest.mark.parametrize("individuals", ANIMALS)
def test_a_project(tmp_path: Path, individuals: tuple[str, ...]) -> None:
    poses = with_videos(make_poses(individuals=individuals), tmp_path, offsets={"cam1": 2})
    write(tmp_path / "a.slp", poses, ExportOptions(max_frames=5))
    check("sleap", "check_sleap.py", tmp_path / "a.slp", expected_file(tmp_path / "e.json", expected(poses, 5)))


@pytest.mark.parametrize("individuals", ANIMALS)
def test_tracks(tmp_path: Path, individuals: tuple[str, ...]) -> None:
    poses = replace(make_poses(individuals=individuals, cameras=("a",)), frame_offsets={"a": 1})
    (path,) = write(tmp_path / "a.analysis.h5", poses)
    check("sleap", "check_sleap.py", path, expected_file(tmp_path / "e.json", expected(poses, 10**6)))
