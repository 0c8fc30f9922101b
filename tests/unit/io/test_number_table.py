from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from behaviorvlm.errors import FormatError
from behaviorvlm.io.number_table import format_numbers, parse_numbers, read_rows, write_rows

DECIMALS = (0, 2, 4)
NUMBERS = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))


@given(arrays(np.float64, st.tuples(st.integers(0, 5), st.just(3)), elements=NUMBERS))
def test_round_trip_keeps_the_decimals(tmp_path_factory: pytest.TempPathFactory, numbers: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("table") / "t.csv"
    write_rows(path, [["a", "b", "c"]], [numbers], decimals=DECIMALS)
    rows = [row for row in read_rows(path) if row[0] > 1]
    expected = numbers[~np.isnan(numbers).all(axis=1)]  # a row of blanks is no row
    again = parse_numbers(rows, [0, 1, 2], path=path)
    np.testing.assert_allclose(again, expected, atol=0.5001, rtol=0)
    np.testing.assert_allclose(again[:, 2], expected[:, 2], atol=0.5001e-4, rtol=0)


@given(st.floats(-1, 1))
def test_zero_has_no_sign(number: float) -> None:
    assert "-0.00\n" not in format_numbers(np.array([[number]]), [2])


def test_blank_is_nan_and_columns_are_chosen(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("1,,3\n\n4,5,6\n")
    rows = list(read_rows(tmp_path / "t.csv"))
    assert [line for line, _ in rows] == [1, 3]
    np.testing.assert_array_equal(parse_numbers(rows, [2, 1], path=tmp_path / "t.csv"), [[3, np.nan], [6, 5]])


@pytest.mark.parametrize(
    ("text", "actual"),
    [("1,2\n3,x\n", "'x'"), ("1,2\n3,inf\n", "'inf'"), ("1,2\n3,-1e999\n", "'-1e999'"), ("1,2\n3\n", "too short")],
)
def test_a_bad_cell_is_named_with_line_and_column(tmp_path: Path, text: str, actual: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(FormatError, match="line 2, column 2") as caught:
        parse_numbers(list(read_rows(path)), [0, 1], path=path)
    assert actual in caught.value.actual


@pytest.mark.parametrize("content", [None, b"\xff\xfe1,2", b'"never closed\n' + b"x" * 200_000])
def test_what_is_no_text_table_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "t.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FormatError, match="cannot be read") as caught:
        list(read_rows(path))
    assert caught.value.where == str(path)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfframe,x\n")
    assert next(read_rows(tmp_path / "t.csv")) == (1, ["frame", "x"])
