"""Many numbers as lines of text at once, digit by digit for whole arrays; the same text as number by number gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from behaviorvlm.types import BoolArray, ByteArray, FloatArray, IntArray

ZERO, MINUS, POINT, COMMA, NEWLINE = b"0-.,\n"
NOTHING = b"\0"
"""In the place of a character that is not there."""
NEAR_TIE = 1e-5
"""Nearer than this to the middle between two last digits, binary and decimal rounding may differ."""
LARGEST = 2**31
"""Numbers from here on, counted in their last digit, are left to others."""
Counts = npt.NDArray[np.uint32]


def lines_of(numbers: FloatArray, decimals: Sequence[int], *, missing: str = "") -> tuple[str, BoolArray]:
    """Return (row, column) numbers as lines, and which rows (row,) are not among them because they need more care.

    Args:
        numbers: (row, column) float64.
        decimals: Digits after the point of each column.
        missing: What stands for NaN, in ASCII.
    """
    places = np.asarray(decimals)
    gone = np.isnan(numbers)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.where(gone, 0.0, np.abs(numbers)) * 10.0**places
        near = np.abs(scaled - np.floor(scaled) - 0.5) < NEAR_TIE
        careful = np.asarray((near | ~(scaled < LARGEST)).any(axis=1), dtype=np.bool_)
    counts = np.rint(scaled[~careful]).astype(np.uint32)
    cells = _cells(counts, places, negative=(numbers[~careful] < 0) & (counts > 0), least=len(missing))
    word = missing.encode("ascii").ljust(cells.shape[-1] - 1, NOTHING)
    cells[gone[~careful], :-1] = np.frombuffer(word, dtype=np.uint8)
    return cells.tobytes().translate(None, NOTHING).decode("ascii"), careful


def _cells(counts: Counts, places: IntArray, *, negative: BoolArray, least: int) -> ByteArray:
    """Return (row, column, character) cells of counts of last digits, and what follows each.

    Args:
        counts: (row, column).
        places: Digits after the point of each column.
        negative: (row, column), which have a sign.
        least: Characters that a cell has room for.
    """
    after = int(places.max(initial=0))
    before = max(len(str(int((counts // (10**places).astype(np.uint32)).max(initial=0)))), least)
    cells = np.zeros((*counts.shape, 1 + before + 1 + after + 1), dtype=np.uint8)
    cells[..., 0] = np.where(negative, MINUS, 0)
    for digits in np.unique(places):
        columns = np.flatnonzero(places == digits)
        cells[:, columns, 1:-1] = _digits(counts[:, columns], int(digits), before=before, after=after)
    cells[..., -1] = COMMA
    cells[:, -1:, -1] = NEWLINE
    return cells


def _digits(counts: Counts, digits: int, *, before: int, after: int) -> ByteArray:
    """Return (row, column, character) digits with their point, zeros of the array where there is no character."""
    written = np.zeros((*counts.shape, before + 1 + after), dtype=np.uint8)
    rest = counts
    for place in range(digits):
        rest, written[..., before + digits - place] = _last_digit(rest)
    written[..., before] = POINT if digits else 0
    for place in range(before):
        shown = (rest > 0) | (place == 0)
        rest, digit = _last_digit(rest)
        written[..., before - 1 - place] = np.where(shown, digit, 0)
    return written


def _last_digit(counts: Counts) -> tuple[Counts, ByteArray]:
    rest = counts // np.uint32(10)
    return rest, (counts - rest * np.uint32(10) + np.uint32(ZERO)).astype(np.uint8)
