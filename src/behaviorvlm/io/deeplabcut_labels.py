"""DeepLabCut's labels of pictures, ``CollectedData_<scorer>.csv`` and ``.h5``."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.deeplabcut import PX_DECIMALS
from behaviorvlm.io.deeplabcut_columns import COORDS
from behaviorvlm.io.deeplabcut_tables import column_names, header_rows, level_names
from behaviorvlm.io.number_table import format_numbers
from behaviorvlm.io.pandas_h5 import write_table
from behaviorvlm.types import FloatArray
from behaviorvlm.types.pose_table import PoseTable

Places = Sequence[tuple[str, ...]]
"""The path of each picture, in parts."""


def write_label_csv(path: Path, poses: PoseTable, points_px: FloatArray, *, places: Places, scorer: str) -> None:
    """Write labels as text.

    Args:
        path: The file.
        poses: Whose individuals and keypoints they are.
        points_px: (row, individual, keypoint, 2) float64 px, NaN = blank.
        places: Of each row's picture; a column each part.
        scorer: Who labelled.

    Raises:
        RunStorageError: If the disk refuses.
    """
    columns = column_names(poses, scorer, COORDS[:2])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(header_rows(columns, level_names(poses), index_columns=len(places[0])))
    numbers = format_numbers(points_px.reshape(len(places), -1), [PX_DECIMALS] * len(columns)).splitlines()
    for place, line in zip(places, numbers, strict=True):
        writer.writerow([*place, *line.split(",")])
    write_text(path, text.getvalue())


def write_label_h5(path: Path, poses: PoseTable, points_px: FloatArray, *, places: Places, scorer: str) -> None:
    """Write labels as HDF5, numbers rounded as in the text; arguments as in `write_label_csv`.

    Args:
        path: The file.
        poses: Whose individuals and keypoints they are.
        points_px: (row, individual, keypoint, 2) float64 px.
        places: Of each row's picture.
        scorer: Who labelled.

    Raises:
        RunStorageError: If the disk refuses.
    """
    columns = column_names(poses, scorer, COORDS[:2])
    numbers = np.round(points_px.reshape(len(places), -1), PX_DECIMALS)
    write_table(path, [numbers], columns=columns, names=level_names(poses), index=places)
