from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from track_files import ANIMALS, KEYPOINTS, SAME_POINTS, calms21, jabs_points, make_points, write_jabs

from behaviorvlm.errors import FormatError, InputError
from behaviorvlm.io.file_format import function
from behaviorvlm.io.label_formats import LABEL_FORMATS
from behaviorvlm.io.pose_of_tracks import is_calms21, is_mabe22, read_pose


def recognized(path: Path) -> list[str]:
    return [one.name for one in LABEL_FORMATS if one.recognize and function(one.recognize)(path)]


@pytest.mark.parametrize("name", SAME_POINTS)
def test_tracks_are_one_camera(tmp_path: Path, name: str) -> None:
    kind, write = SAME_POINTS[name]
    write(tmp_path / name)
    poses = read_pose(tmp_path / name)
    assert (poses.individuals, poses.keypoints, len(poses.cameras)) == (ANIMALS, KEYPOINTS, 1)
    block = next(iter(poses.blocks()))
    points = make_points()
    np.testing.assert_array_equal(block.points_px[:, 0], points[block.timepoint])
    assert np.isfinite(points).all(axis=-1).sum() == block.seen.sum()
    expected = {"deeplabcut": ["deeplabcut"], "deeplabcut-h5": ["deeplabcut"], "sleap": ["sleap"], "slp": ["sleap"]}
    assert recognized(tmp_path / name) == expected.get(kind, [])


def test_data_sets_are_told_apart(tmp_path: Path) -> None:
    write_jabs(tmp_path / "a_pose_est_v3.h5", jabs_points(5, 2), np.tile([0, 1], (5, 1)))
    np.save(tmp_path / "mabe.npy", jabs_points(5, 3))
    (tmp_path / "calms.json").write_text(json.dumps(calms21(sequences=1)))
    np.save(tmp_path / "calms.npy", calms21(sequences=1), allow_pickle=True)  # type: ignore[arg-type]
    np.save(tmp_path / "other.npy", np.zeros(3))
    found = {path.name: recognized(path) for path in tmp_path.iterdir()}
    assert found == {
        "a_pose_est_v3.h5": ["jabs"],
        "mabe.npy": ["mabe22"],
        "calms.json": ["calms21"],
        "calms.npy": ["calms21"],
        "other.npy": [],
    }
    assert read_pose(tmp_path / "a_pose_est_v3.h5").individuals == ("animal_1", "animal_2")
    assert read_pose(tmp_path / "mabe.npy").n_timepoints == 5
    assert read_pose(tmp_path / "calms.json").individuals == ("resident", "intruder")


def test_a_file_of_several_recordings_needs_a_name(tmp_path: Path) -> None:
    (tmp_path / "calms.json").write_text(json.dumps(calms21()))
    with pytest.raises(InputError, match="several sequences"):
        read_pose(tmp_path / "calms.json")
    poses = read_pose(tmp_path / "calms.json", sequence="mouse002_task1_annotator1")
    assert next(iter(poses.blocks())).points_px.min() > 1000


def test_axes_the_wrong_way_round(tmp_path: Path) -> None:
    np.save(tmp_path / "mabe.npy", jabs_points(5, 3).transpose(0, 3, 1, 2))
    assert not is_calms21(tmp_path / "mabe.npy") and is_mabe22(tmp_path / "mabe.npy")
    with pytest.raises(FormatError, match=r"\(frame, mouse, keypoint, 2\)"):
        read_pose(tmp_path / "mabe.npy")


def test_nobody_is_confused_by_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    assert [recognized(path) for path in tmp_path.iterdir()] == [[]] * 4
