from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from rig_poses import PLAIN, assert_same, make_table, pose_tables, whole

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.movement_poses import is_movement, read_pose, write_pose
from behaviorvlm.types.pose_table import PoseTable

OF_SPACE = ("points_mm", "error_px", "n_views", "score")
OF_VIEWS = ("points_px", "confidence")


@settings(max_examples=30)
@given(pose_tables())
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, poses: PoseTable) -> None:
    folder = tmp_path_factory.mktemp("movement")
    paths = write_pose(folder / "poses.nc", poses)
    assert sorted(paths) == sorted(folder.iterdir())  # whatever a camera is called
    values = whole(poses)
    has_mm = bool(np.isfinite(values["points_mm"]).any())
    assert len(paths) == len(poses.cameras) + has_mm
    if has_mm:
        again = read_pose(paths[0])
        assert (again.cameras, again.skeleton, again.provenance) == ((), poses.skeleton, poses.provenance)
        assert_same(again, poses, fields=OF_SPACE)
    for place, path in enumerate(paths[has_mm:]):
        again = read_pose(path)
        assert again.cameras == poses.cameras[place : place + 1]
        assert again.frame_rate_hz == poses.frame_rate_hz
        for field in OF_VIEWS:
            np.testing.assert_array_equal(whole(again)[field][:, 0], values[field][:, place])


def test_without_a_frame_rate(tmp_path: Path) -> None:
    poses = replace(make_table(cameras=("top",), with_mm=False), frame_rate_hz=None)
    (path,) = write_pose(tmp_path / "poses.nc", poses)
    with h5py.File(path) as file:
        assert file.attrs["time_unit"] == "frames"
        assert "fps" not in file.attrs
    assert_same(read_pose(path), poses, fields=OF_VIEWS)


def foreign(path: Path, *, plural: bool, axes: tuple[str, ...], space: tuple[str, ...] = ("x", "y")) -> np.ndarray:
    """Write a file as another program does, with other axes, and return (time, space, keypoint, individual) points."""
    points = np.random.default_rng(1).uniform(0, 100, (5, len(space), 3, 2))
    with h5py.File(path, "w") as file:
        sizes = {"time": np.arange(5) / 10, "space": np.array(space, dtype=object)}
        sizes |= {"keypoint": np.array(PLAIN[:3], dtype=object), "individual": np.array(["a", "b"], dtype=object)}
        sizes |= {"view": np.array(["top", "side"], dtype=object)}
        usual = ("time", "space", "keypoint", "individual")
        values = np.stack([points, points + 1]) if "view" in axes else points
        order = [("view", *usual).index(axis) if "view" in axes else usual.index(axis) for axis in axes]
        file["position"] = values.transpose(order)
        for place, axis in enumerate(axes):
            name = f"{axis}s" if plural and axis in {"keypoint", "individual"} else axis
            file[name] = sizes[axis]
            file[name].make_scale(name)
            file["position"].dims[place].attach_scale(file[name])
        file.attrs["fps"], file.attrs["time_unit"] = 10.0, "seconds"
    return points


@pytest.mark.parametrize("plural", [False, True])
def test_axes_of_any_order_and_number(tmp_path: Path, plural: bool) -> None:
    path = tmp_path / "other.nc"
    points = foreign(path, plural=plural, axes=("individual", "time", "keypoint", "space"), space=("y", "x"))
    poses = read_pose(path)
    assert (poses.keypoints, poses.individuals, poses.cameras) == (PLAIN[:3], ("a", "b"), ("other",))
    assert (poses.frame_rate_hz, poses.n_timepoints) == (10.0, 5)
    np.testing.assert_array_equal(whole(poses)["points_px"][:, 0, 1, 2], points[:, ::-1, 2, 1])


def test_views_and_space(tmp_path: Path) -> None:
    points = foreign(tmp_path / "views.nc", plural=False, axes=("view", "time", "space", "keypoint", "individual"))
    poses = read_pose(tmp_path / "views.nc")
    assert poses.cameras == ("top", "side")
    np.testing.assert_array_equal(whole(poses)["points_px"][:, 1, 0, 1], points[:, :, 1, 0] + 1)
    axes = ("time", "space", "keypoint", "individual")
    points = foreign(tmp_path / "space.nc", plural=False, axes=axes, space=("x", "y", "z"))
    with h5py.File(tmp_path / "space.nc", "a") as file:
        file["position"].attrs["units"] = "cm"
    poses = read_pose(tmp_path / "space.nc")
    np.testing.assert_array_equal(whole(poses)["points_mm"][:, 1, 2], 10 * points[:, :, 2, 1])


BAD: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "a space of its own": (
        lambda file: file["space"].write_direct(np.array(["u", "v"], dtype=object)),
        "space is unknown",
    ),
    "times that fall": (lambda file: file["time"].write_direct(np.arange(5.0)[::-1].copy()), "times do not rise"),
    "no names": (lambda file: file.pop("keypoint"), "cannot be read"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_bad_files_are_refused(tmp_path: Path, change: Callable[[h5py.File], object], message: str) -> None:
    path = tmp_path / "other.nc"
    foreign(path, plural=False, axes=("time", "space", "keypoint", "individual"))
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(FormatError, match=message) as caught:
        read_pose(path)
    assert "other.nc" in caught.value.where


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    (path,) = write_pose(tmp_path / "poses.nc", make_table(cameras=()))
    assert is_movement(path)
    path.write_bytes(path.read_bytes()[:-200])
    assert not is_movement(path)
    with pytest.raises(FormatError, match="cannot be read"):
        read_pose(path)


def test_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no points"):
        write_pose(tmp_path / "poses.nc", make_table(cameras=(), with_mm=False))
    assert not list(tmp_path.iterdir())
