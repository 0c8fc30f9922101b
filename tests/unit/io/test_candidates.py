from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from behaviorvlm.errors import FormatError
from behaviorvlm.io.candidates import count_frames, read_candidates, write_candidates
from behaviorvlm.io.deeplabcut import write_predictions
from behaviorvlm.types import CandidateSet


@st.composite
def candidate_sets(draw: st.DrawFn) -> list[CandidateSet]:
    sets = []
    for timepoint in range(draw(st.integers(1, 5))):
        count = draw(st.integers(0, 4))
        numbers = draw(arrays(np.float64, (count, 4), elements=st.floats(0, 1e4)))
        flags = np.zeros(count, dtype=np.int64)
        sets.append(CandidateSet(timepoint, "cam0", numbers[:, :2], numbers[:, 2], numbers[:, 3], flags))
    return sets


@given(candidate_sets(), st.integers(0, 3))
def test_round_trip_keeps_numbers_in_order(
    tmp_path_factory: pytest.TempPathFactory, sets: list[CandidateSet], offset: int
) -> None:
    path = tmp_path_factory.mktemp("candidates") / "candidates_cam0.csv"
    write_candidates(path, sets, frame_offset=offset)
    again = read_candidates(path, camera="cam0", n_timepoints=len(sets), frame_offset=offset)
    assert [read.timepoint for read in again] == [written.timepoint for written in sets]
    for read, written in zip(again, sets, strict=True):
        for field in ("points_px", "brightness", "size_px"):
            np.testing.assert_allclose(getattr(read, field), getattr(written, field), atol=0.5001e-3, rtol=0)


def test_x_and_y_are_enough_and_rows_need_no_order(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("y,frame,x\n5,2,4\n1,0,9\n2,0,8\n")
    sets = read_candidates(tmp_path / "c.csv", camera="cam1")
    assert [len(candidates) for candidates in sets] == [2, 0, 1]
    np.testing.assert_array_equal(sets[0].points_px, [[9, 1], [8, 2]])
    assert np.isnan(sets[0].brightness).all()
    assert (sets[2].camera, count_frames(tmp_path / "c.csv")) == ("cam1", 3)


def test_deeplabcut_points_lose_their_names(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 100, (4, 3, 2))
    confidence = np.array([[0.9, 0.7, 0.61]] * 3 + [[0.9, 0.1, 0.2]])
    one, other = [0, 1, 2], [2, 0, 1]
    for name, order in (("one.csv", one), ("other.csv", other)):
        blocks = [(np.arange(4), points[:, order], confidence[:, order])]
        write_predictions(tmp_path / name, blocks, keypoints=["a", "b", "c"])
    sets = [read_candidates(tmp_path / name, camera="cam0") for name in ("one.csv", "other.csv")]
    for a, b in zip(*sets, strict=True):
        np.testing.assert_array_equal(a.points_px, b.points_px)  # the order of the columns leaves no trace
    assert [len(candidates) for candidates in sets[0]] == [3, 3, 3, 1]  # unlikely points are hidden ones


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not that of a file of candidates"),
        ("frame,x\n0,1\n", "not that of a file of candidates"),
        ("frame,x,y\n0,1,\n", "no frame or no place"),
        ("frame,x,y\n0.5,1,2\n", "no frame or no place"),
        ("frame,x,y\n-1,1,2\n", "no frame or no place"),
        ("frame,x,y\n0,1,2\n0,inf,2\n", "no number"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(FormatError, match=message) as caught:
        read_candidates(tmp_path / "c.csv", camera="cam0")
    assert "c.csv" in caught.value.where


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such file"):
        read_candidates(tmp_path / "c.csv", camera="cam0")
