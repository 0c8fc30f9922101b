from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from session_files import SKELETON, edit, make_rig, make_seeds

from behaviorvlm.errors import SeedError
from behaviorvlm.io.seeds import SeedFile, exemplars, read_seed_file, seed_faults, seed_points, write_seeds
from behaviorvlm.io.session_layout import seeds_path
from behaviorvlm.types import CameraGroup

RIG = make_rig(3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_seeds(tmp_path, make_seeds(RIG), skeleton=SKELETON, session="walk")
    return tmp_path


def read_all(folder: Path, rig: CameraGroup = RIG, offset: int = 0) -> list[SeedFile]:
    return [
        read_seed_file(seeds_path(folder, name), camera=name, skeleton=SKELETON, frame_offset=offset)
        for name in rig.names
    ]


def faults(folder: Path, n_timepoints: int | None = 12) -> list[SeedError]:
    return [fault for fault in seed_faults(read_all(folder), n_timepoints=n_timepoints) if isinstance(fault, SeedError)]


def test_round_trip(folder: Path) -> None:
    seeds = exemplars(read_all(folder))
    assert [(view.timepoint, view.camera, view.kind) for view in seeds] == [
        (t, name, "seed") for t in (1, 5, 9) for name in RIG.names
    ]
    timepoints, points = seed_points(seeds, RIG)
    np.testing.assert_array_equal(timepoints, [1, 5, 9])
    np.testing.assert_allclose(points, seed_points(make_seeds(RIG), RIG)[1], atol=0.5001e-3)
    assert faults(folder) == []


def test_offsets_are_taken_off_the_frame(tmp_path: Path) -> None:
    write_seeds(
        tmp_path, make_seeds(RIG), skeleton=SKELETON, session="w", frame_offsets={"cam0": 40, "cam1": 40, "cam2": 40}
    )
    assert "img00041.png" in seeds_path(tmp_path, "cam0").read_text()
    assert read_all(tmp_path, offset=40)[0].timepoints.tolist() == [1, 5, 9]


def test_columns_may_come_in_any_order_and_be_fewer(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("scorer,me,me,me,me\nbodyparts,tail,tail,nose,nose\ncoords,x,y,x,y\nimg3.png,1,2,3,4\n")
    points = read_seed_file(path, camera="cam0", skeleton=SKELETON).points_px[0]
    np.testing.assert_array_equal(points[[0, 6]], [[3, 4], [1, 2]])
    assert np.isnan(points[1:6]).all()


BAD_FILES = {
    "unknown keypoint": ("nose,nose", "snout,snout", "unknown keypoint snout", "line 2", ""),
    "misspelt keypoint": ("tail,tail", "tial,tial", "unknown keypoint tial", "line 2", "did you mean tail?"),
    "text": ("img00005.png,", "img00005.png,x", "no number", "line 5, column 2", ""),
    "infinite": ("img00005.png,", "img00005.png,1e999,", "no number", "line 5, column 2", ""),
    "no frame": ("img00005.png", "img.png", "names no frame", "line 5", ""),
    "another table": ("scorer", "frame", "header is not DeepLabCut's", "CollectedData_cam1.csv", "CSV"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message", "where", "remedy"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_bad_files_are_refused(folder: Path, old: str, new: str, message: str, where: str, remedy: str) -> None:
    path = seeds_path(folder, "cam1")
    edit(path, old, new)
    with pytest.raises(SeedError) as caught:
        read_seed_file(path, camera="cam1", skeleton=SKELETON)
    assert message in caught.value.message
    assert str(path) in caught.value.where
    assert where in caught.value.where
    assert remedy in caught.value.remedy


def test_two_animals_are_refused(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(
        "scorer,me,me,me,me\nindividuals,a,a,b,b\nbodyparts,nose,nose,nose,nose\ncoords,x,y,x,y\n1,1,2,3,4\n"
    )
    with pytest.raises(SeedError, match="more than one individual"):
        read_seed_file(tmp_path / "c.csv", camera="cam0", skeleton=SKELETON)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="no such file"):
        read_seed_file(tmp_path / "c.csv", camera="cam0", skeleton=SKELETON)


BAD_ROWS = {
    "outside the video": ("img00009", "img00012", "outside the video", "line 6"),
    "twice": ("img00009", "img00005", "stands twice", "line 6"),
    "not aligned": ("img00009", "img00010", "not aligned", "CollectedData_cam1.csv"),
}


@pytest.mark.parametrize(("old", "new", "message", "where"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_bad_rows_are_named_with_file_and_line(folder: Path, old: str, new: str, message: str, where: str) -> None:
    edit(seeds_path(folder, "cam1"), old, new)
    found = [fault for fault in faults(folder) if message in fault.message and "cam1" in fault.where]
    assert len(found) == 1
    assert where in found[0].where
    assert found[0].remedy


def test_timepoints_before_the_first_lie_outside(folder: Path) -> None:
    files = read_all(folder, offset=3)
    assert [fault.actual for fault in seed_faults(files, n_timepoints=None)] == ["-2"] * 3


def test_fewer_than_three_labelled_timepoints(folder: Path) -> None:
    for name in RIG.names:
        path = seeds_path(folder, name)
        rows = path.read_text().splitlines()
        blank = rows[-1].split(",")[0] + "," * 14  # a row without labels is no seed
        path.write_text("\n".join([*rows[:-1], blank]) + "\n")
    (fault,) = faults(folder)
    assert "fewer than 3 seed timepoints" in fault.message
    assert fault.actual == "2: 1, 5"
    assert "label more" in fault.remedy
