from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from behaviorvlm.io.number_block import parse_block

CELLS = st.one_of(st.just(np.nan), st.floats(-1e9, 1e9))


def as_text(table: np.ndarray, newline: str) -> bytes:
    rows = [
        [str(number), *("" if np.isnan(cell) else repr(float(cell)) for cell in row)]
        for number, row in enumerate(table)
    ]
    return "".join(",".join(row) + newline for row in rows).encode()


@given(
    arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(1, 6)), elements=CELLS), st.sampled_from(["\n", "\r\n"])
)
def test_numbers_come_back_bit_by_bit(table: np.ndarray, newline: str) -> None:
    parsed = parse_block(as_text(table, newline), 1 + table.shape[1])
    assert parsed is not None
    np.testing.assert_array_equal(parsed[:, 1:], table)
    np.testing.assert_array_equal(parsed[:, 0], range(len(table)))


def test_the_last_line_may_end_without_a_newline() -> None:
    np.testing.assert_array_equal(parse_block(b"0,1\n1,", 2), [[0, 1], [1, np.nan]])


LEFT_TO_OTHERS = {
    "a word": b"0,1\n1,two\n",
    "a word behind a number": b"0,1\n1,2x\n",
    "two words": b"0,a b\n",
    "infinite": b"0,1\n1,inf\n",
    "short then long": b"0\n1,2,3\n",
    "blank line": b"0,1\n\n1,2\n",
    "quotes": b'0,"1"\n',
    "no index": b",1\n",
    "wide": b"0,1,2\n",
    "image name": b"img001.png,1\n",
}


@pytest.mark.parametrize("text", LEFT_TO_OTHERS.values(), ids=LEFT_TO_OTHERS)
def test_what_is_no_plain_table_is_left_to_a_reader_that_names_the_fault(text: bytes) -> None:
    assert parse_block(text, 2) is None
