"""What the stages leave in the journal, as records whose shapes are checked when they are read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from behaviorvlm.errors import RunCorruptError, ShapeError
from behaviorvlm.types import AnyArray, BoolArray, FloatArray, IntArray, PoseFlag
from behaviorvlm.types.arrays import frozen_floats, frozen_ints

_Record = TypeVar("_Record")


@dataclass(frozen=True, eq=False)
class PoseChunk:
    """Final poses of consecutive timepoints (stage 4).

    Attributes:
        timepoint: (timepoint,) int64.
        points_mm: (timepoint, keypoint, 3) float64 world frame, mm; NaN = missing.
        numbers: (timepoint, keypoint, camera) int64 candidate number each view contributed, -1 = none.
        points_px: (timepoint, camera, keypoint, 2) float64 px of the raw image; NaN = the view contributed nothing.
        error_px: (timepoint, keypoint) float64 root mean square reprojection error.
        margin: (timepoint, keypoint) float64, nats to the best configuration that says otherwise.
        runner_up_mm: (timepoint, keypoint, 3) float64 where that one puts the keypoint.
        flags: (timepoint, keypoint) int64 bits of `PoseFlag`.
        confidence: (timepoint, keypoint) float64 in [0, 1], chance of being right (`pose.confidence`).
    """

    timepoint: IntArray
    points_mm: FloatArray
    numbers: IntArray
    points_px: FloatArray
    error_px: FloatArray
    margin: FloatArray
    runner_up_mm: FloatArray
    flags: IntArray
    confidence: FloatArray

    def __post_init__(self) -> None:
        n_timepoints, n_keypoints, n_cameras = _three_sizes(self.numbers, "numbers")
        each = (n_timepoints, n_keypoints)
        _freeze(self, "timepoint", (n_timepoints,), ints=True)
        _freeze(self, "numbers", (*each, n_cameras), ints=True)
        _freeze(self, "flags", each, ints=True)
        _freeze(self, "points_px", (n_timepoints, n_cameras, n_keypoints, 2))
        for name in ("points_mm", "runner_up_mm"):
            _freeze(self, name, (*each, 3))
        for name in ("error_px", "margin", "confidence"):
            _freeze(self, name, each)

    @property
    def present(self) -> BoolArray:
        """Which keypoints have a position, (timepoint, keypoint) bool."""
        return np.asarray(np.isfinite(self.points_mm).all(axis=-1))

    @property
    def views_used(self) -> IntArray:
        """On how many views each keypoint rests, (timepoint, keypoint) int64; a point of a person needs no dot."""
        return np.asarray(np.isfinite(self.points_px).all(axis=-1).sum(axis=1), dtype=np.int64)

    @property
    def corrected(self) -> BoolArray:
        """Which keypoints a person corrected, (timepoint, keypoint) bool."""
        return np.asarray((self.flags & int(PoseFlag.CORRECTED)) != 0)


@dataclass(frozen=True, eq=False)
class ViewChunk:
    """What stages 1 to 3 said of each view of consecutive timepoints.

    Attributes:
        timepoint: (timepoint,) int64.
        boxes_px: (timepoint, camera, region, 4) float64 x_min y_min x_max y_max; NaN = no box (stage 1).
        assigned: (timepoint, camera, keypoint) int64 candidate number, -1 = missing (stage 2).
        reconciled: The same after stage 3.
        confidence: (timepoint, camera, keypoint) float64 in [0, 1].
        unasked: (timepoint,) int64, 1 where the budget was spent before the annotator was asked.
    """

    timepoint: IntArray
    boxes_px: FloatArray
    assigned: IntArray
    reconciled: IntArray
    confidence: FloatArray
    unasked: IntArray

    def __post_init__(self) -> None:
        shape = _three_sizes(self.assigned, "assigned")
        _freeze(self, "timepoint", shape[:1], ints=True)
        _freeze(self, "boxes_px", (*shape[:2], None, 4))
        for name in ("assigned", "reconciled"):
            _freeze(self, name, shape, ints=True)
        _freeze(self, "confidence", shape)
        _freeze(self, "unasked", shape[:1], ints=True)


@dataclass(frozen=True, eq=False)
class CandidateBlock:
    """The candidates of all views of consecutive timepoints; a candidate's number is its place within its view.

    Attributes:
        timepoint: (candidate,) int64.
        camera: (candidate,) int64 camera index.
        points_px: (candidate, 2) float64 px of the raw image.
        brightness: (candidate,) float64 DN above the background.
        size_px: (candidate,) float64 standard deviation of the spot.
    """

    timepoint: IntArray
    camera: IntArray
    points_px: FloatArray
    brightness: FloatArray
    size_px: FloatArray

    def __post_init__(self) -> None:
        count = len(self.points_px)
        for name in ("timepoint", "camera"):
            _freeze(self, name, (count,), ints=True)
        for name in ("brightness", "size_px"):
            _freeze(self, name, (count,))
        _freeze(self, "points_px", (count, 2))


@dataclass(frozen=True, eq=False)
class CandidateFlags:
    """The flags of the candidates of consecutive timepoints, known once the whole video was surveyed.

    Attributes:
        timepoint: (candidate,) int64.
        camera: (candidate,) int64 camera index.
        flags: (candidate,) int64 bits of `CandidateFlag`.
    """

    timepoint: IntArray
    camera: IntArray
    flags: IntArray

    def __post_init__(self) -> None:
        for name in ("timepoint", "camera", "flags"):
            _freeze(self, name, (len(self.flags),), ints=True)


@dataclass(frozen=True, eq=False)
class DecisionChunk:
    """What the annotator ``auto`` asked a model about a stretch, and what came of it.

    Attributes:
        timepoint: (question,) int64.
        camera: (question,) int64 camera index.
        kind: (question,) int64: 0 a side, 1 a dot, 2 an audit.
        about: (question,) int64 the left/right pair of a side, else the keypoint.
        reading: (question,) int64: 0 what geometry says, from 1 on another reading, -1 none of them, -2 no answer.
        confidence: (question,) float64 in [0, 1], what the model says of itself.
        readings: (question, reading, keypoint) int64 candidate number that each reading gives a keypoint, -1 = none.
    """

    timepoint: IntArray
    camera: IntArray
    kind: IntArray
    about: IntArray
    reading: IntArray
    confidence: FloatArray
    readings: IntArray

    def __post_init__(self) -> None:
        count = len(self.timepoint)
        for name in ("timepoint", "camera", "kind", "about", "reading"):
            _freeze(self, name, (count,), ints=True)
        _freeze(self, "confidence", (count,))
        _freeze(self, "readings", (count, None, None), ints=True)


def rows_of_view(block: CandidateBlock | CandidateFlags, *, timepoint: int, camera: int) -> IntArray:
    """Return the rows of one view, in order of candidate number, (candidate,) int64."""
    return np.flatnonzero((block.timepoint == timepoint) & (block.camera == camera))


def record(kind: type[_Record], arrays: Mapping[str, AnyArray], *, where: str) -> _Record:
    """Return `arrays` of a journal result as a record of `kind`.

    Raises:
        RunCorruptError: If arrays are missing or do not fit together.
    """
    try:
        return kind(**{field.name: arrays[field.name] for field in fields(kind)})  # type: ignore[arg-type]
    except (KeyError, ShapeError) as error:
        raise RunCorruptError(
            f"a stored result is no {kind.__name__}",
            where=where,
            actual=str(error),
            remedy="read the run with the version of behaviorvlm that run.toml names",
        ) from error


def row_of(chunk: PoseChunk | ViewChunk, timepoint: int) -> int:
    """Return the row of `timepoint`, which the chunk must hold."""
    return int(np.flatnonzero(chunk.timepoint == timepoint)[0])


def _freeze(chunk: object, name: str, shape: tuple[int | None, ...], *, ints: bool = False) -> None:
    freeze = frozen_ints if ints else frozen_floats
    object.__setattr__(chunk, name, freeze(getattr(chunk, name), shape, name=name))


def _three_sizes(array: AnyArray, name: str) -> tuple[int, int, int]:
    if array.ndim != 3:
        raise ShapeError(f"{name} has the wrong shape", expected="3 axes", actual=str(array.shape))
    first, second, third = array.shape
    return first, second, third
