"""Tables mapped from disk: what was looked at need not stay in memory."""

from __future__ import annotations

import mmap

import numpy as np

from behaviorvlm.types import AnyArray


def let_go(rows: AnyArray) -> None:
    """Give back the memory of the pages of a table that were read or written so far; nothing happens to its content.

    The system would take them back when memory runs short, but until then they count as this process's, and hours of
    features are gigabytes. A table that lies in memory is left alone.

    Args:
        rows: An array of any shape, mapped from disk (`types.RowStore`) or a part of one that is.
    """
    part: object = rows
    while isinstance(part, np.ndarray):
        part = part.base
    if isinstance(part, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):  # shared with the file: what was written is kept
        part.madvise(mmap.MADV_DONTNEED)
