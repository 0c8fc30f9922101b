"""Pictures of a run for a notebook: what the report draws, as matplotlib figures.

A figure belongs to the caller: it is shown where it is the last value of a cell, and saved by its ``savefig``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from behaviorvlm.errors import RunStorageError
from behaviorvlm.extras import require_figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from behaviorvlm.report.pose_measures import PoseMeasures
    from behaviorvlm.runs.behavior_store import BehaviorRun
    from behaviorvlm.runs.store import PoseRun


def poses_3d(run: PoseRun, *, most_poses: int = 6) -> Figure:
    """Draw poses in space, with the path of the body: in perspective, and along the z axis; mm.

    Args:
        run: The run.
        most_poses: How many poses are drawn at most; they are chosen far apart.

    Raises:
        SettingsError: If what draws pictures is not installed.
        RunStorageError: If no timepoint is finished yet.
    """
    require_figures()
    from behaviorvlm.report.drawing_style import plain_text
    from behaviorvlm.report.pose_3d_picture import pose_3d_figure

    found = _measures(run)
    with plain_text():
        return pose_3d_figure(
            found.points_mm,
            found.skeleton,
            timepoints=found.timepoints,
            title=run.manifest.session.name,
            most_poses=most_poses,
        )


def quality(run: PoseRun) -> Figure:
    """Draw how sure a run is over time: reprojection error, views and margin of every keypoint; bright = look there.

    Args:
        run: The run.

    Raises:
        SettingsError: If what draws pictures is not installed.
        RunStorageError: If no timepoint is finished yet.
    """
    require_figures()
    from behaviorvlm.report.drawing_style import plain_text
    from behaviorvlm.report.quality_picture import quality_figure

    found = _measures(run)
    with plain_text():
        return quality_figure(
            found.skeleton,
            error_px=found.error_px,
            n_views=found.n_views,
            margin=found.margin,
            timepoints=found.timepoints,
            title=run.manifest.session.name,
        )


def ethogram(run: BehaviorRun, recording: str | None = None) -> Figure:
    """Draw who does what when: a panel for each animal, a lane for each behavior.

    Args:
        run: A finished run.
        recording: Which; may be left out where there is only one.

    Raises:
        SettingsError: If there is no such recording, several and none is named, or what draws pictures is not
            installed.
        RunStorageError: If the run is not finished.
    """
    require_figures()
    from behaviorvlm.report.drawing_style import plain_text
    from behaviorvlm.report.ethogram_picture import ethogram_figure
    from behaviorvlm.runs.behavior_arrays import chosen_recording
    from behaviorvlm.runs.behavior_reader import BehaviorReader

    reader = BehaviorReader(run)
    name = chosen_recording(reader, recording)
    with plain_text():
        return ethogram_figure(
            reader.bouts(name),
            individuals=reader.summary(name).individuals,
            stop_s=float(reader.frame_edges_s(name)[-1]),
            title=name,
        )


def _measures(run: PoseRun) -> PoseMeasures:
    from behaviorvlm.report.pose_measures import measure_poses

    found = measure_poses(run)
    if found is None:
        raise RunStorageError(
            "the run has no poses yet", where=str(run.folder), remedy="give the call that made it again: it goes on"
        )
    return found
