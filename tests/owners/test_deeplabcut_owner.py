"""DeepLabCut reads and trains on what we write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from label_files import make_poses, points_of, with_videos
from owners.owner import check, expected_file

from behaviorvlm.io.deeplabcut_project import write
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.types.pose_table import PoseTable

TOOL = "deeplabcut"


def rows(poses: PoseTable, limit: int) -> list[list[object]]:
    """Return picture, individual (none named where there is one), keypoint, x and y."""
    several, found = len(poses.individuals) > 1, []
    for (camera, time, name, keypoint), point in points_of(poses, limit).items():
        video = Path(poses.videos[camera]["visible"]).stem
        picture = f"labeled-data/{video}/img{poses.frame_of(time, camera):05d}.png"
        found.append([picture, name if several else "", keypoint, *point])
    return found


@pytest.mark.parametrize("individuals", [("animal",), ("Ann", "Bób")])
def test_a_project(tmp_path: Path, individuals: tuple[str, ...]) -> None:
    poses = with_videos(make_poses(individuals=individuals), tmp_path, offsets={"cam1": 2})
    write(tmp_path / "project", poses, ExportOptions(max_frames=6, scorer="me"))
    check(TOOL, "check_deeplabcut.py", tmp_path / "project", expected_file(tmp_path / "e.json", rows(poses, 6)))


@pytest.mark.parametrize("tool", [TOOL, "sleap"])  # pandas 2 and 3
@pytest.mark.parametrize("individuals", [("animal",), ("Ann", "Bób")])
def test_tables(tmp_path: Path, individuals: tuple[str, ...], tool: str) -> None:
    poses = replace(make_poses(individuals=individuals, cameras=("a",)), frame_offsets={"a": 1})
    (text,), (binary,) = write(tmp_path / "t.csv", poses), write(tmp_path / "t.h5", poses)
    block = next(iter(poses.blocks()))
    cells = np.concatenate([block.points_px, block.confidence[..., None]], axis=-1)[:, 0]
    names = [[name] if len(individuals) > 1 else [] for name in individuals]
    columns = [["behaviorvlm", *name, keypoint, axis] for name in names for keypoint in poses.keypoints
               for axis in ("x", "y", "likelihood")]  # fmt: skip
    stated = [[None if np.isnan(cell) else float(cell) for cell in row] for row in cells.reshape(len(cells), -1)]
    content = {"frames": (block.timepoint + 1).tolist(), "count": 11, "columns": columns, "rows": stated}
    check(tool, "check_pandas.py", text, binary, expected_file(tmp_path / "e.json", content))
