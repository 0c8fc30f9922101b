"""Tracks in whatever file they come: told by their content, read into one table, missing points as NaN.

A point is missing if the file leaves it out, if it is stored at exactly (0, 0), or if whoever tracked it was less
confident than a threshold. Every frame from 0 to the last has a row, those that the file leaves out without points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError, InputError, SettingsError
from behaviorvlm.io import deeplabcut, deeplabcut_h5, jabs, movement, sleap, sleap_labels
from behaviorvlm.io.deeplabcut_columns import animals_only
from behaviorvlm.io.hdf5 import reading
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.npy import MAGIC
from behaviorvlm.io.number_table import GZIP_MAGIC
from behaviorvlm.io.sequence_file import read_sequence, sequences
from behaviorvlm.io.toml_file import did_you_mean
from behaviorvlm.types import all_finite

DEEPLABCUT_CONFIDENCE = 0.3
"""DeepLabCut writes a place for every point, seen or not. On real rats this drops 1 to 3 % of a file's points, those
that jump most; its own default of 0.6, made for drawing, would drop a third."""
SPARSE = 1000
"""More frames than this for each row, and the numbers of the frames are taken for something else."""


@dataclass(frozen=True)
class TracksFormat:
    """One kind of file.

    Attributes:
        title: In words.
        read: Its reader; takes a path.
        min_confidence: Below it a point is missing, unless the user says otherwise.
    """

    title: str
    read: Callable[[Path], KeypointTable]
    min_confidence: float = 0.0


def read_tracks(
    path: Path, *, format: str | None = None, min_confidence: float | None = None, sequence: str = ""
) -> KeypointTable:
    """Return the named points in a file of tracks, one row for every frame from 0 to the last.

    Args:
        path: The file.
        format: Its kind, one of `FORMATS`; None = told by its content.
        min_confidence: Points of less confidence are missing; None = usual for the kind of file.
        sequence: Which of the file's recordings, where it holds several.

    Raises:
        FormatError: If it is none of the known kinds, or is damaged.
        InputError: If two individuals or keypoints have the same name.
        SettingsError: If there is no such format.
    """
    return _every_frame(read_points(path, format=format, min_confidence=min_confidence, sequence=sequence), path)


def read_points(
    path: Path, *, format: str | None = None, min_confidence: float | None = None, sequence: str = ""
) -> KeypointTable:
    """Return the named points in a file of tracks, rows as they are in the file; the rest is as in `read_tracks`.

    Raises:
        FormatError: If it is none of the known kinds, or is damaged.
        InputError: If two individuals or keypoints have the same name.
        SettingsError: If there is no such format.
    """
    kind = format or detect_format(path)
    if kind not in FORMATS:
        raise SettingsError(
            "unknown format", expected=", ".join(FORMATS), actual=kind, remedy=did_you_mean(kind, list(FORMATS))
        )
    chosen = FORMATS[kind]
    table = read_sequence(path, sequence) if kind in SEVERAL else chosen.read(path)
    _refuse_same_names(table, path)
    threshold = chosen.min_confidence if min_confidence is None else min_confidence
    return _without_missing(table, threshold)


def detect_format(path: Path) -> str:
    """Return which of `FORMATS` a file is, told by its content.

    Raises:
        FormatError: If it cannot be read or is none of them.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(64)
    except OSError as error:
        raise FormatError(
            "the file cannot be read", where=str(path), expected="a file of tracks", actual=str(error)
        ) from error
    found = _detect(path, head)
    if found is None:
        titles = ", ".join(kind.title for kind in FORMATS.values())
        raise FormatError(
            "the file holds no tracks of a known format",
            where=str(path),
            expected=titles,
            actual=repr(head[:16]) if head else "an empty file",
            remedy="export the tracks in one of these formats; a video goes to --video",
        )
    return found


def list_sequences(path: Path, *, format: str | None = None) -> tuple[str, ...]:
    """Return the names of the recordings in a file; one without a name where its kind holds one only.

    Raises:
        FormatError: If it is none of the known kinds, or is damaged.
    """
    kind = format or detect_format(path)
    if kind not in SEVERAL:
        return ("",)
    return tuple(sequences(path))


def _detect(path: Path, head: bytes) -> str | None:
    import h5py

    if h5py.is_hdf5(path):
        with reading(path, expected="a file of tracks") as file:
            known = next((name for name, groups in _GROUPS.items() if all(group in file for group in groups)), None)
            table = any(deeplabcut_h5.is_pandas_table(file[name]) for name in file)
            return known or ("deeplabcut-h5" if table else None)
    if head.startswith(MAGIC):
        return "npy"
    if head.lstrip().startswith(b"{"):
        return "calms21"
    if head.startswith(GZIP_MAGIC) or b"scorer" in head:
        return "deeplabcut" if deeplabcut.is_deeplabcut(path) else None
    return None


def _refuse_same_names(table: KeypointTable, path: Path) -> None:
    for names, what in ((table.individuals, "individuals"), (table.keypoints, "keypoints")):
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise InputError(
                f"{what} have the same name", where=str(path), expected="each name once", actual=", ".join(repeated),
                remedy="rename them in the program that tracked them, and export again",
            )  # fmt: skip


def _without_missing(table: KeypointTable, threshold: float) -> KeypointTable:
    points = table.points_px
    missing = ~all_finite(points) | (points == 0).all(axis=-1) | (table.confidence < threshold)
    lost = missing & ~(np.isnan(points).all(axis=-1) & np.isnan(table.confidence))
    if not lost.any():  # hours of tracks are not copied for nothing
        return table
    points, confidence = points.copy(), table.confidence
    points[lost] = np.nan
    if not np.isnan(confidence).all():
        confidence = np.where(missing, np.nan, confidence)
    return replace(table, points_px=points, confidence=confidence)


def _every_frame(table: KeypointTable, path: Path) -> KeypointTable:
    frames, rows = table.frames, len(table.frames)
    count = int(frames.max(initial=-1)) + 1
    different = len(np.unique(frames))
    if different < rows or count > SPARSE * rows or frames.min(initial=0) < 0:
        raise FormatError(
            "the numbers of the frames cannot be right",
            where=str(path),
            expected="each frame once, counted from 0",
            actual=f"{rows} rows with numbers from {frames.min()} to {count - 1}, {different} of them different",
        )
    if np.array_equal(frames, np.arange(count)):
        return table
    points = np.full((count, *table.points_px.shape[1:]), np.nan)
    confidence, lines = np.full(points.shape[:3], np.nan), np.full(count, -1)
    points[frames], confidence[frames], lines[frames] = table.points_px, table.confidence, table.lines
    return replace(table, frames=np.arange(count), points_px=points, confidence=confidence, lines=lines)


def _deeplabcut(path: Path) -> KeypointTable:
    return animals_only(deeplabcut.read_keypoints(path))


def _deeplabcut_h5(path: Path) -> KeypointTable:
    return animals_only(deeplabcut_h5.read_keypoints(path))


FORMATS: Mapping[str, TracksFormat] = {
    "deeplabcut": TracksFormat("DeepLabCut .csv, .csv.gz", _deeplabcut, DEEPLABCUT_CONFIDENCE),
    "deeplabcut-h5": TracksFormat("DeepLabCut .h5", _deeplabcut_h5, DEEPLABCUT_CONFIDENCE),
    "sleap": TracksFormat("SLEAP analysis.h5", sleap.read_keypoints),
    "slp": TracksFormat("SLEAP .slp", sleap_labels.read_keypoints),
    "jabs": TracksFormat("JABS pose .h5", jabs.read_keypoints),
    "movement": TracksFormat("movement .nc", movement.read_keypoints),
    "npy": TracksFormat("MABe22 or CalMS21 .npy", partial(read_sequence, name="")),
    "calms21": TracksFormat("CalMS21 .json", partial(read_sequence, name="")),
}
"""Name of a format to what it is."""
SEVERAL = ("npy", "calms21")
"""Formats of which a file may hold several recordings."""
_GROUPS = {
    "jabs": ("poseest/points",),
    "slp": ("metadata", "instances", "frames"),
    "sleap": ("tracks", "node_names"),
    "movement": ("position",),
}
"""What an HDF5 file of each format holds."""
