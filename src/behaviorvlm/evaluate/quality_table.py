"""``quality.csv`` read back: the margin and the flags of every keypoint at every timepoint."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.types import FloatArray, IntArray, PoseFlag

COLUMNS = ("timepoint", "keypoint", "margin", "flags")


@dataclass(frozen=True, eq=False)
class QualityTable:
    """What a run says of its own keypoints.

    Attributes:
        margin: (timepoint, keypoint) float64 nats, NaN where not stated.
        flags: (timepoint, keypoint) int64 bits of `PoseFlag`.
    """

    margin: FloatArray
    flags: IntArray


def read_quality(path: Path, *, timepoints: IntArray, keypoints: Sequence[str]) -> QualityTable:
    """Return the rows of some timepoints and keypoints; what has no row has no margin and no flag.

    Args:
        path: ``quality.csv`` of a run.
        timepoints: (timepoint,) int64, the time axis wanted.
        keypoints: The keypoint axis wanted.

    Raises:
        FormatError: If the file cannot be read, lacks a column, or a cell is not what its column holds.
    """
    row_of = {int(timepoint): row for row, timepoint in enumerate(timepoints)}
    column_of = {name: column for column, name in enumerate(keypoints)}
    shape = (len(row_of), len(column_of))
    margin, flags = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            for cells in csv.DictReader(stream):
                place = row_of.get(int(cells["timepoint"])), column_of.get(cells["keypoint"])
                if None not in place:
                    margin[place], flags[place] = float(cells["margin"] or "nan"), _flag_bits(cells["flags"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise FormatError(
            "quality.csv cannot be read", where=str(path), expected=f"columns {', '.join(COLUMNS)}", actual=repr(error)
        ) from error
    return QualityTable(margin, flags)


def _flag_bits(names: str) -> int:
    """Return the bits of flag names joined by ``|``."""
    return sum(int(PoseFlag[name.upper()]) for name in names.split("|") if name)
