"""Poses as a tidy table: one row for each timepoint, individual and keypoint. What the CSV and the Parquet file share.

Columns are ``timepoint individual keypoint x_mm y_mm z_mm error_px views score`` and, of each camera,
``<camera>_x_px <camera>_y_px <camera>_confidence``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.types import FloatArray, IntArray
from behaviorvlm.types.pose_table import PoseBlock

KEYS = ("timepoint", "individual", "keypoint")
SPACE = ("x_mm", "y_mm", "z_mm")
MEASURED = (*SPACE, "error_px", "views", "score")
SEEN = ("_x_px", "_y_px", "_confidence")
VIEWS = MEASURED.index("views")


@dataclass(frozen=True)
class TidyHeader:
    """Which columns a table has.

    Attributes:
        individuals: Names, the individual axis.
        keypoints: Names, the keypoint axis.
        cameras: Names, the camera axis.
    """

    individuals: tuple[str, ...]
    keypoints: tuple[str, ...]
    cameras: tuple[str, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the columns that are numbers, but for ``timepoint``, in order."""
        return number_columns(self.cameras)


@dataclass(frozen=True, eq=False)
class TidyRows:
    """Some rows of a table, in its order.

    Attributes:
        timepoint: (row,) int64.
        place: (row, 2) int64, which individual and which keypoint.
        numbers: (row, column) float64, in the order of `TidyHeader.numbers`; NaN = blank.
        lines: (row,) int64, where the row stands in the file.
    """

    timepoint: IntArray
    place: IntArray
    numbers: FloatArray
    lines: IntArray


def number_columns(cameras: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns that are numbers, but for ``timepoint``, in order."""
    return (*MEASURED, *(f"{camera}{ending}" for camera in cameras for ending in SEEN))


def cameras_of(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the cameras that columns speak of."""
    return tuple(name.removesuffix(SEEN[0]) for name in columns if name.endswith(SEEN[0]))


def is_header(columns: Sequence[str]) -> bool:
    """Return whether these are the columns of such a table."""
    return set(KEYS) <= set(columns) and (set(SPACE) <= set(columns) or bool(cameras_of(columns)))


def require_header(columns: Sequence[str], *, where: str) -> None:
    """Refuse columns of another table, or a column that stands twice.

    Raises:
        FormatError: If they are.
    """
    twice = sorted({name for name in columns if list(columns).count(name) > 1})
    if twice:
        raise FormatError("columns stand twice", where=where, expected="each once", actual=", ".join(twice))
    halves = [f"{camera}{SEEN[1]}" for camera in cameras_of(columns) if f"{camera}{SEEN[1]}" not in columns]
    if not is_header(columns) or halves:
        raise FormatError(
            "columns are missing",
            where=where,
            expected=f"{', '.join(KEYS)}, and {', '.join(SPACE)} or <camera>_x_px, <camera>_y_px",
            actual=f"no {', '.join(halves)}" if halves else ", ".join(columns[:12]) or "an empty file",
        )


def numbers_of(block: PoseBlock, part: slice) -> FloatArray:
    """Return some timepoints of a block as (timepoint, individual, keypoint, column) float64, columns in order."""
    views = np.where(block.n_views[part] < 0, np.nan, block.n_views[part])
    measured = [block.points_mm[part], block.error_px[part][..., None], views[..., None], block.score[part][..., None]]
    seen = np.concatenate([block.points_px[part], block.confidence[part][..., None]], axis=-1)
    by_point = np.moveaxis(seen, 1, 3).reshape(*views.shape, seen.shape[1] * len(SEEN))
    return np.concatenate([*measured, by_point], axis=-1)


def blocks_of(pieces: Iterable[TidyRows], header: TidyHeader, *, where: str) -> Iterator[PoseBlock]:
    """Yield blocks of whole timepoints from pieces of rows.

    Raises:
        FormatError: If timepoints do not rise, or a point stands twice.
    """
    kept: TidyRows | None = None
    for piece in pieces:
        rows = piece if kept is None else _joined(kept, piece)
        _refuse_falling(rows, where)
        whole = int(np.searchsorted(rows.timepoint, rows.timepoint[-1])) if len(rows.timepoint) else 0
        if whole:
            yield _block(_cut(rows, slice(0, whole)), header, where=where)
        kept = _cut(rows, slice(whole, None))
    if kept is not None and len(kept.timepoint):
        yield _block(kept, header, where=where)


def _joined(one: TidyRows, other: TidyRows) -> TidyRows:
    return TidyRows(
        np.concatenate([one.timepoint, other.timepoint]),
        np.concatenate([one.place, other.place]),
        np.concatenate([one.numbers, other.numbers]),
        np.concatenate([one.lines, other.lines]),
    )


def _cut(rows: TidyRows, part: slice) -> TidyRows:
    return TidyRows(rows.timepoint[part], rows.place[part], rows.numbers[part], rows.lines[part])


def _refuse_falling(rows: TidyRows, where: str) -> None:
    falls = np.flatnonzero(np.diff(rows.timepoint) < 0)
    if len(falls) or (len(rows.timepoint) and rows.timepoint[0] < 0):
        row = int(falls[0]) + 1 if len(falls) else 0
        raise FormatError(
            "timepoints do not rise",
            where=f"{where}, row {rows.lines[row]}",
            expected=f"{rows.timepoint[row - 1]} or later" if row else "0 or later",
            actual=str(rows.timepoint[row]),
            remedy="sort the table by timepoint",
        )


def _block(rows: TidyRows, header: TidyHeader, *, where: str) -> PoseBlock:
    timepoints, when = np.unique(rows.timepoint, return_inverse=True)
    shape = (len(timepoints), len(header.individuals), len(header.keypoints))
    place = np.ravel_multi_index((when, rows.place[:, 0], rows.place[:, 1]), shape)
    repeated = np.flatnonzero(np.bincount(place, minlength=1)[place] > 1)
    if len(repeated):
        row = int(repeated[-1])
        names = header.individuals[rows.place[row, 0]], header.keypoints[rows.place[row, 1]]
        raise FormatError(
            "a point stands twice",
            where=f"{where}, row {rows.lines[row]}",
            expected="one row for each timepoint, individual and keypoint",
            actual=f"{', '.join(names)} at timepoint {rows.timepoint[row]} again",
        )
    table = np.full((int(np.prod(shape)), rows.numbers.shape[1]), np.nan)
    table[place] = rows.numbers
    return _from_numbers(timepoints, table.reshape(*shape, -1), cameras=len(header.cameras))


def _from_numbers(timepoints: IntArray, table: FloatArray, *, cameras: int) -> PoseBlock:
    seen = np.moveaxis(table[..., len(MEASURED) :].reshape(*table.shape[:3], cameras, len(SEEN)), 3, 1)
    views = table[..., VIEWS]
    return PoseBlock(
        timepoints,
        seen[..., :2],
        seen[..., 2],
        table[..., :3],
        table[..., 3],
        np.where(np.isnan(views), -1, views).astype(np.int64),
        table[..., 5],
    )


def places_of(names: Iterable[str], known: dict[str, int]) -> IntArray:
    """Return the number of each name, (row,) int64; a new name gets the next, and `known` grows by it."""
    return np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int64)
