from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from label_files import make_poses, points_of, same_points

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.deeplabcut_project import is_deeplabcut, read, write
from behaviorvlm.io.file_format import ExportOptions

ANIMALS = [("animal",), ("Ann", "Bób")]


@pytest.mark.parametrize("individuals", ANIMALS)
@pytest.mark.parametrize("ending", [".csv", ".h5"])
def test_a_table_of_one_camera(tmp_path: Path, ending: str, individuals: tuple[str, ...]) -> None:
    poses = make_poses(individuals=individuals, cameras=("walk",))
    path = tmp_path / f"walk{ending}"
    assert write(path, poses, ExportOptions(scorer="net")) == (path,)
    assert is_deeplabcut(path)
    again = read(path)
    assert (again.individuals, again.keypoints, again.cameras) == (individuals, poses.keypoints, ("walk",))
    assert again.n_timepoints == poses.n_timepoints
    assert same_points(again, poses)
    confidence = next(iter(again.blocks())).confidence
    stated = next(iter(poses.blocks())).confidence
    np.testing.assert_allclose(confidence[next(iter(poses.blocks())).timepoint], stated, atol=6e-5)


@pytest.mark.parametrize("ending", [".csv", ".h5"])
def test_several_cameras_go_to_a_file_each_and_rows_are_frames(tmp_path: Path, ending: str) -> None:
    from dataclasses import replace

    poses = replace(make_poses(), frame_offsets={"cam1": 4})
    files = write(tmp_path / f"out{ending}", poses)
    assert [file.name for file in files] == [f"out_cam0{ending}", f"out_cam1{ending}"]
    first, second = map(read, files)
    assert (first.n_timepoints, second.n_timepoints) == (10, 14)
    expected = {key[1:]: value for key, value in points_of(poses).items() if key[0] == "cam1"}
    assert {(time - 4, *rest) for _, time, *rest in points_of(second)} == set(expected)


def test_the_first_row_of_text_is_not_blank(tmp_path: Path) -> None:
    """pandas takes a row of blanks below the header for one more row of it, and loses a frame."""
    from dataclasses import replace

    poses = make_poses(cameras=("a",))
    write(tmp_path / "t.csv", replace(poses, frame_offsets={"a": 1}))
    line = (tmp_path / "t.csv").read_text().splitlines()[3]
    assert line == "0" + ",,,0.0000" * 4


def test_positions_alone_are_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    with pytest.raises(SettingsError, match="points in pictures, and there are none"):
        write(tmp_path / "t.csv", replace(make_poses(), cameras=()))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scorer,a,b\nbodyparts,n,n\ncoords,x,y\n0,1,2\n", "several scorers"),
        ("scorer,a,a\nbodyparts,n,n\ncoords,x,z\n0,1,2\n", "does not name each column once"),
        ("scorer,a,a\nbodyparts,n,n\ncoords,x,x\n0,1,2\n", "does not name each column once"),
        ("scorer,a,a\nbodyparts,n,n\ncoords,x,y\n0,1,2\n0,1,2\n", "stands twice"),
        ("scorer,a,a\nbodyparts,n,n\ncoords,x,y\n0,1,oops\n", "no number"),
        ("scorer,a,a\nindividuals,n,n\n", "header is not DeepLabCut's"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path / "t.csv")
    assert "t.csv" in str(caught.value)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    (file,) = write(tmp_path / "t.h5", make_poses(cameras=("a",)))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(FormatError, match=r"t\.h5"):
        read(file)
