"""Tracks of one camera or several as named points over time, to be converted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.calms21 import SHAPE
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.labelled_views import BLOCK_ROWS
from behaviorvlm.io.mabe22 import AXES
from behaviorvlm.io.recording_names import recording_name
from behaviorvlm.io.sequence_file import sequences
from behaviorvlm.io.skeleton import symmetries_by_name
from behaviorvlm.io.tracks_file import SEVERAL, detect_format, read_points
from behaviorvlm.types import FloatArray, IntArray, Skeleton
from behaviorvlm.types.pose_table import ONE_ANIMAL, PoseBlock, PoseTable

Pairs = tuple[tuple[str, str], ...]


def read_pose(path: Path, *, sequence: str = "") -> PoseTable:
    """Return a file of tracks as one camera, whatever kind `tracks_file` knows it is.

    Points are as the file has them, however doubtful; those it leaves out, and those at exactly (0, 0), are missing.

    Args:
        path: The file.
        sequence: Which of the file's recordings, where it holds several.

    Raises:
        FormatError: If it is none of the known kinds, or is damaged.
        InputError: If two individuals or keypoints have the same name, or there is no such sequence.
    """
    table = read_points(path, min_confidence=0.0, sequence=sequence)
    return pose_table({recording_name(path): table}, name=recording_name(path), where=str(path))


def is_one_of(path: Path, kinds: tuple[str, ...]) -> bool:
    """Return whether a file is one of these kinds of `tracks_file`, told by its content."""
    try:
        return path.is_file() and detect_format(path) in kinds
    except FormatError:
        return False


def is_jabs(path: Path) -> bool:
    """Return whether a file holds JABS poses."""
    return is_one_of(path, ("jabs",))


def is_calms21(path: Path) -> bool:
    """Return whether a file holds CalMS21 tracks: two mice of seven keypoints, x and y apart."""
    return _is_sequence(path, calms21=True)


def is_mabe22(path: Path) -> bool:
    """Return whether a file holds MABe22 tracks: (frame, mouse, keypoint, 2)."""
    return _is_sequence(path, calms21=False)


def pose_table(
    tables: Mapping[str, KeypointTable],
    *,
    name: str,
    where: str,
    edges: Pairs = (),
    symmetries: Pairs | None = None,
    frame_offsets: Mapping[str, int] | None = None,
) -> PoseTable:
    """Return the points of cameras as named points over time; but for offsets, a frame is one instant in all of them.

    Args:
        tables: Of each camera, all of the same keypoints in any order; individuals may be missing.
        name: Of the recording.
        where: File or folder, for complaints.
        edges: Of the skeleton.
        symmetries: Of the skeleton; None = as the names of the keypoints tell.
        frame_offsets: Camera name to the frame that shows timepoint 0; 0 where left out.

    Raises:
        FormatError: If the cameras have different keypoints, or one has a frame twice.
    """
    offsets = {camera: (frame_offsets or {}).get(camera, 0) for camera in tables}
    tables = {camera: replace(table, frames=table.frames - offsets[camera]) for camera, table in tables.items()}
    first = next(iter(tables.values()))
    for camera, table in tables.items():
        _refuse_different(first, table, f"{where}, {camera}")
    individuals = tuple(dict.fromkeys(name or ONE_ANIMAL for table in tables.values() for name in table.individuals))
    timepoints = np.unique(np.concatenate([table.frames for table in tables.values()]))
    shape = (len(timepoints), len(tables), len(individuals), len(first.keypoints))
    points, confidence = np.full((*shape, 2), np.nan), np.full(shape, np.nan)
    for column, table in enumerate(tables.values()):
        place = _place(table, timepoints, individuals=individuals, keypoints=first.keypoints)
        points[:, column][place], confidence[:, column][place] = table.points_px, table.confidence
    pairs = symmetries_by_name(first.keypoints) if symmetries is None else symmetries
    return PoseTable(
        name,
        Skeleton(first.keypoints, edges, pairs),
        individuals,
        tuple(tables),
        int(timepoints.max(initial=-1)) + 1,
        blocks_of(timepoints, points, confidence),
        frame_rate_hz=next((table.frame_rate_hz for table in tables.values() if table.frame_rate_hz), None),
        frame_offsets=offsets,
    )


def blocks_of(timepoints: IntArray, points: FloatArray, confidence: FloatArray) -> Callable[[], Iterator[PoseBlock]]:
    """Return what gives 2D points in blocks.

    Args:
        timepoints: (timepoint,) int64, rising.
        points: (timepoint, camera, individual, keypoint, 2) float64 px.
        confidence: (timepoint, camera, individual, keypoint) float64.
    """
    return partial(_blocks, timepoints, points, confidence)


def _is_sequence(path: Path, *, calms21: bool) -> bool:
    try:
        if not is_one_of(path, SEVERAL):
            return False
        shapes = [np.asarray(sequence.get("keypoints")).shape for sequence in sequences(path).values()]
    except (FormatError, ValueError):
        return False
    return all((shape[1:] == SHAPE) == calms21 and len(shape) == AXES for shape in shapes)


def _blocks(timepoints: IntArray, points: FloatArray, confidence: FloatArray) -> Iterator[PoseBlock]:
    for start in range(0, len(timepoints), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        yield PoseBlock.of_points_px(timepoints[rows], points[rows], confidence[rows])


def _place(
    table: KeypointTable, timepoints: IntArray, *, individuals: tuple[str, ...], keypoints: tuple[str, ...]
) -> tuple[IntArray, ...]:
    """Return where the rows, individuals and keypoints of a table are on the axes of all."""
    rows = np.searchsorted(timepoints, table.frames)
    animals = [individuals.index(name or ONE_ANIMAL) for name in table.individuals]
    columns = [keypoints.index(name) for name in table.keypoints]
    return np.ix_(rows, np.array(animals, dtype=np.int64), np.array(columns, dtype=np.int64))


def _refuse_different(first: KeypointTable, table: KeypointTable, where: str) -> None:
    if sorted(first.keypoints) != sorted(table.keypoints):
        raise FormatError(
            "the cameras have different keypoints",
            where=where,
            expected=", ".join(first.keypoints),
            actual=", ".join(table.keypoints),
            remedy="label the same keypoints in every camera, or convert one camera at a time",
        )
    frames, counts = np.unique(table.frames, return_counts=True)
    if (counts > 1).any() or (frames < 0).any():
        raise FormatError(
            "a frame stands twice, or is negative",
            where=where,
            expected="each frame once, counted from 0",
            actual=f"frame {frames[(counts > 1) | (frames < 0)][0]}",
            remedy="labels of several videos in one table have to be converted one video at a time",
        )
