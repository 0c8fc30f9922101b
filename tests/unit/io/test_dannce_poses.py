from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rig_poses import assert_same, make_rig_table, pose_tables, whole
from scipy.io import loadmat, savemat
from session_files import make_rig

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io import dannce
from behaviorvlm.io.dannce_poses import is_dannce, read_pose, write_pose
from behaviorvlm.types.pose_table import PoseTable

LABELS = ("points_mm", "points_px")
PREDICTIONS = ("points_mm", "score")


@settings(max_examples=20)
@given(pose_tables(individuals=1, cameras=0), st.integers(2, 4), st.integers(0, 7))
def test_labels_there_and_back(
    tmp_path_factory: pytest.TempPathFactory, poses: PoseTable, n_cameras: int, offset: int
) -> None:
    path = tmp_path_factory.mktemp("dannce") / "label3d_dannce.mat"
    rig = make_rig(n_cameras)
    one = make_rig_table(n_cameras, keypoints=poses.keypoints, missing=0.5, frame_offsets={"cam1": offset})
    assert write_pose(path, one) == (path,)
    assert is_dannce(path)
    again = read_pose(path)
    assert (again.cameras, dict(again.frame_offsets)) == (rig.names, {"cam1": offset} if offset else {})
    assert again.skeleton.edges == one.skeleton.edges
    assert_same(
        replace(again, individuals=one.individuals, n_timepoints=one.n_timepoints), one, fields=LABELS, atol=1e-9
    )


@settings(max_examples=20)
@given(pose_tables())
def test_predictions_there_and_back(tmp_path_factory: pytest.TempPathFactory, poses: PoseTable) -> None:
    path = tmp_path_factory.mktemp("dannce") / "save_data_AVG.mat"
    assert write_pose(path, poses) == (path,)
    assert is_dannce(path)
    assert not dannce.is_calibration(path)
    again = read_pose(path)
    assert len(again.individuals) == len(poses.individuals)
    assert_same(replace(again, individuals=poses.individuals), poses, fields=PREDICTIONS)


def as_dannce_loads(path: Path, key: str) -> list[dict[str, np.ndarray]]:
    """Return structs as DANNCE takes them out of the file (``load_label3d_data``)."""
    return [{name: one[0][name][0, 0] for name in one[0].dtype.names} for one in loadmat(path)[key]]


def test_what_dannce_takes_out_of_it(tmp_path: Path) -> None:
    poses = make_rig_table(missing=0.3, frame_offsets={"cam2": 3})
    path, predictions = write_pose(tmp_path / "out", poses)
    assert (path.name, predictions.name) == ("monday_dannce.mat", "save_data_AVG.mat")
    values = whole(poses)
    labels, sync = as_dannce_loads(path, "labelData"), as_dannce_loads(path, "sync")
    assert [name[0] for name in loadmat(path)["camnames"][0]] == list(poses.cameras)
    assert len(labels) == len(sync) == len(as_dannce_loads(path, "params")) == 3
    frames = np.squeeze(labels[2]["data_frame"].astype(int))
    assert frames.tolist() == [3, 4, 5, 8, 9, 12]
    data = labels[2]["data_2d"]
    points = np.reshape(data, [data.shape[0], -1, 2]) - 1  # its own steps, in serve_data_DANNCE
    np.testing.assert_allclose(points, values["points_px"][[0, 1, 2, 5, 6, 9], 2, 0])
    data = labels[0]["data_3d"]
    np.testing.assert_allclose(np.reshape(data, [data.shape[0], -1, 3]), values["points_mm"][[0, 1, 2, 5, 6, 9], 0])
    assert np.squeeze(sync[0]["data_sampleID"]).tolist() == list(range(12))
    assert np.squeeze(sync[2]["data_frame"]).tolist() == list(range(3, 15))
    assert np.reshape(sync[0]["data_2d"], [12, -1, 2]).shape == (12, 1, 2)
    pred = loadmat(predictions)["pred"]
    np.testing.assert_array_equal(pred, values["points_mm"][:, 0].transpose(0, 2, 1))


def test_the_cameras_come_along(tmp_path: Path) -> None:
    poses = make_rig_table()
    write_pose(tmp_path / "labels.mat", poses)
    rig = dannce.read_calibration(tmp_path / "labels.mat", image_size=(1024, 1024))
    np.testing.assert_allclose(rig["cam1"].tvec, poses.rig["cam1"].tvec)  # type: ignore[index]


def test_several_animals_have_predictions_only(tmp_path: Path) -> None:
    poses = make_rig_table(individuals=("a", "b"))
    assert [path.name for path in write_pose(tmp_path / "out", poses)] == ["save_data_AVG.mat"]
    with pytest.raises(SettingsError, match="one animal"):
        write_pose(tmp_path / "labels.mat", poses)
    assert not (tmp_path / "labels.mat").exists()


def test_a_hostile_name_stays_in_the_folder(tmp_path: Path) -> None:
    paths = write_pose(tmp_path / "out", replace(make_rig_table(), name="../../x"))
    assert {path.parent for path in paths} == {tmp_path / "out"}
    (tmp_path / "out" / "behaviorvlm_export.json").unlink()
    with pytest.raises(SettingsError, match="would be overwritten"):  # not known to be ours
        write_pose(tmp_path / "out", make_rig_table())


def test_bad_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mat"
    named = {"joint_names": np.array([["a"]], dtype=object), "joints_idx": np.zeros((0, 2))}
    for variables, message in (
        ({"pred": np.zeros((5, 4, 3)), "sampleID": [0]}, "other axes"),
        ({"pred": np.zeros((5, 3)), "sampleID": [0]}, "other axes"),
        ({"pred": np.zeros((5, 3, 4)), "sampleID": [0], "p_max": np.zeros((4, 4))}, "scores and predictions differ"),
        ({"pred": np.zeros((5, 3, 2)), "sampleID": [0], "skeleton": named}, "skeleton and poses differ"),
    ):
        savemat(path, variables)
        with pytest.raises(FormatError, match=message) as caught:
            read_pose(path)
        assert "x.mat" in caught.value.where
    path.write_bytes(b"MATLAB 5.0 MAT-file" + bytes(50))
    assert not is_dannce(path)
    with pytest.raises(FormatError, match="cannot be read"):
        read_pose(path)


def test_frames_out_of_step_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.mat"
    write_pose(path, make_rig_table())
    content = loadmat(path)
    content["labelData"][1, 0]["data_frame"][0, 0][2] += 1
    savemat(path, {key: value for key, value in content.items() if not key.startswith("__")})
    with pytest.raises(FormatError, match="do not run in step") as caught:
        read_pose(path)
    assert "labelData" in caught.value.where


def test_nothing_labelled(tmp_path: Path) -> None:
    empty = replace(make_rig_table(), blocks=lambda: iter(()))
    with pytest.raises(SettingsError, match="nothing is labelled"):
        write_pose(tmp_path / "labels.mat", empty)
