"""CalMS21's labels: ``labelId,timestamp,endTimestamp`` in seconds, or a label for each frame beside the points.

All are of what the resident does to the intruder. ``other`` is what nobody named: it makes no bout.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io import calms21
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval
from behaviorvlm.io.number_table import Row, read_rows
from behaviorvlm.io.sequence_file import choose_sequence

HEADER = ["labelId", "timestamp", "endTimestamp"]
BACKGROUND = "other"
RESIDENT, INTRUDER = calms21.ANIMALS


def is_label_table(path: Path) -> bool:
    """Return whether a file is a table of labels.

    Raises:
        FormatError: If it cannot be read as comma separated text.
    """
    return next(read_rows(path), (0, []))[1] == HEADER


def read_table(path: Path) -> LabelFile:
    """Return the intervals of a table of labels.

    Raises:
        FormatError: If it is no such table, or a cell is no number.
    """
    rows = read_rows(path)
    if next(rows, (0, []))[1] != HEADER:
        raise FormatError("the table is not CalMS21's", where=str(path), expected=",".join(HEADER))
    return LabelFile(tuple(_interval(row, path) for row in rows))


def read_annotations(path: Path, recording: str) -> LabelFile:
    """Return the intervals that the labels of the frames of one sequence make.

    Args:
        path: The json or npy.
        recording: Its name, as the file has it, or with _ for /, or its last part; "" where there is only one.

    Raises:
        FormatError: If it is no such file, or its labels have no names.
        InputError: If there is no such sequence.
    """
    sequence = choose_sequence(path, recording)
    labels = np.asarray(sequence.get("annotations", ()))
    metadata = sequence.get("metadata")
    vocabulary = metadata.get("vocab") if isinstance(metadata, Mapping) else None
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not isinstance(vocabulary, Mapping):
        raise FormatError(
            "the sequence has no labels",
            where=f"{path} {recording}".strip(),
            expected="annotations, a number for each frame, and their names in metadata, vocab",
            actual=f"annotations of shape {labels.shape}",
        )
    names = {int(number): str(name) for name, number in vocabulary.items()}
    edges = np.flatnonzero(np.diff(labels, prepend=labels[:1] - 1, append=labels[-1:] - 1))
    intervals = (
        LabelInterval(
            names.get(int(labels[start]), str(labels[start])), int(start), int(stop), in_frames=True,
            individual=RESIDENT, target=INTRUDER,
        )
        for start, stop in pairwise(edges)
    )  # fmt: skip
    return LabelFile(tuple(one for one in intervals if one.behavior != BACKGROUND), n_frames=len(labels))


def _interval(row: Row, path: Path) -> LabelInterval:
    line, cells = row
    try:
        behavior, start, stop = cells[0], float(cells[1]), float(cells[2])
    except (ValueError, IndexError) as error:
        raise FormatError(
            "a row is no label", where=f"{path}, line {line}", expected=",".join(HEADER), actual=",".join(cells)
        ) from error
    return LabelInterval(behavior, start, stop, individual=RESIDENT, target=INTRUDER, line=line)
