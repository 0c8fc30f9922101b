"""Published data sets that hold many recordings in one file: CalMS21 (json, npy) and MABe22 (npy)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError, InputError
from behaviorvlm.io import calms21, mabe22
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.npy import MAGIC, read_npy
from behaviorvlm.io.toml_file import did_you_mean

Sequences = Mapping[str, Mapping[str, object]]
"""Name of a sequence to its keypoints, and its scores, annotations and metadata where it has them."""
SHOWN = 10


def sequences(path: Path) -> Sequences:
    """Return the sequences of a file; one without a name where it is an array of points alone.

    The whole file is read, and kept until another is asked for.

    Raises:
        FormatError: If it is neither CalMS21's nor MABe22's.
    """
    try:
        stat = path.stat()
        return _sequences(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise FormatError("the file cannot be read", where=str(path), actual=str(error)) from error


def choose_sequence(path: Path, name: str) -> Mapping[str, object]:
    """Return one sequence of a file.

    Args:
        path: The file.
        name: As the file has it, or with _ for /, or its last part; anything where the file holds one only.

    Raises:
        FormatError: If it is neither CalMS21's nor MABe22's.
        InputError: If there is no such sequence, or several and no name.
    """
    found = sequences(path)
    for full, sequence in found.items():
        if name in (full, full.replace("/", "_"), full.rsplit("/", 1)[-1]):
            return sequence
    if len(found) == 1:
        return next(iter(found.values()))
    raise InputError(
        f"there is no sequence {name}" if name else "the file holds several sequences",
        where=str(path),
        expected=f"one of {', '.join(list(found)[:SHOWN])}{' ...' if len(found) > SHOWN else ''}",
        actual=name or f"{len(found)} sequences",
        remedy=did_you_mean(name, list(found)) or "name one in a project file: sequence = ...",
    )


def read_sequence(path: Path, name: str) -> KeypointTable:
    """Return the points of one sequence: CalMS21's by their shape, otherwise MABe22's.

    Raises:
        FormatError: If it is neither CalMS21's nor MABe22's.
        InputError: If there is no such sequence, or several and no name.
    """
    sequence = choose_sequence(path, name)
    if len(sequences(path)) == 1:
        _sequences.cache_clear()  # nobody will ask for another one, and an hour of points is large
    keypoints, where = sequence["keypoints"], f"{path} {name}".strip()
    if path.suffix != ".npy" or np.asarray(keypoints).shape[1:] == calms21.SHAPE:
        return calms21.table_of(keypoints, sequence.get("scores"), where=where)
    return mabe22.table_of(keypoints, where=where)


@lru_cache(maxsize=1)
def _sequences(path: Path, size: int, modified_ns: int) -> Sequences:
    """Read `path`; `size` and `modified_ns` are there for the cache alone."""
    content = _content(path)
    if isinstance(content, np.ndarray):
        return {"": {"keypoints": content}}
    found = mabe22.sequences_in(content) or calms21.sequences_in(content)
    if not found:
        raise FormatError(
            "the file is neither CalMS21's nor MABe22's",
            where=str(path),
            expected="annotator, sequence, keypoints; or sequences, sequence, keypoints; or an array of points",
            actual=f"{type(content).__name__} {list(content)[:5] if isinstance(content, Mapping) else ''}".strip(),
        )
    return found


def _content(path: Path) -> object:
    with path.open("rb") as stream:
        if stream.read(len(MAGIC)) == MAGIC:
            return read_npy(path)
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise FormatError("the file cannot be read", where=str(path), expected="JSON", actual=str(error)) from error
