"""Real labels of DANNCE's mouse, written in every format of positions and read back, told by their content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rig_poses import whole

from behaviorvlm.io.dannce import read_calibration, read_skeleton
from behaviorvlm.io.file_format import FileFormat, function
from behaviorvlm.io.registry import recognized
from behaviorvlm.io.rig_formats import POSITION_FORMATS
from behaviorvlm.types.pose_table import PoseTable

SIZE = (1152, 1024)
FILES = {
    "anipose": "a_points3d.csv",
    "csv": "a.csv",
    "jarvis": "out",
    "dannce": "a.mat",
    "movement": "a.nc",
    "nwb": "a.nwb",
}


@pytest.fixture
def labels(shared_data: Path) -> PoseTable:
    folder = shared_data / "dannce_mouse_m1"
    path = folder / "m1" / "label3d_dannce.mat"
    found = recognized(path)
    assert (found.name, found.content) == ("dannce", "pose")
    poses: PoseTable = function(found.read)(path)
    rig = read_calibration(path, image_size=SIZE)
    return replace(poses, skeleton=read_skeleton(folder / "mouse22.mat"), rig=rig, frame_rate_hz=100.0)


@pytest.mark.parametrize("row", POSITION_FORMATS, ids=lambda row: row.name)
def test_every_format(labels: PoseTable, tmp_path: Path, row: FileFormat) -> None:
    if not row.is_ready:
        pytest.skip(f"{row.needs} is not installed")
    path = tmp_path / FILES.get(row.name, f"a.{row.name}")
    function(row.write)(path, labels)
    found = recognized(path)
    assert (found.name, found.content) == (row.name, "pose")
    again = function(found.read)(path)
    assert again.keypoints == labels.keypoints
    mine, others = whole(replace(again, n_timepoints=labels.n_timepoints)), whole(labels)
    np.testing.assert_allclose(mine["points_mm"], others["points_mm"], atol=1e-3)
    if again.cameras == labels.cameras:
        np.testing.assert_allclose(mine["points_px"], others["points_px"], atol=1e-3)
