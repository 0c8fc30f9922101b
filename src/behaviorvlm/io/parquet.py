"""Poses as a tidy Parquet file; see `tidy_rows` for its columns. Needs pyarrow.

Names are dictionaries (pandas: categories), missing numbers are null. Skeleton, frame rate and provenance are JSON in
the file's metadata under ``behaviorvlm``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.pose_notes import notes_text, parse_notes, with_notes
from behaviorvlm.io.tidy_rows import (
    KEYS,
    VIEWS,
    TidyHeader,
    TidyRows,
    blocks_of,
    cameras_of,
    is_header,
    number_columns,
    numbers_of,
    places_of,
    require_header,
)
from behaviorvlm.types import IntArray, Skeleton
from behaviorvlm.types.pose_table import PoseBlock, PoseTable

if TYPE_CHECKING:
    import pyarrow

NOTES = b"behaviorvlm"
MAGIC = b"PAR1"
BATCH_ROWS = 65_536
EXPECTED = "a Parquet file, whole"


def write_pose(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write poses as a tidy Parquet file, a row group of each block.

    Args:
        path: The file; replaced whole at the end.
        poses: What to write.
        options: Not used.

    Returns:
        The file.

    Raises:
        RunStorageError: If the disk refuses.
    """
    import pyarrow.parquet as parquet

    schema = _schema(poses)
    names = [name for name in schema.names if name not in KEYS]
    with (
        replacing(path) as temporary,
        parquet.ParquetWriter(
            temporary, schema, compression="snappy", use_dictionary=list(KEYS[1:]), write_statistics=[KEYS[0]]
        ) as file,
    ):
        for block in poses.blocks():
            file.write_table(_table(block, poses, schema=schema, names=names))
    return (path,)


def read_pose(path: Path) -> PoseTable:
    """Return a tidy Parquet file, ours or another's, as named points over time.

    Raises:
        FormatError: If it is cut short, columns are missing or of the wrong kind, timepoints do not rise, or a point
            stands twice.
    """
    with _reading(path):
        columns, notes = _columns(path)
        header, last = _scan(path, columns)
    poses = PoseTable(
        path.stem,
        Skeleton(header.keypoints),
        header.individuals,
        header.cameras,
        last + 1,
        lambda: blocks_of(_pieces(path, columns, header), header, where=str(path)),
    )
    return with_notes(poses, parse_notes(notes, where=str(path)), where=str(path)) if notes else poses


def is_tidy(path: Path) -> bool:
    """Return whether a file is such a table."""
    from importlib.util import find_spec

    if not path.is_file() or not find_spec("pyarrow"):
        return False
    with path.open("rb") as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            return False
    try:
        with _reading(path):
            return is_header(_columns(path)[0])
    except FormatError:
        return False


def _schema(poses: PoseTable) -> pyarrow.Schema:
    import pyarrow as pa

    name = pa.dictionary(pa.int32(), pa.string())
    numbers = number_columns(poses.cameras)
    fields = [(KEYS[0], pa.int64()), (KEYS[1], name), (KEYS[2], name)]
    fields += [(column, pa.int16() if place == VIEWS else pa.float64()) for place, column in enumerate(numbers)]
    return pa.schema(fields, metadata={NOTES: notes_text(poses).encode()})


def _table(block: PoseBlock, poses: PoseTable, *, schema: pyarrow.Schema, names: Sequence[str]) -> pyarrow.Table:
    import pyarrow as pa

    count, per_timepoint = len(block.timepoint), len(poses.individuals) * len(poses.keypoints)
    individual = np.tile(np.repeat(np.arange(len(poses.individuals)), len(poses.keypoints)), count)
    keypoint = np.tile(np.arange(len(poses.keypoints)), count * len(poses.individuals))
    columns = numbers_of(block, slice(None)).reshape(count * per_timepoint, -1).T
    arrays = [
        pa.array(np.repeat(block.timepoint, per_timepoint)),
        pa.DictionaryArray.from_arrays(pa.array(individual.astype(np.int32)), pa.array(poses.individuals, pa.string())),
        pa.DictionaryArray.from_arrays(pa.array(keypoint.astype(np.int32)), pa.array(poses.keypoints, pa.string())),
    ]
    # pandas' way with NaN: null
    plain = [pa.array(np.ascontiguousarray(column), from_pandas=True) for column in columns]
    arrays += [column.cast(schema.field(name).type) for name, column in zip(names, plain, strict=True)]
    return pa.table(arrays, schema=schema)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what pyarrow says of a bad file into an error that names it."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, KeyError) as error:
        raise FormatError("the file cannot be read", where=str(path), expected=EXPECTED, actual=str(error)) from error


def _columns(path: Path) -> tuple[list[str], str]:
    import pyarrow.parquet as parquet

    schema = parquet.read_schema(path)
    return list(schema.names), (schema.metadata or {}).get(NOTES, b"").decode()


def _batches(path: Path, columns: Sequence[str]) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(path) as file:
        yield from file.iter_batches(BATCH_ROWS, columns=list(columns))


def _scan(path: Path, columns: Sequence[str]) -> tuple[TidyHeader, int]:
    """Return the names in a file, in order of appearance, and its last timepoint."""
    require_header(columns, where=str(path))
    individuals: dict[str, int] = {}
    keypoints: dict[str, int] = {}
    last = -1
    for batch in _batches(path, KEYS):
        places_of(_texts(batch[KEYS[1]].unique()), individuals)
        places_of(_texts(batch[KEYS[2]].unique()), keypoints)
        last = max(last, int(_floats(batch[KEYS[0]], KEYS[0], path).max(initial=-1)))
    if not keypoints:
        raise FormatError("the table has no rows", where=str(path), expected="one row a keypoint", actual="none")
    return TidyHeader(tuple(individuals), tuple(keypoints), cameras_of(columns)), last


def _pieces(path: Path, columns: Sequence[str], header: TidyHeader) -> Iterator[TidyRows]:
    there = [name for name in header.numbers if name in columns]
    into = [header.numbers.index(name) for name in there]
    read = 0
    with _reading(path):
        for batch in _batches(path, (*KEYS, *there)):
            table = np.full((len(batch), len(header.numbers)), np.nan)
            for column, name in zip(into, there, strict=True):
                table[:, column] = _floats(batch[name], name, path)
            place = np.stack([_places(batch[KEYS[1]], header.individuals), _places(batch[KEYS[2]], header.keypoints)])
            when = _floats(batch[KEYS[0]], KEYS[0], path).astype(np.int64)
            yield TidyRows(when, place.T, table, read + np.arange(len(batch)))
            read += len(batch)


def _floats(column: pyarrow.Array, name: str, path: Path) -> np.ndarray:
    import pyarrow as pa

    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise FormatError(
            "a column is of the wrong kind", where=f"{path}, column {name}", expected="numbers", actual=str(column.type)
        )
    if name == KEYS[0] and column.null_count:
        raise FormatError("a timepoint is missing", where=f"{path}, column {name}", expected="a number in every row")
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _texts(column: pyarrow.Array) -> list[str]:
    return [str(name) for name in column.to_pylist()]


def _places(column: pyarrow.Array, names: Sequence[str]) -> IntArray:
    """Return which of `names` each cell holds, (row,) int64; dictionaries are looked up once."""
    import pyarrow as pa

    known = {name: place for place, name in enumerate(names)}
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    by_code = places_of(_texts(coded.dictionary), known)
    return by_code[np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)]
