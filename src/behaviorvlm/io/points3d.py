"""anipose's 3D table: ``<keypoint>_x _y _z _error _ncams _score`` for every keypoint, and ``fnum``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.number_table import Row, parse_numbers, read_rows, write_rows
from behaviorvlm.types import FloatArray, IntArray, Skeleton
from behaviorvlm.types.arrays import frozen_floats, frozen_ints
from behaviorvlm.types.pose_table import ONE_ANIMAL, PoseBlock, PoseTable

FIELDS = {"x": 4, "y": 4, "z": 4, "error": 4, "ncams": 0, "score": 4}
"""Column endings and their decimals: 0.1 micrometre, 0.0001 px."""
SPACE = ("x", "y", "z")
FRAME = "fnum"
NOT_TURNED = {f"M_{row}{column}": float(row == column) for row in range(3) for column in range(3)} | dict.fromkeys(
    ("center_0", "center_1", "center_2"), 0.0
)
"""anipose's rotation and centre of the world, where nothing was turned or moved."""
BLOCK_ROWS = 4096


@dataclass(frozen=True, eq=False)
class Points3D:
    """Named 3D keypoints of some timepoints, as a table holds them.

    Attributes:
        keypoints: Names, the keypoint axis.
        timepoints: (timepoint,) int64.
        points_mm: (timepoint, keypoint, 3) float64 world frame, mm; NaN = missing.
        error_px: (timepoint, keypoint) float64 reprojection error; NaN = missing or not stated.
        n_views: (timepoint, keypoint) int64 number of views used; -1 = not stated.
        score: (timepoint, keypoint) float64 in [0, 1]; NaN = missing or not stated.
    """

    keypoints: tuple[str, ...]
    timepoints: IntArray
    points_mm: FloatArray
    error_px: FloatArray
    n_views: IntArray
    score: FloatArray

    def __post_init__(self) -> None:
        timepoints = frozen_ints(self.timepoints, (None,), name="timepoints")
        object.__setattr__(self, "timepoints", timepoints)
        shape = (len(timepoints), len(self.keypoints))
        object.__setattr__(self, "points_mm", frozen_floats(self.points_mm, (*shape, 3), name="points_mm"))
        object.__setattr__(self, "error_px", frozen_floats(self.error_px, shape, name="error_px"))
        object.__setattr__(self, "n_views", frozen_ints(self.n_views, shape, name="n_views"))
        object.__setattr__(self, "score", frozen_floats(self.score, shape, name="score"))

    @classmethod
    def from_points(cls, keypoints: tuple[str, ...], timepoints: IntArray, points_mm: FloatArray) -> Points3D:
        """Return a table of bare points: (timepoint, keypoint, 3) mm, nothing else stated."""
        unknown = np.full(points_mm.shape[:2], np.nan)
        return cls(keypoints, timepoints, points_mm, unknown, np.full(unknown.shape, -1), unknown)


def read_points3d(path: Path) -> Points3D:
    """Return a whole 3D table; see `iterate_points3d`.

    Raises:
        FormatError: If it is no such table, or a cell is no number.
    """
    blocks = list(iterate_points3d(path))
    first = blocks[0]
    return Points3D(
        first.keypoints,
        np.concatenate([block.timepoints for block in blocks]),
        np.concatenate([block.points_mm for block in blocks]),
        np.concatenate([block.error_px for block in blocks]),
        np.concatenate([block.n_views for block in blocks]),
        np.concatenate([block.score for block in blocks]),
    )


def iterate_points3d(path: Path, *, block_rows: int = BLOCK_ROWS) -> Iterator[Points3D]:
    """Yield a 3D table in blocks of rows, at least one (which may be empty).

    ``_error``, ``_ncams``, ``_score`` and ``fnum`` may be missing; then the row number is the timepoint. Columns of
    other names (anipose's ``M_00`` ...) are ignored.

    Raises:
        FormatError: If no keypoint has x, y and z columns, or a cell is no number.
    """
    rows = read_rows(path)
    _, header = next(rows, (0, []))
    keypoints = tuple(name[:-2] for name in header if name.endswith("_x") and _has_space(name[:-2], header))
    if not keypoints:
        raise FormatError(
            "no 3D keypoints",
            where=str(path),
            expected="columns <keypoint>_x, <keypoint>_y, <keypoint>_z",
            actual=", ".join(header[:8]) or "an empty file",
        )
    read = 0
    block = list(islice(rows, block_rows))
    while block or read == 0:
        yield _parse_block(block, header, keypoints=keypoints, first=read, path=path)
        read += max(len(block), 1)
        block = list(islice(rows, block_rows))


def write_points3d(path: Path, blocks: Iterable[Points3D], *, keypoints: Sequence[str], turned: bool = False) -> None:
    """Write blocks of 3D keypoints as they come, in a fixed number format.

    Args:
        path: The file; replaced whole at the end.
        blocks: Consecutive blocks, all of `keypoints`.
        keypoints: Names, in column order.
        turned: Add the columns by which anipose says how it turned the world; some readers ask for them. It was not.

    Raises:
        RunStorageError: If the disk refuses.
    """
    unturned = NOT_TURNED if turned else {}
    header = [*(f"{name}_{field}" for name in keypoints for field in FIELDS), *unturned, FRAME]
    decimals = [*FIELDS.values()] * len(keypoints) + [0] * (len(unturned) + 1)
    write_rows(path, [header], (_to_numbers(block, tuple(unturned.values())) for block in blocks), decimals=decimals)


def is_points3d(path: Path) -> bool:
    """Return whether a file is such a table."""
    try:
        _, header = next(read_rows(path), (0, []))
    except FormatError:
        return False
    return any(name.endswith("_x") and _has_space(name[:-2], header) for name in header)


def read_pose(path: Path) -> PoseTable:
    """Return a 3D table as named points over time, read again block by block whenever it is asked for blocks.

    Raises:
        FormatError: If it is no such table, or a cell is no number.
    """
    keypoints: tuple[str, ...] = ()
    last = -1
    for block in iterate_points3d(path):
        keypoints, last = block.keypoints, max(last, int(block.timepoints.max(initial=-1)))
    return PoseTable(
        path.stem, Skeleton(keypoints), (ONE_ANIMAL,), (), last + 1, lambda: map(_to_block, iterate_points3d(path))
    )


def write_pose(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write the positions of one individual.

    Args:
        path: The file; replaced whole at the end.
        poses: What to write.
        options: Not used.

    Returns:
        The file.

    Raises:
        SettingsError: If there are several individuals.
        RunStorageError: If the disk refuses.
    """
    poses.require_one_individual(where=str(path))
    write_points3d(
        path,
        map(partial(_from_block, keypoints=poses.keypoints), poses.blocks()),
        keypoints=poses.keypoints,
        turned=True,
    )
    return (path,)


def _to_block(table: Points3D) -> PoseBlock:
    bare = PoseBlock.of_points_mm(table.timepoints, table.points_mm[:, None])
    return replace(bare, error_px=table.error_px[:, None], n_views=table.n_views[:, None], score=table.score[:, None])


def _from_block(block: PoseBlock, *, keypoints: tuple[str, ...]) -> Points3D:
    return Points3D(
        keypoints, block.timepoint, block.points_mm[:, 0], block.error_px[:, 0], block.n_views[:, 0], block.score[:, 0]
    )


def _has_space(keypoint: str, header: Sequence[str]) -> bool:
    return all(f"{keypoint}_{axis}" in header for axis in SPACE)


def _parse_block(
    rows: Sequence[Row], header: Sequence[str], *, keypoints: tuple[str, ...], first: int, path: Path
) -> Points3D:
    wanted = [f"{name}_{field}" for name in keypoints for field in FIELDS] + [FRAME]
    present = [name in header for name in wanted]
    table = np.full((len(rows), len(wanted)), np.nan)
    columns = [header.index(name) for name, there in zip(wanted, present, strict=True) if there]
    table[:, present] = parse_numbers(rows, columns, path=path)
    cube = table[:, :-1].reshape(len(rows), len(keypoints), len(FIELDS))
    timepoints = np.where(np.isnan(table[:, -1]), first + np.arange(len(rows)), table[:, -1])
    n_views = np.where(np.isnan(cube[..., 4]), -1, cube[..., 4])
    return Points3D(
        keypoints, timepoints.astype(np.int64), cube[..., :3], cube[..., 3], n_views.astype(np.int64), cube[..., 5]
    )


def _to_numbers(block: Points3D, unturned: tuple[float, ...]) -> FloatArray:
    n_views = np.where(block.n_views < 0, np.nan, block.n_views)
    fields = np.concatenate(
        [block.points_mm, block.error_px[..., None], n_views[..., None], block.score[..., None]], axis=-1
    )
    columns = len(block.keypoints) * len(FIELDS)
    same = np.broadcast_to(unturned, (len(fields), len(unturned)))
    return np.column_stack([fields.reshape(-1, columns), same, block.timepoints])
