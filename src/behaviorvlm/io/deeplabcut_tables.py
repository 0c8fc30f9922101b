"""DeepLabCut's predictions, ``.csv`` and ``.h5``: a table for each camera, a row for each frame of its video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from behaviorvlm.io.deeplabcut import CONFIDENCE_DECIMALS, HEADER_KEYS, PX_DECIMALS
from behaviorvlm.io.deeplabcut_columns import COORDS
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.file_names import file_names
from behaviorvlm.io.labelled_views import every_frame, n_frames, paths_of_cameras, refuse_without_views
from behaviorvlm.io.number_table import write_rows
from behaviorvlm.io.pandas_h5 import write_table
from behaviorvlm.types import FloatArray
from behaviorvlm.types.pose_table import PoseTable

H5 = ".h5"
Names = list[tuple[str, ...]]


def write_predictions(path: Path, poses: PoseTable, options: ExportOptions) -> tuple[Path, ...]:
    """Write the points of each camera with their confidence: HDF5 where the path ends so, otherwise text.

    Several cameras go to a file each, with ``_<camera>`` before the ending.

    Raises:
        SettingsError: If there are no points in pictures.
        RunStorageError: If the disk refuses.
    """
    refuse_without_views(poses, str(path))
    paths = paths_of_cameras(path, poses, file_names(poses.cameras))
    columns = column_names(poses, options.scorer, COORDS)
    levels = level_names(poses)
    for camera, file in paths.items():
        if path.suffix.lower() == H5:
            index = np.arange(n_frames(poses, camera))
            rows = (numbers[:, 1:] for numbers in _numbers(poses, camera))
            write_table(file, rows, columns=columns, names=levels, index=index)
        else:
            decimals = [0, *[PX_DECIMALS, PX_DECIMALS, CONFIDENCE_DECIMALS] * (len(columns) // len(COORDS))]
            lines = map(_without_blank_beginning, _numbers(poses, camera))
            write_rows(file, header_rows(columns, levels), lines, decimals=decimals)
    return tuple(paths.values())


def column_names(poses: PoseTable, scorer: str, coords: Sequence[str]) -> Names:
    """Return the names of each column, level by level; without the level of individuals where there is one only."""
    return [
        (scorer, *([individual] if len(poses.individuals) > 1 else []), keypoint, coord)
        for individual in poses.individuals
        for keypoint in poses.keypoints
        for coord in coords
    ]


def level_names(poses: PoseTable) -> tuple[str, ...]:
    """Return what the levels of the columns' names are."""
    return HEADER_KEYS if len(poses.individuals) > 1 else (HEADER_KEYS[0], *HEADER_KEYS[2:])


def header_rows(columns: Names, levels: Sequence[str], *, index_columns: int = 1) -> list[list[str]]:
    """Return the first rows of a table as text: a level each, its name in the first of the index columns."""
    blank = [""] * (index_columns - 1)
    return [[level, *blank, *names] for level, names in zip(levels, zip(*columns, strict=True), strict=True)]


def _numbers(poses: PoseTable, camera: str) -> Iterator[FloatArray]:
    for frames, points, confidence in every_frame(poses, camera):
        cells = np.concatenate([points, confidence[..., None]], axis=-1)
        yield np.column_stack([frames, cells.reshape(len(frames), -1)])


def _without_blank_beginning(numbers: FloatArray) -> FloatArray:
    """Return the rows with a likelihood of 0 where the first shows nothing: pandas takes a blank one for a header."""
    if len(numbers) and numbers[0, 0] == 0 and np.isnan(numbers[0, 1:]).all():
        numbers[0, len(COORDS) :: len(COORDS)] = 0.0
    return numbers
