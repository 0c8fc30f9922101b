from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from behaviorvlm.errors import SettingsError
from behaviorvlm.io import matlab_writing
from behaviorvlm.io.matlab_writing import LongMatrix, filling_mat, save_mat

HEADER = 128
"""Bytes that name the time of writing, among others."""


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(0, 9), st.integers(1, 4))
def test_it_is_what_scipy_writes(tmp_path_factory: pytest.TempPathFactory, axes: list[int], n: int, step: int) -> None:
    folder = tmp_path_factory.mktemp("mat")
    values = np.random.default_rng(n).normal(size=(n, *axes))
    ours, small = [LongMatrix(n, *axes) for _ in range(4)], {"a": np.arange(3.0)[None]}
    cells, cell = np.empty((2, 1), dtype=object), np.empty((1, 1), dtype=object)
    cells[:, 0], cell[0, 0] = [{"data_2d": values}] * 2, values
    savemat(folder / "scipy.mat", {**small, "pred": values, "labelData": cells, "it": cell})
    long = {"pred": ours[0], "labelData": [{"data_2d": one} for one in ours[1:3]], "it": [ours[3]]}
    with filling_mat(folder / "ours.mat", small, long):
        for start in reversed(range(0, n, step)):
            for matrix in ours:
                matrix.fill(start, values[start : start + step])
    assert (folder / "ours.mat").read_bytes()[HEADER:] == (folder / "scipy.mat").read_bytes()[HEADER:]


def test_rows_that_are_not_filled_in_are_zero(tmp_path: Path) -> None:
    matrix = LongMatrix(5, 2)
    with filling_mat(tmp_path / "x.mat", {}, {"rows": matrix}):
        matrix.fill(1, np.ones((2, 2)))
    assert loadmat(tmp_path / "x.mat")["rows"][:, 0].tolist() == [0, 1, 1, 0, 0]


def test_a_matrix_is_filled_only_in_an_open_file(tmp_path: Path) -> None:
    matrix = LongMatrix(5, 2)
    with pytest.raises(ValueError, match="no place"):
        matrix.fill(0, np.ones((1, 2)))
    with filling_mat(tmp_path / "x.mat", {}, {"rows": matrix}):
        pass
    with pytest.raises(ValueError, match="closed"):
        matrix.fill(0, np.ones((1, 2)))


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), filling_mat(tmp_path / "x.mat", {}, {"rows": LongMatrix(5, 2)}):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_what_matlab_would_not_take_is_refused_before_it_is_written(tmp_path: Path) -> None:
    long = {"rows": [LongMatrix(matlab_writing.LARGEST // 8, 1)]}
    refused = pytest.raises(SettingsError, match="too many timepoints")
    with refused as caught, filling_mat(tmp_path / "x.mat", {}, long):
        pass
    assert "rows" in caught.value.where and list(tmp_path.iterdir()) == []


def test_small_variables_are_scipys(tmp_path: Path) -> None:
    save_mat(tmp_path / "x.mat", {"a": {"b": [[1.0]]}})
    assert loadmat(tmp_path / "x.mat", simplify_cells=True)["a"] == {"b": 1.0}
