"""CalMS21's labels: ``labelId,timestamp,endTimestamp`` in seconds, or a label for each frame beside the points.

All are of what the resident does to the intruder. ``other`` is what nobody named: it makes no bout.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io import calms21
from behaviorvlm.io.frame_marks import stretches_of
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval
from behaviorvlm.io.number_table import Row, read_rows
from behaviorvlm.io.sequence_file import choose_sequence
from behaviorvlm.types import Behavior

HEADER = ["labelId", "timestamp", "endTimestamp"]
BACKGROUND = "other"
NAMES = frozenset({"attack", "investigation", "mount", BACKGROUND})
RESIDENT, INTRUDER = calms21.ANIMALS
INDIVIDUAL, TARGET = "individual", "target"
"""In the metadata of what is written here: who it is about, where that is not the resident and the intruder."""


def is_label_table(path: Path) -> bool:
    """Return whether a file is a table of labels.

    Raises:
        FormatError: If it cannot be read as comma separated text.
    """
    return next(read_rows(path), (0, []))[1] == HEADER


def has_known_names(path: Path) -> bool:
    """Return whether all labels of a table are those of CalMS21's first task; others are of V-TRACE's users.

    Raises:
        FormatError: If it cannot be read as comma separated text.
    """
    return {cells[0] for _, cells in read_rows(path) if cells != HEADER} <= NAMES


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
    stored = sequence.get("metadata")
    metadata: Mapping[str, object] = stored if isinstance(stored, Mapping) else {}
    vocabulary = metadata.get("vocab")
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not isinstance(vocabulary, Mapping):
        raise FormatError(
            "the sequence has no labels",
            where=f"{path} {recording}".strip(),
            expected="annotations, a number for each frame, and their names in metadata, vocab",
            actual=f"annotations of shape {labels.shape}",
        )
    names = {int(number): str(name) for name, number in vocabulary.items()}
    who, whom = str(metadata.get(INDIVIDUAL, RESIDENT)), str(metadata.get(TARGET, INTRUDER))
    intervals = (
        LabelInterval(names.get(number, str(number)), start, stop, in_frames=True, individual=who, target=whom)
        for start, stop, number in stretches_of(labels.astype(np.int64))
    )
    rate = metadata.get("fps")
    return LabelFile(
        tuple(one for one in intervals if one.behavior != BACKGROUND),
        n_frames=len(labels),
        frame_rate_hz=float(rate) if isinstance(rate, int | float) and rate > 0 else None,
        behaviors=tuple(Behavior(name) for name in names.values() if name != BACKGROUND),
    )


def _interval(row: Row, path: Path) -> LabelInterval:
    line, cells = row
    try:
        behavior, start, stop = cells[0], float(cells[1]), float(cells[2])
    except (ValueError, IndexError) as error:
        raise FormatError(
            "a row is no label", where=f"{path}, line {line}", expected=",".join(HEADER), actual=",".join(cells)
        ) from error
    return LabelInterval(behavior, start, stop, individual=RESIDENT, target=INTRUDER, line=line)
