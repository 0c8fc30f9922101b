from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from rig_poses import assert_same, make_table, pose_tables, whole

from behaviorvlm.errors import FormatError
from behaviorvlm.io.tidy_csv import is_tidy, read_pose, write_pose
from behaviorvlm.types.pose_table import PoseBlock, PoseTable


@given(pose_tables())
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, poses: PoseTable) -> None:
    path = tmp_path_factory.mktemp("tidy") / "poses.csv"
    assert write_pose(path, poses) == (path,)
    assert is_tidy(path)
    again = read_pose(path)
    assert again.cameras == poses.cameras
    assert_same(again, poses, atol=1e-9)


def test_columns_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "poses.csv"
    write_pose(path, make_table(cameras=("top",), missing=0.0))
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert " ".join(list(rows[0])[:9]) == "timepoint individual keypoint x_mm y_mm z_mm error_px views score"
    assert list(rows[0])[9:] == ["top_x_px", "top_y_px", "top_confidence"]
    values = whole(make_table(cameras=("top",), missing=0.0))
    assert (rows[13]["timepoint"], rows[13]["keypoint"]) == ("5", "left_ear")
    assert rows[13]["y_mm"] == f"{values['points_mm'][5, 0, 1, 1]:.4f}"
    assert rows[13]["views"] == str(values["n_views"][5, 0, 1])
    assert rows[13]["top_x_px"] == f"{values['points_px'][5, 0, 0, 1, 0]:.4f}"


def test_rows_and_columns_that_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "poses.csv"
    path.write_text(
        "keypoint,timepoint,note,individual,z_mm,y_mm,x_mm\nnose,0,a,m1,3,2,1\ntail,4,b,m2,,,\nnose,4,c,m2,6,5,4\n"
    )
    poses = read_pose(path)
    assert (poses.keypoints, poses.individuals, poses.cameras, poses.n_timepoints) == (
        ("nose", "tail"),
        ("m1", "m2"),
        (),
        5,
    )
    values = whole(poses)
    np.testing.assert_array_equal(values["points_mm"][0, 0, 0], [1, 2, 3])
    np.testing.assert_array_equal(values["points_mm"][4, 1, 0], [4, 5, 6])
    assert np.isfinite(values["points_mm"]).all(axis=-1).sum() == 2
    assert (values["n_views"] == -1).all()


HEAD = "timepoint,individual,keypoint,x_mm,y_mm,z_mm\n"
BAD = {
    "empty": ("", "columns are missing", ""),
    "no rows": (HEAD, "no rows", ""),
    "a column is missing": ("timepoint,keypoint,x_mm,y_mm,z_mm\n0,nose,1,2,3\n", "columns are missing", ""),
    "half a camera": ("timepoint,individual,keypoint,top_x_px\n0,a,nose,1\n", "columns are missing", ""),
    "a column twice": ("timepoint,individual,keypoint,x_mm,y_mm,z_mm,z_mm\n", "columns stand twice", ""),
    "no number": (HEAD + "0,a,nose,1,2,3\n1,a,nose,1,two,3\n", "a cell is no number", "line 3, column 5"),
    "half a timepoint": (HEAD + "0.5,a,nose,1,2,3\n", "no whole number", "line 2"),
    "no timepoint": (HEAD + ",a,nose,1,2,3\n", "no whole number", "line 2"),
    "not in order": (HEAD + "1,a,nose,1,2,3\n0,a,nose,1,2,3\n", "timepoints do not rise", "row 3"),
    "a point twice": (HEAD + "0,a,nose,1,2,3\n0,a,nose,1,2,3\n", "a point stands twice", "row 3"),
    "a short line": (HEAD + "0,a,nose,1,2,3\n1,a,nose\n", "a cell is no number", "line 3"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message", "where"), BAD.values(), ids=BAD.keys())
def test_bad_tables_are_refused(tmp_path: Path, text: str, message: str, where: str) -> None:
    path = tmp_path / "poses.csv"
    path.write_text(text)
    with pytest.raises(FormatError, match=message) as caught:
        list(read_pose(path).blocks())
    assert "poses.csv" in caught.value.where
    assert where in caught.value.where


def test_large_numbers_come_back(tmp_path: Path) -> None:
    (path,) = write_pose(tmp_path / "poses.csv", _huge(iter))
    wanted, found = whole(_huge(iter))["points_mm"], whole(read_pose(path))["points_mm"]
    assert np.nanmax(wanted) > 1e10
    np.testing.assert_allclose(found, wanted[: len(found)], rtol=0, atol=1e-4)  # the last have no points


def test_nothing_is_left_of_a_failure(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write_pose(tmp_path / "poses.csv", _huge(_breaking))
    assert not list(tmp_path.iterdir())


def _breaking(blocks: list[PoseBlock]) -> Iterator[PoseBlock]:
    yield from blocks
    raise KeyError


def _huge(handed: Callable[[list[PoseBlock]], Iterator[PoseBlock]]) -> PoseTable:
    poses = make_table()
    larger = [type(block)(**_times(block, 1e9)) for block in poses.blocks()]
    return replace(poses, blocks=lambda: handed(larger))


def _times(block: object, factor: float) -> dict[str, np.ndarray]:
    fields = {name: getattr(block, name) for name in block.__dataclass_fields__}  # type: ignore[attr-defined]
    return {**fields, "points_mm": fields["points_mm"] * factor}
