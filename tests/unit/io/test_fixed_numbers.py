from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from behaviorvlm.io.fixed_numbers import LARGEST, cells_of, fits, joined, text_cells, whole_cells

# binary fractions: their decimals end, so that nothing is rounded up here and down there
NUMBERS = st.one_of(
    st.just(np.nan), st.integers(-(2**30), 2**30).map(lambda n: n / 16), st.sampled_from([0.0, -0.0, 99999999.0])
)


@given(arrays(np.float64, st.tuples(st.integers(0, 5), st.just(3)), elements=NUMBERS))
def test_as_python_formats_them(numbers: np.ndarray) -> None:
    whole = np.array([False, True, False])
    decimals = (4, 0, 4)
    numbers = np.where(whole, np.rint(numbers), numbers)
    wanted = "".join(
        f",{'' if np.isnan(value) else f'{value + 0.0:.{digits}f}'}"
        for row in numbers
        for value, digits in zip(row, decimals, strict=True)
    )
    assert joined(cells_of(numbers, whole)).decode() == wanted.replace("-0.0000", "0.0000").replace(",-0,", ",0,")


def test_what_fits() -> None:
    assert fits(np.array([LARGEST, -LARGEST, np.nan]))
    assert not fits(np.array([1e8]))


def test_whole_numbers_and_texts() -> None:
    cells = whole_cells(np.array([0, 7, 120]))
    assert [joined(cell) for cell in cells] == [b"0", b"7", b"120"]
    cells = text_cells([b"a", b"nose"])
    assert [joined(cell) for cell in cells] == [b"a", b"nose"]
