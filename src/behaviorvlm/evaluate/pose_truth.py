"""The truth of a session: where every keypoint was, and whether anybody could have seen it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.evaluate.ceiling import oracle_points
from behaviorvlm.types import BoolArray, CameraGroup, FloatArray, IntArray
from behaviorvlm.types.arrays import frozen_bools, frozen_floats

SEEN_CONFIDENCE = 0.5
"""A true dot of this confidence or more counts as seen in a view; the files call it likelihood."""
MIN_VIEWS = 2
"""Views a keypoint must be seen in to be supported."""


@dataclass(frozen=True, eq=False)
class PoseTruth:
    """Exact keypoints and which of them the pictures support.

    Attributes:
        points_mm: (timepoint, keypoint, 3) float64 world frame, mm; NaN where unknown.
        supported: (timepoint, keypoint) bool, True where the true dot is seen in at least 2 views.
        oracle_mm: (timepoint, keypoint, 3) float64, what triangulating the true pixels gives with the calibration the
            run was given (`evaluate.ceiling`); NaN where not supported.
    """

    points_mm: FloatArray
    supported: BoolArray
    oracle_mm: FloatArray

    def __post_init__(self) -> None:
        points = frozen_floats(self.points_mm, (None, None, 3), name="points_mm")
        object.__setattr__(self, "points_mm", points)
        object.__setattr__(self, "supported", frozen_bools(self.supported, points.shape[:2], name="supported"))
        object.__setattr__(self, "oracle_mm", frozen_floats(self.oracle_mm, points.shape, name="oracle_mm"))


def read_truth(folder: Path, *, keypoints: Sequence[str], cameras: CameraGroup, timepoints: IntArray) -> PoseTruth:
    """Return the truth in `folder` for some timepoints.

    Args:
        folder: Holds ``points3d.csv`` (mm, with ``fnum``) and for each camera ``points2d_<camera>.csv`` (DeepLabCut
            form with likelihood).
        keypoints: The keypoint axis wanted.
        cameras: The calibration the run was given, for the oracle.
        timepoints: (timepoint,) int64, the time axis wanted; a timepoint the truth does not hold is unknown (NaN).

    Raises:
        FormatError: If a file is missing or no such table, lacks a keypoint, or holds none of the timepoints.
    """
    from behaviorvlm.io.deeplabcut import read_keypoints
    from behaviorvlm.io.points3d import read_points3d

    path = folder / "points3d.csv"
    table = read_points3d(path)
    columns = _columns(table.keypoints, keypoints, path=path)
    points_mm = _at(timepoints, table.timepoints, table.points_mm[:, columns], path=path)
    true_px, seen = [], []
    for camera in cameras:
        path = folder / f"points2d_{camera.name}.csv"
        view = read_keypoints(path)
        columns = _columns(view.keypoints, keypoints, path=path)
        true_px.append(_at(timepoints, view.frames, view.points_px[:, 0, columns], path=path))
        seen.append(seen_views(_at(timepoints, view.frames, view.confidence[:, 0, columns], path=path)))
    seen_by = np.stack(seen, axis=1)
    oracle_mm = oracle_points(np.stack(true_px, axis=1), seen_by, cameras=cameras)
    return PoseTruth(points_mm, seen_by.sum(axis=1) >= MIN_VIEWS, oracle_mm)


def seen_views(confidence: FloatArray) -> BoolArray:
    """Return which views see a true dot: confidence of 0.5 or more; NaN is not seen. Any shape in, the same out."""
    return np.asarray(np.nan_to_num(confidence, nan=0.0) >= SEEN_CONFIDENCE)


def _columns(held: Sequence[str], wanted: Sequence[str], *, path: Path) -> list[int]:
    lacking = [name for name in wanted if name not in held]
    if lacking:
        raise FormatError(
            f"the truth lacks {', '.join(lacking)}",
            where=str(path),
            expected=f"the keypoints of the run: {', '.join(wanted)}",
            actual=", ".join(held),
        )
    return [held.index(name) for name in wanted]


def _at(timepoints: IntArray, held: IntArray, values: FloatArray, *, path: Path) -> FloatArray:
    """Return `values` (one row per timepoint `held`) at `timepoints`, NaN where there is no row."""
    common, wanted, rows = np.intersect1d(timepoints, held, return_indices=True)
    if not len(common):
        raise FormatError(
            "the truth is of other timepoints",
            where=str(path),
            expected=f"some of {timepoints.min(initial=0)} to {timepoints.max(initial=0)}",
            actual=f"{held.min(initial=0)} to {held.max(initial=0)}",
        )
    chosen = np.full((len(timepoints), *values.shape[1:]), np.nan)
    chosen[wanted] = values[rows]
    return chosen
