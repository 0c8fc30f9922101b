"""Everything there is to show of one timepoint of a pose run, read from the run at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TypeVar

import numpy as np

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.runs.chunks import PoseChunk, ViewChunk, row_of, rows_of_view
from behaviorvlm.runs.quality import chunk_reasons
from behaviorvlm.runs.reasons import flag_names
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import CameraGroup, FloatArray, IntArray

_Chunk = TypeVar("_Chunk", PoseChunk, ViewChunk)

KEPT = 6
"""Chunks of each stage that stay unpacked: some 200 timepoints each."""


@dataclass(frozen=True, eq=False)
class Timepoint:
    """One timepoint, corrections included.

    Attributes:
        timepoint: Which.
        settled: Whether the pipeline has come to its end there; until then only dots are known.
        dots_px: For each camera the dots by number, (candidate, 2) float64.
        numbers: (keypoint, camera) int64 dot of each keypoint, -1 = none.
        points_px: (camera, keypoint, 2) float64 what the position rests on, NaN = nothing.
        seen_px: (camera, keypoint, 2) float64 where the position would be seen, NaN = no position or no cameras.
        boxes_px: (camera, region, 4) float64 x_min y_min x_max y_max, NaN = none.
        points_mm: (keypoint, 3) float64, NaN = missing.
        error_px, margin: (keypoint,) float64, NaN = not known.
        views_used: (keypoint,) int64.
        flags, reasons: For each keypoint, in words.
    """

    timepoint: int
    settled: bool
    dots_px: tuple[FloatArray, ...]
    numbers: IntArray
    points_px: FloatArray
    seen_px: FloatArray
    boxes_px: FloatArray
    points_mm: FloatArray
    error_px: FloatArray
    margin: FloatArray
    views_used: IntArray
    flags: tuple[str, ...]
    reasons: tuple[str, ...]


class TimepointReader:
    """Reads timepoints of one run; what the pipeline found never changes, so it is unpacked once while it is near.

    Args:
        run: The run, also while it is being written.
    """

    def __init__(self, run: PoseRun) -> None:
        self._run = run
        self._pose = lru_cache(KEPT)(lambda key: run.found_at(_first(key)))
        self._views = lru_cache(KEPT)(lambda key: run.answers_at(_first(key)))
        self._dots = lru_cache(KEPT)(lambda key: run.candidates_at(_first(key)))

    def read(self, timepoint: int, cameras: CameraGroup | None) -> Timepoint:
        """Return what the run knows of a timepoint, corrections included.

        Args:
            timepoint: Which.
            cameras: The rig, for reprojections; None = not known.

        Raises:
            RunCorruptError: If a result is not what was saved.
        """
        session, dots = self._run.manifest.session, self._dots_px(timepoint)
        corrected = self._run.corrected
        # Whether a corrected point jumps is told by the timepoints beside it.
        beside = 0 if corrected is None else 1
        pose = self._row("poses", self._pose, timepoint, beside=beside)
        views = self._row("views", self._views, timepoint)
        if corrected is not None:
            pose = None if pose is None else _cut(corrected.poses(pose), timepoint)
            views = None if views is None else corrected.boxes(views)
        boxes = np.full((len(session.cameras), 0, 4), np.nan) if views is None else views.boxes_px[0]
        if pose is None:
            return _unsettled(timepoint, dots, boxes, n_keypoints=len(session.keypoints))
        nowhere = np.full(pose.points_px[0].shape, np.nan)
        counts = np.array([[len(points) for points in dots]], dtype=np.int64)
        return Timepoint(
            timepoint,
            settled=True,
            dots_px=dots,
            numbers=pose.numbers[0],
            points_px=pose.points_px[0],
            seen_px=nowhere if cameras is None else project_all(pose.points_mm[0], cameras),
            boxes_px=boxes,
            points_mm=pose.points_mm[0],
            error_px=pose.error_px[0],
            margin=pose.margin[0],
            views_used=pose.views_used[0],
            flags=tuple(flag_names(int(flags)) for flags in pose.flags[0]),
            reasons=tuple(chunk_reasons(self._run, pose, views, dots=counts)[0]),
        )

    def _row(
        self, stage: str, load: Callable[[str], _Chunk | None], timepoint: int, *, beside: int = 0
    ) -> _Chunk | None:
        """Return the row of a chunk that is of this timepoint, and those beside it; None while it is not done."""
        keys = self._run.sink.keys_between(stage, timepoint, timepoint + 1)
        chunk = load(keys[0]) if keys else None
        return None if chunk is None else _cut(chunk, timepoint, beside=beside)

    def _dots_px(self, timepoint: int) -> tuple[FloatArray, ...]:
        keys = self._run.sink.keys_between("candidates", timepoint, timepoint + 1)
        block = self._dots(keys[0]) if keys else None
        places = range(len(self._run.manifest.session.cameras))
        if block is None:
            return tuple(np.zeros((0, 2)) for _ in places)
        return tuple(block.points_px[rows_of_view(block, timepoint=timepoint, camera=place)] for place in places)


def _cut(chunk: _Chunk, timepoint: int, *, beside: int = 0) -> _Chunk:
    row = row_of(chunk, timepoint)
    rows = slice(max(row - beside, 0), row + beside + 1)
    return type(chunk)(**{one.name: getattr(chunk, one.name)[rows] for one in fields(chunk)})


def _first(key: str) -> int:
    return int(key.partition("-")[0])


def _unsettled(timepoint: int, dots: tuple[FloatArray, ...], boxes: FloatArray, *, n_keypoints: int) -> Timepoint:
    nowhere, unknown = np.full((len(dots), n_keypoints, 2), np.nan), np.full(n_keypoints, np.nan)
    return Timepoint(
        timepoint,
        settled=False,
        dots_px=dots,
        numbers=np.full((n_keypoints, len(dots)), -1),
        points_px=nowhere,
        seen_px=nowhere,
        boxes_px=boxes,
        points_mm=np.full((n_keypoints, 3), np.nan),
        error_px=unknown,
        margin=unknown,
        views_used=np.zeros(n_keypoints, dtype=np.int64),
        flags=("",) * n_keypoints,
        reasons=("not settled yet",) * n_keypoints,
    )
