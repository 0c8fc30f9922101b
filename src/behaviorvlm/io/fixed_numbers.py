"""Numbers as text with a fixed number of decimals, many at once.

Formatting one number at a time takes Python 0.4 microseconds; a table of poses has tens of millions. Here digits are
looked up four at a time into cells of fixed width, and what a cell does not need is left out at the end.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from behaviorvlm.types import FloatArray
from behaviorvlm.types.arrays import BoolArray, ByteArray

GROUP = 10_000
"""Four digits are looked up at a time."""
DECIMALS = 4
LARGEST = float(GROUP * GROUP) - 1
"""Eight digits stand before the point."""
CELL = 20
"""Bytes of a cell: comma and sign, twice four digits, the point and four digits; NUL where there is nothing."""
NOTHING = 0


def fits(numbers: FloatArray) -> bool:
    """Return whether every one of (row, column) numbers is NaN or small enough for a cell."""
    return not np.any(np.abs(numbers) > LARGEST)


def cells_of(numbers: FloatArray, whole: BoolArray, *, missing: bytes = b"") -> ByteArray:
    """Return numbers as cells that begin with a comma, NUL where nothing stands.

    Args:
        numbers: (row, column) float64 that `fits`; NaN = blank.
        whole: (column,) bool, which columns are whole numbers; others have four decimals.
        missing: Up to four letters that stand for NaN.

    Returns:
        (row, column, 20) uint8.
    """
    padded, full, leading, fraction = _tables()
    gone = np.isnan(numbers)
    scale = np.where(whole, 1, GROUP)
    scaled = np.rint(np.where(gone, 0.0, np.abs(numbers)) * scale).astype(np.int64)
    before, after = np.divmod(scaled, scale)
    high, low = np.divmod(before, GROUP)
    words = np.zeros((*numbers.shape, CELL // 4), dtype=np.uint32)
    negative = (numbers < 0) & (scaled > 0)  # zero has no sign
    words[..., 0] = np.where(negative, _word(b"\0\0,-"), _word(b"\0\0\0,"))
    words[..., 1] = leading[high]
    words[..., 2] = np.where(high > 0, full[low], padded[low])
    words[..., 3:] = fraction[after].view(np.uint32).reshape(*numbers.shape, 2)
    words[:, whole, 3:] = NOTHING
    words[gone, 1:] = NOTHING
    words[gone, 1] = _word(missing.ljust(4, b"\0"))
    return words.view(np.uint8)


def whole_cells(numbers: np.ndarray) -> ByteArray:
    """Return (row,) whole numbers of 0 or more as cells without a comma, (row, digits) uint8."""
    width = len(str(int(numbers.max(initial=0))))
    texts = np.char.mod(f"%{width}d", numbers).astype(f"S{width}")
    cells = texts.view(np.uint8).reshape(len(numbers), width)
    return np.where(cells == ord(" "), NOTHING, cells).astype(np.uint8)


def text_cells(texts: list[bytes]) -> ByteArray:
    """Return texts as cells of one width, (text, byte) uint8."""
    width = max(map(len, texts), default=1)
    return np.frombuffer(b"".join(text.ljust(width, b"\0") for text in texts), dtype=np.uint8).reshape(-1, width)


def joined(cells: ByteArray) -> bytes:
    """Return what stands in (..., byte) uint8 cells, one after the other."""
    flat = cells.ravel()
    return bytes(flat[flat != NOTHING].tobytes())


def _word(four: bytes) -> np.uint32:
    return np.uint32(np.frombuffer(four, dtype=np.uint32)[0])


@lru_cache(maxsize=1)
def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return 0 to 9999 as up to four digits, as four digits, the same without a lone 0, and as four decimals."""
    texts = [str(number).encode() for number in range(GROUP)]
    padded = np.frombuffer(b"".join(text.rjust(4, b"\0") for text in texts), dtype=np.uint32)
    full = np.frombuffer(b"".join(text.rjust(4, b"0") for text in texts), dtype=np.uint32)
    fraction = np.frombuffer(b"".join(b"." + text.rjust(4, b"0") + b"\0\0\0" for text in texts), dtype=np.uint64)
    leading = padded.copy()
    leading[0] = NOTHING
    return padded, full, leading, fraction
