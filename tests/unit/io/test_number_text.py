from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from behaviorvlm.io.number_table import format_numbers
from behaviorvlm.io.number_text import lines_of

DECIMALS = (0, 3, 4, 1)
NUMBERS = st.one_of(
    st.just(np.nan), st.floats(-1e12, 1e12), st.floats(-2, 2), st.integers(-9999, 9999).map(lambda n: n / 80)
)


@given(arrays(np.float64, st.tuples(st.integers(0, 6), st.just(4)), elements=NUMBERS))
def test_the_text_is_that_of_python(numbers: np.ndarray) -> None:
    expected = [[f"{value:.{digits}f}" for value, digits in zip(row, DECIMALS, strict=True)] for row in numbers]
    cells = [["" if cell == "nan" else f"{float(cell):.{digits}f}" if float(cell) else f"{0:.{digits}f}"
              for cell, digits in zip(row, DECIMALS, strict=True)] for row in expected]  # fmt: skip
    assert format_numbers(numbers, DECIMALS) == "".join(",".join(row) + "\n" for row in cells)


def test_a_word_in_the_place_of_what_is_missing() -> None:
    numbers = np.array([[np.nan, -1.0], [0.125, np.nan]])  # the second row is near a tie
    assert format_numbers(numbers, [2, 0], missing="NaN") == "NaN,-1\n0.12,NaN\n"


def test_what_needs_care_is_left_out() -> None:
    text, careful = lines_of(np.array([[0.125], [0.5], [1e300], [np.inf], [-7.0], [np.nan]]), [2])
    assert careful.tolist() == [True, False, True, True, False, False]
    assert text == "0.50\n-7.00\n\n"
