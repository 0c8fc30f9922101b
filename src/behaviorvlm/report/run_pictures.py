"""The pictures of one run: its views at a timepoint, its poses in space, its quality over time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.report.pose_3d_picture import draw_pose_3d
from behaviorvlm.report.pose_pictures import draw_labelled_views
from behaviorvlm.report.quality_picture import draw_quality
from behaviorvlm.runs.chunks import row_of
from behaviorvlm.runs.refined_rig import refined_cameras
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import BoolArray, FrameSource, IntArray, RecordingSession

VIEWS_FILE, SPACE_FILE, QUALITY_FILE = "labelled_views.png", "poses_3d.png", "quality.png"


def draw_run(
    run: PoseRun,
    session: RecordingSession,
    source: FrameSource | None,
    *,
    folder: Path,
    timepoint: int | None = None,
) -> tuple[Path, ...]:
    """Write ``labelled_views.png``, ``poses_3d.png`` and ``quality.png`` of a run.

    Args:
        run: The run, open to read; finished as far as it is drawn.
        session: What it worked on.
        source: Where pictures come from; None leaves the ground grey.
        folder: Where the PNGs go; made if missing.
        timepoint: Which one the views show; None = the first from the middle on that has any keypoint.

    Returns:
        The files written; none where the run has no poses yet.

    Raises:
        SettingsError: If the run has no pose at `timepoint`.
        VideoError: If a video cannot be read.
        RunStorageError: If a PNG cannot be written.
        RunCorruptError: If the run is damaged.
    """
    chunks = list(run.poses())
    if not chunks:
        return ()
    timepoints = np.concatenate([chunk.timepoint for chunk in chunks])
    present = np.concatenate([chunk.present for chunk in chunks])
    shown = middle_timepoint(timepoints, present) if timepoint is None else timepoint
    views, space, quality = (folder / name for name in (VIEWS_FILE, SPACE_FILE, QUALITY_FILE))
    _draw_views(run, session, source, timepoint=shown, path=views)
    points_mm = np.concatenate([chunk.points_mm for chunk in chunks])
    draw_pose_3d(points_mm, session.skeleton, path=space, timepoints=timepoints, title=session.name)
    draw_quality(
        session.skeleton,
        path=quality,
        error_px=np.concatenate([chunk.error_px for chunk in chunks]),
        n_views=np.concatenate([chunk.views_used for chunk in chunks]),
        margin=np.concatenate([chunk.margin for chunk in chunks]),
        timepoints=timepoints,
        title=session.name,
    )
    return views, space, quality


def middle_timepoint(timepoints: IntArray, present: BoolArray) -> int:
    """Return the first timepoint from the middle on that has any keypoint, or the middle one where none has.

    Args:
        timepoints: (timepoint,) in order.
        present: (timepoint, keypoint) which keypoints have a position.
    """
    middle = len(timepoints) // 2
    ahead = np.flatnonzero(present[middle:].any(axis=1))
    return int(timepoints[middle + (ahead[0] if len(ahead) else 0)])


def _draw_views(
    run: PoseRun, session: RecordingSession, source: FrameSource | None, *, timepoint: int, path: Path
) -> None:
    chunk = run.poses_at(timepoint)
    if chunk is None:
        raise SettingsError(
            f"timepoint {timepoint} has no pose",
            where=str(run.folder),
            expected=f"a finished timepoint, {run.asked_timepoints.start} to {run.asked_timepoints.stop - 1}",
            actual=str(timepoint),
        )
    row = row_of(chunk, timepoint)
    draw_labelled_views(
        session,
        source,
        timepoint=timepoint,
        points_mm=chunk.points_mm[row],
        points_px=chunk.points_px[row],
        error_px=chunk.error_px[row],
        cameras=refined_cameras(run),
        path=path,
    )
