"""The programs that own the formats of positions and cameras open what we write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from owners.owner import check
from rig_poses import PLAIN, make_rig_table, make_table, whole
from session_files import make_rig

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.io import (
    anipose,
    dannce,
    dannce_poses,
    jarvis_poses,
    movement_poses,
    opencv_calibration,
    points3d,
    sleap_calibration,
    tidy_csv,
)
from behaviorvlm.types import Camera, CameraGroup
from behaviorvlm.types.pose_table import PoseTable

FIELDS = ("matrix", "distortion", "rvec", "tvec")


def bent_rig() -> CameraGroup:
    bent = np.array([-0.16, 0.09, -0.001, -0.004, -0.07])
    return CameraGroup(
        tuple(Camera(c.name, c.image_size, c.matrix, bent, c.rvec, c.tvec) for c in make_rig(3, size=(1024, 1024)))
    )


def of_rig(rig: CameraGroup) -> dict[str, np.ndarray]:
    return {
        "names": np.array(rig.names),
        "sizes": np.array([camera.image_size for camera in rig]),
        **{key: np.stack([getattr(camera, key) for camera in rig]) for key in FIELDS},
    }


def expected(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def in_space(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"position_0": values["points_mm"].transpose(0, 3, 2, 1), "confidence_0": values["score"].transpose(0, 2, 1)}


def rigged() -> PoseTable:
    return make_table(cameras=bent_rig().names, rig=bent_rig())


def test_movement(tmp_path: Path) -> None:
    poses = make_table(individuals=("a", "b"), cameras=("top", "side"))
    paths = movement_poses.write_pose(tmp_path / "poses.nc", poses)
    values = whole(poses)
    arrays = in_space(values)
    for place in range(2):
        arrays[f"position_{place + 1}"] = values["points_px"][:, place].transpose(0, 3, 2, 1)
        arrays[f"confidence_{place + 1}"] = values["confidence"][:, place].transpose(0, 2, 1)
    names = {"keypoints": np.array(PLAIN), "individuals": np.array(["a", "b"]), "fps": np.array(30.0)}
    check("movement", "check_movement.py", expected(tmp_path / "e.npz", **arrays, **names), *paths)


def test_movement_reads_aniposes_table(tmp_path: Path) -> None:
    poses = make_table(timepoints=range(12))
    (path,) = points3d.write_pose(tmp_path / "poses_points3d.csv", poses)
    values = whole(poses)
    arrays = in_space(values)
    names = {"keypoints": np.array(PLAIN), "fps": np.array(30.0)}
    check("movement", "check_movement.py", expected(tmp_path / "e.npz", **arrays, **names), path)


def test_nwb(tmp_path: Path) -> None:
    pytest.importorskip("ndx_pose", reason="pip install 'behaviorvlm[nwb]'")
    from behaviorvlm.io.nwb_poses import write_pose

    poses = make_rig_table(individuals=("a", "b"))
    (path,) = write_pose(tmp_path / "poses.nwb", poses)
    rig = of_rig(poses.rig)  # type: ignore[arg-type]
    arrays = {key: whole(poses)[key] for key in ("points_mm", "score", "points_px", "confidence")}
    names = {"keypoints": np.array(PLAIN), "cameras": rig["names"], "edges": poses.skeleton.edge_indices}
    file = expected(tmp_path / "e.npz", **arrays, **names, tvec=rig["tvec"], matrix=rig["matrix"], rate=np.array(30.0))
    check("nwb", "check_nwb.py", file, path)


def test_aniposelib(tmp_path: Path) -> None:
    rig = bent_rig()
    anipose.write_calibration(tmp_path / "calibration.toml", rig)
    points = np.random.default_rng(0).normal(0, 50, (20, 3))
    pixels = project_all(points, rig)
    file = expected(tmp_path / "e.npz", **of_rig(rig), points_mm=points, points_px=pixels)
    check("anipose", "check_aniposelib.py", file, tmp_path / "calibration.toml")


def test_sleap_io(tmp_path: Path) -> None:
    rig = bent_rig()
    sleap_calibration.write_calibration(tmp_path / "rig.json", rig)
    anipose.write_calibration(tmp_path / "rig.toml", rig)
    file = expected(tmp_path / "e.npz", **of_rig(rig))
    words = (tmp_path / "rig.json", tmp_path / "rig.toml", tmp_path / "out.slp")
    check("sleap", "check_sleap_cameras.py", file, *words)
    again = sleap_calibration.read_calibration(tmp_path / "out.slp")
    assert again.names == rig.names
    np.testing.assert_array_equal(again.cameras[2].tvec, rig.cameras[2].tvec)


def test_tables(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pip install 'behaviorvlm[tables]'")
    from behaviorvlm.io import parquet

    poses = rigged()
    tidy_csv.write_pose(tmp_path / "poses.csv", poses)
    parquet.write_pose(tmp_path / "poses.parquet", poses)
    points3d.write_pose(tmp_path / "points3d.csv", poses)
    dannce_poses.write_pose(tmp_path / "dannce", poses)
    jarvis_poses.write_pose(tmp_path / "jarvis", poses)
    dannce.write_calibration(tmp_path / "rig.mat", bent_rig())
    for name in ("rig.yaml", "rig.xml"):
        opencv_calibration.write_calibration(tmp_path / name, bent_rig())
    file = expected(tmp_path / "e.npz", **whole(poses), **of_rig(bent_rig()), keypoints=np.array(PLAIN))
    check("tables", "check_tables.py", file, tmp_path)
