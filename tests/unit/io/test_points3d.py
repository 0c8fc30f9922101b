from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from behaviorvlm.errors import FormatError
from behaviorvlm.io.points3d import Points3D, iterate_points3d, read_points3d, write_points3d

KEYPOINTS = ("left_ear", "tail_x", "back, upper")
VALUES = st.one_of(st.just(np.nan), st.floats(-1e5, 1e5))


@st.composite
def tables(draw: st.DrawFn) -> Points3D:
    count = draw(st.integers(0, 6))
    shape = (count, len(KEYPOINTS))
    points = draw(arrays(np.float64, (*shape, 3), elements=VALUES))
    error, score = (draw(arrays(np.float64, shape, elements=VALUES)) for _ in range(2))
    n_views = draw(arrays(np.int64, shape, elements=st.integers(-1, 9)))
    return Points3D(KEYPOINTS, np.arange(7, 7 + count), points, error, n_views, score)


@given(tables(), st.integers(1, 4))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, table: Points3D, block_rows: int) -> None:
    path = tmp_path_factory.mktemp("points") / "points3d.csv"
    write_points3d(path, [table], keypoints=KEYPOINTS)
    again = read_points3d(path)
    assert again.keypoints == KEYPOINTS
    np.testing.assert_array_equal(again.timepoints, table.timepoints)
    np.testing.assert_array_equal(again.n_views, table.n_views)
    for field in ("points_mm", "error_px", "score"):
        np.testing.assert_allclose(getattr(again, field), getattr(table, field), atol=0.5001e-4, rtol=0)
    blocks = list(iterate_points3d(path, block_rows=block_rows))
    assert sum(len(block.timepoints) for block in blocks) == len(table.timepoints)
    np.testing.assert_array_equal(np.concatenate([block.points_mm for block in blocks]), again.points_mm)


def test_the_bytes_do_not_depend_on_the_blocks(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(scale=100, size=(50, 3, 3))
    for name, cuts in (("one.csv", [0, 50]), ("many.csv", [0, 7, 8, 31, 50])):
        blocks = [Points3D.from_points(KEYPOINTS, np.arange(a, b), points[a:b]) for a, b in pairwise(cuts)]
        write_points3d(tmp_path / name, blocks, keypoints=KEYPOINTS)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "many.csv").read_bytes()


def test_the_format_is_the_fields(tmp_path: Path) -> None:
    block = Points3D(("a",), np.array([4]), [[[1, -0.00001, np.nan]]], [[0.25]], np.array([[3]]), [[np.nan]])
    write_points3d(tmp_path / "p.csv", [block], keypoints=["a"])
    assert (tmp_path / "p.csv").read_text() == "a_x,a_y,a_z,a_error,a_ncams,a_score,fnum\n1.0000,0.0000,,0.2500,3,,4\n"


def test_reads_bare_points_and_aniposes_own_columns(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("a_x,a_y,a_z,M_00,center_0,a_error\n1,2,3,9,9,0.5\n4,5,6,9,9,\n")
    table = read_points3d(tmp_path / "p.csv")
    np.testing.assert_array_equal(table.points_mm, [[[1, 2, 3]], [[4, 5, 6]]])
    np.testing.assert_array_equal(table.timepoints, [0, 1])
    np.testing.assert_array_equal(table.n_views, [[-1], [-1]])
    np.testing.assert_array_equal(table.error_px, [[0.5], [np.nan]])


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no 3D keypoints"), ("frame,x,y\n0,1,2\n", "no 3D keypoints"), ("a_x,a_y,a_z\n1,2,x\n", "no number")],
)
def test_other_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_points3d(tmp_path / "p.csv")
