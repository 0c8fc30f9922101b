"""The tables of a run: a pure function of its journal and ``run.toml``, a chunk of timepoints in memory at once.

Every table is written under a temporary name and renamed, so a reader never sees half of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from behaviorvlm.io.anipose import write_calibration
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.deeplabcut import Labels, write_predictions
from behaviorvlm.io.points3d import Points3D, write_points3d
from behaviorvlm.runs.correction_tables import write_corrections, write_exemplars
from behaviorvlm.runs.quality import write_quality
from behaviorvlm.runs.quality_filter import EVERYTHING, QualityFilter
from behaviorvlm.runs.refined_rig import refined_cameras
from behaviorvlm.runs.store import PoseRun

POINTS3D_FILE = "points3d.csv"
POINTS2D_FILE = "points2d_{}.csv"
QUALITY_FILE = "quality.csv"
REFINED_FILE = "calibration_refined.toml"


def write_tables(run: PoseRun, *, folder: Path | None = None) -> tuple[Path, ...]:
    """Write the tables of everything settled so far and return their paths.

    Args:
        run: The run.
        folder: Where to; None = the run folder.

    Raises:
        RunStorageError: If a table cannot be written; the one of before is then untouched.
        RunCorruptError: If a result in the journal is not what was saved.
    """
    folder = folder or run.folder
    points, quality = write_points(run, folder), folder / QUALITY_FILE
    with replacing(quality) as temporary:
        write_quality(temporary, run)
    by_hand = (*write_corrections(run, folder), *write_exemplars(run, folder))
    cameras = refined_cameras(run)
    if cameras is None:
        return (*points, quality, *by_hand)
    write_calibration(folder / REFINED_FILE, cameras)
    return (*points, quality, *by_hand, folder / REFINED_FILE)


def write_points(run: PoseRun, folder: Path, *, kept: QualityFilter = EVERYTHING) -> tuple[Path, ...]:
    """Write the points in 3D and in every view, and return their paths.

    Args:
        run: The run.
        folder: Where to.
        kept: What a point must be like; others are missing in the tables.

    Raises:
        RunStorageError: If a table cannot be written; the one of before is then untouched.
        RunCorruptError: If a result in the journal is not what was saved.
    """
    session = run.manifest.session
    points3d = folder / POINTS3D_FILE
    points2d = [folder / POINTS2D_FILE.format(camera) for camera in session.cameras]
    write_points3d(points3d, _points3d(run, kept), keypoints=session.keypoints)
    for place, path in enumerate(points2d):
        write_predictions(path, _points2d(run, place, kept), keypoints=session.keypoints)
    return (points3d, *points2d)


def _points3d(run: PoseRun, kept: QualityFilter) -> Iterator[Points3D]:
    for chunk in map(kept.apply, run.poses()):
        yield Points3D(
            keypoints=run.manifest.session.keypoints,
            timepoints=chunk.timepoint,
            points_mm=chunk.points_mm,
            error_px=chunk.error_px,
            n_views=chunk.views_used,
            score=chunk.confidence,
        )


def _points2d(run: PoseRun, place: int, kept: QualityFilter) -> Iterator[Labels]:
    """Yield one camera's points; rows bear its own frame numbers, as in every DeepLabCut file beside a video."""
    session = run.manifest.session
    offset = session.frame_offsets.get(tuple(session.cameras)[place], 0)
    for chunk in map(kept.apply, run.poses()):
        points_px = chunk.points_px[:, place]
        seen = np.isfinite(points_px).all(axis=-1)
        yield chunk.timepoint + offset, points_px, np.where(seen, chunk.confidence, 0.0)
