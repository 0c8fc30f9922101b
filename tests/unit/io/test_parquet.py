from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from rig_poses import assert_same, make_table, pose_tables, whole

from behaviorvlm.errors import FormatError
from behaviorvlm.io.parquet import is_tidy, read_pose, write_pose
from behaviorvlm.types.pose_table import PoseTable

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install 'behaviorvlm[tables]'")
parquet = pytest.importorskip("pyarrow.parquet")


@given(pose_tables())
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, poses: PoseTable) -> None:
    path = tmp_path_factory.mktemp("tidy") / "poses.parquet"
    poses = replace(poses, n_timepoints=poses.n_timepoints + 3)
    assert write_pose(path, poses) == (path,)
    assert is_tidy(path)
    again = read_pose(path)
    assert_same(again, poses)
    kept = ("name", "skeleton", "cameras", "frame_rate_hz", "image_sizes", "frame_offsets", "provenance")
    assert [getattr(again, name) for name in kept] == [getattr(poses, name) for name in kept]


def test_what_others_read(tmp_path: Path) -> None:
    write_pose(tmp_path / "poses.parquet", make_table())
    table = parquet.read_table(tmp_path / "poses.parquet")
    assert table.column_names[:4] == ["timepoint", "individual", "keypoint", "x_mm"]
    assert table["x_mm"].null_count > 0
    assert table["keypoint"].to_pylist()[:4] == ["nose", "left_ear", "right_ear", "tail_base"]
    assert parquet.ParquetFile(tmp_path / "poses.parquet").num_row_groups == 2  # one a block: memory stays flat


def test_a_table_of_another_writer(tmp_path: Path) -> None:
    columns = {"timepoint": [0, 0, 3], "individual": ["a", "b", "a"], "keypoint": ["nose"] * 3}
    table = pa.table({**columns, "x_mm": [1, 2, 3], "y_mm": [1.0, None, 3.0], "z_mm": [1.0, 2.0, 3.0]})
    parquet.write_table(table, tmp_path / "poses.parquet")
    poses = read_pose(tmp_path / "poses.parquet")
    assert (poses.individuals, poses.n_timepoints, poses.cameras) == (("a", "b"), 4, ())
    present = np.isfinite(whole(poses)["points_mm"]).all(axis=-1)[:, :, 0]
    assert present.tolist() == [[True, False], [False, False], [False, False], [True, False]]


def test_bad_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "poses.parquet"
    write_pose(path, make_table())
    path.write_bytes(path.read_bytes()[:-40])
    assert not is_tidy(path)
    with pytest.raises(FormatError, match="cannot be read") as caught:
        read_pose(path)
    assert "poses.parquet" in caught.value.where
    two = {name: [1.0, 2.0] for name in ("top_x_px", "top_y_px")}
    names = {"individual": ["a", "a"], "keypoint": ["nose", "nose"]}
    for columns, message in (
        ({"timepoint": [0, 1], **names, "x_mm": [1.0, 2.0]}, "columns are missing"),
        ({"timepoint": ["0", "1"], **names, **two}, "wrong kind"),
        ({"timepoint": [1, 0], **names, **two}, "do not rise"),
        ({"timepoint": [1, None], **names, **two}, "a timepoint is missing"),
    ):
        parquet.write_table(pa.table(columns), path)
        with pytest.raises(FormatError, match=message):
            list(read_pose(path).blocks())


def test_notes_of_other_keypoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "poses.parquet"
    write_pose(path, make_table())
    table = parquet.read_table(path)
    notes = table.schema.metadata[b"behaviorvlm"].replace(b"tail_base", b"tail_tip")
    parquet.write_table(table.replace_schema_metadata({b"behaviorvlm": notes}), path)
    with pytest.raises(FormatError, match="other keypoints"):
        read_pose(path)
    parquet.write_table(table.replace_schema_metadata({b"behaviorvlm": b'{"version": 1}'}), path)
    with pytest.raises(FormatError, match="notes cannot be read"):
        read_pose(path)
