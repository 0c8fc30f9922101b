from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from behaviorvlm.errors import FormatError
from behaviorvlm.io.deeplabcut import is_deeplabcut, read_keypoints, write_labels, write_predictions

KEYPOINTS = ("nose", "left_ear", 'tail "tip", end')
PIXELS = st.one_of(st.just(np.nan), st.floats(-1e4, 1e4))


def labels(count: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, (count, len(KEYPOINTS), 2), elements=PIXELS)


def known(points: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(points).any(axis=-1, keepdims=True), np.nan, points)


@given(labels(4), st.lists(st.integers(0, 10**6), min_size=4, max_size=4))
def test_labels_come_back(tmp_path_factory: pytest.TempPathFactory, points: np.ndarray, frames: list[int]) -> None:
    path = tmp_path_factory.mktemp("labels") / "CollectedData_cam0.csv"
    write_labels(path, np.array(frames), points, keypoints=KEYPOINTS, video="walk 1_cam0")
    table = read_keypoints(path)
    assert table.keypoints == KEYPOINTS
    assert table.individuals == ("",)
    np.testing.assert_array_equal(table.frames, frames)
    np.testing.assert_array_equal(table.lines, [4, 5, 6, 7])
    np.testing.assert_allclose(table.points_px[:, 0], known(points), atol=0.5001e-3, rtol=0)
    assert np.isnan(table.confidence).all()


@given(labels(5), arrays(np.float64, (5, len(KEYPOINTS)), elements=st.floats(0, 1)))
def test_predictions_come_back(
    tmp_path_factory: pytest.TempPathFactory, points: np.ndarray, confidence: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("predictions") / "points2d_cam0.csv"
    frames = np.arange(5)
    blocks = [(frames[:2], points[:2], confidence[:2]), (frames[2:], points[2:], confidence[2:])]
    write_predictions(path, blocks, keypoints=KEYPOINTS)
    table = read_keypoints(path)
    np.testing.assert_array_equal(table.frames, frames)
    np.testing.assert_allclose(table.points_px[:, 0], known(points), atol=0.5001e-3, rtol=0)
    np.testing.assert_allclose(table.confidence[:, 0], confidence, atol=0.5001e-4, rtol=0)


def test_seeds_look_as_deeplabcut_writes_them(tmp_path: Path) -> None:
    points = np.array([[[1, 2.5], [np.nan, np.nan]]])
    write_labels(tmp_path / "c.csv", np.array([12]), points, keypoints=("a", "b"), video="walk_cam0")
    assert (tmp_path / "c.csv").read_text() == (
        "scorer,human,human,human,human\nbodyparts,a,a,b,b\ncoords,x,y,x,y\n"
        "labeled-data/walk_cam0/img00012.png,1.000,2.500,,\n"
    )


def test_three_index_columns_and_likelihood(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(
        "scorer,,,me,me,me\nbodyparts,,,a,a,a\ncoords,,,x,y,likelihood\nlabeled-data,walk,img007.png,1,2,0.9\n"
    )
    table = read_keypoints(tmp_path / "c.csv")
    assert (table.frames.tolist(), table.confidence.tolist()) == ([7], [[[0.9]]])
    np.testing.assert_array_equal(table.points_px, [[[[1, 2]]]])


def test_several_individuals_with_points_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(
        "scorer,me,me,me,me,me,me\nindividuals,m1,m1,m2,m2,single,single\nbodyparts,nose,nose,nose,nose,corner,corner\n"
        "coords,x,y,x,y,x,y\n3,1,2,3,4,5,6\n"
    )
    table = read_keypoints(tmp_path / "c.csv")
    assert (table.individuals, table.keypoints) == (("m1", "m2", "single"), ("nose", "corner"))
    nan = [np.nan, np.nan]
    np.testing.assert_array_equal(table.points_px[0], [[[1, 2], nan], [[3, 4], nan], [nan, [5, 6]]])


HEADER = "scorer,me,me\nbodyparts,a,a\ncoords,x,y\n"
BAD = {
    "empty": ("", "header is not DeepLabCut's", ""),
    "another table": ("frame,x,y\n1,2,3\n", "header is not DeepLabCut's", ""),
    "semicolons": (HEADER.replace(",", ";"), "header is not DeepLabCut's", ""),
    "ragged header": ("scorer,me,me\nbodyparts,a\ncoords,x,y\n", "does not name each column once", ""),
    "a column twice": ("scorer,me,me\nbodyparts,a,a\ncoords,x,x\n", "does not name each column once", "column"),
    "3D": ("scorer,me,me,me\nbodyparts,a,a,a\ncoords,x,y,z\n", "does not name each column once", "a z"),
    "no columns": ("scorer\nbodyparts\ncoords\n", "does not name each column once", ""),
    "no frame": (f"{HEADER}labeled-data/walk/first.png,1,2\n", "names no frame", "first.png"),
    "negative frame": (f"{HEADER}-3,1,2\n", "names no frame", "-3"),
    "text": (f"{HEADER}3,1,two\n", "no number", "two"),
    "infinite": (f"{HEADER}3,1,inf\n", "no number", "inf"),
    "short row": (f"{HEADER}3,1\n", "no number", "too short"),
}


@pytest.mark.parametrize(("text", "message", "actual"), BAD.values(), ids=BAD.keys())
def test_bad_files_are_refused(tmp_path: Path, text: str, message: str, actual: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        read_keypoints(path)
    assert message in caught.value.message
    assert actual in caught.value.actual
    assert str(path) in caught.value.where


def test_tells_its_own_files(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(HEADER)
    (tmp_path / "d.csv").write_text("frame,x,y\n")
    assert is_deeplabcut(tmp_path / "c.csv")
    assert not is_deeplabcut(tmp_path / "d.csv")


def test_an_empty_block_writes_no_rows(tmp_path: Path) -> None:
    block = (np.empty(0, dtype=np.int64), np.empty((0, 1, 2)), np.empty((0, 1)))
    write_predictions(tmp_path / "c.csv", [block], keypoints=["a"])
    assert read_keypoints(tmp_path / "c.csv").points_px.shape == (0, 1, 1, 2)
