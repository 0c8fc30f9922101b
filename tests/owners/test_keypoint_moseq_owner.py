"""keypoint-MoSeq's loaders open what we write for it: tables of DeepLabCut, SLEAP, anipose, DANNCE."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from owners.owner import check
from rig_poses import PLAIN, make_rig_table, make_table, whole

from behaviorvlm.io import dannce_poses, deeplabcut_project, points3d, sleap_project
from behaviorvlm.types.pose_table import PoseTable

Write = Callable[[Path, PoseTable], tuple[Path, ...]]


@pytest.mark.parametrize(
    ("kind", "write", "ending"),
    [
        ("deeplabcut", deeplabcut_project.write, ".csv"),
        ("deeplabcut", deeplabcut_project.write, ".h5"),
        ("sleap", sleap_project.write, ".analysis.h5"),
    ],
)
def test_views(kind: str, write: Write, ending: str, tmp_path: Path) -> None:
    poses = make_table(cameras=("top",), timepoints=range(12))
    (path,) = write(tmp_path / f"one{ending}", poses)
    points = whole(poses)["points_px"][:, 0, 0]
    check("keypoint-moseq", "check_keypoint_moseq.py", _expected(tmp_path, points), kind, path)


def test_positions(tmp_path: Path) -> None:
    poses = make_rig_table(timepoints=range(12), missing=0.0)
    points = whole(poses)["points_mm"][:, 0]
    (path,) = points3d.write_pose(tmp_path / "one.points3d.csv", poses)
    check("keypoint-moseq", "check_keypoint_moseq.py", _expected(tmp_path, points), "anipose", path)
    paths = dannce_poses.write_pose(tmp_path / "dannce", poses)
    average = next(one for one in paths if one.name.startswith("save_data_AVG"))
    check("keypoint-moseq", "check_keypoint_moseq.py", _expected(tmp_path, points), "dannce", average)


def _expected(folder: Path, points: np.ndarray) -> Path:
    np.savez(folder / "expected.npz", points=points, keypoints=np.array(PLAIN))
    return folder / "expected.npz"
