"""Tables mapped from disk: what was looked at need not stay in memory."""

from __future__ import annotations

import mmap

import numpy as np

from behaviorvlm.types import AnyArray


def let_go(rows: AnyArray) -> None:
    """Give back the memory of the pages that rows lie on; nothing happens to their content.

    The system would take them back when memory runs short, but until then they count as this process's, and hours of
    features are gigabytes. What lies in memory is left alone.

    Args:
        rows: An array of any shape, mapped from disk (`types.RowStore`), or the part of one that was looked at: what
            this costs grows with its size.
    """
    mapped = _mapping(rows)
    if mapped is None or not rows.size:
        return
    origin = _address(np.frombuffer(mapped, np.uint8))
    for part in [rows] if rows.flags.c_contiguous else rows:
        first = _address(part) - origin
        start = first - first % mmap.PAGESIZE
        mapped.madvise(mmap.MADV_DONTNEED, start, first + part.nbytes - start)  # shared with the file: writes are kept


def _mapping(rows: AnyArray) -> mmap.mmap | None:
    part: object = rows
    while isinstance(part, np.ndarray):
        part = part.base
    return part if isinstance(part, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED") else None


def _address(part: AnyArray) -> int:
    return int(part.__array_interface__["data"][0])
