"""Does a correction fit the pose run it is for? Asked before it is kept, since it stays."""

from __future__ import annotations

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.runs.chunks import rows_of_view
from behaviorvlm.runs.correction_kinds import (
    FREE,
    AcceptExemplar,
    ClearPoint,
    MoveBox,
    PoseChange,
    SetPoint,
    SwapSides,
    in_words,
)
from behaviorvlm.runs.pose_corrections import span
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import FloatArray


def dots_of_view(run: PoseRun, timepoint: int, camera: str) -> FloatArray:
    """Return the dots of one view in order of number, (candidate, 2) float64 px; none where they are not found yet."""
    block = run.candidates_at(timepoint)
    if block is None:
        return np.zeros((0, 2))
    place = tuple(run.manifest.session.cameras).index(camera)
    return block.points_px[rows_of_view(block, timepoint=timepoint, camera=place)]


def fit_pose_change(run: PoseRun, change: PoseChange) -> PoseChange:
    """Return the change, a dot with its exact place, once it is sure that the run has what it speaks of.

    Raises:
        SettingsError: If there is no such timepoint, camera, keypoint, dot or region, or a box is inside out.
        RunCorruptError: If a result is not what was saved.
    """
    session = run.manifest.session
    start, stop = span(change)
    asked = run.asked_timepoints
    _refuse(not (asked.start <= start < stop <= asked.stop), change, f"timepoints {asked.start} to {asked.stop - 1}")
    match change:
        case SwapSides():
            for name in (name for pair in change.pairs for name in pair):
                _refuse(name not in session.keypoints, change, ", ".join(session.keypoints))
            _refuse(any(one == other for one, other in change.pairs), change, "two different keypoints")
        case AcceptExemplar():
            _refuse(run.found_at(start) is None, change, "a timepoint that is settled")
        case MoveBox():
            _refuse(change.camera not in session.cameras, change, ", ".join(session.cameras))
            _refuse(change.region not in session.regions, change, ", ".join(session.regions) or "body regions")
            x_min, y_min, x_max, y_max = change.box_px
            _refuse(x_min >= x_max or y_min >= y_max, change, "a box that is not inside out")
        case SetPoint() | ClearPoint():
            _refuse(change.keypoint not in session.keypoints, change, ", ".join(session.keypoints))
            known = change.camera in session.cameras or change.camera is None
            _refuse(not known, change, ", ".join(session.cameras))
            _refuse(run.found_at(start) is None, change, "a timepoint that is settled")
    return _placed(run, change) if isinstance(change, SetPoint) else change


def _placed(run: PoseRun, change: SetPoint) -> SetPoint:
    if change.number == FREE:
        width, height = run.manifest.session.cameras[change.camera]
        inside = -0.5 <= change.x_px <= width - 0.5 and -0.5 <= change.y_px <= height - 0.5
        _refuse(not inside, change, f"a point within {width} x {height} px")
        return change
    dots = dots_of_view(run, change.timepoint, change.camera)
    _refuse(change.number >= len(dots), change, f"one of {len(dots)} dots")
    x_px, y_px = dots[change.number].tolist()
    return change.model_copy(update={"x_px": x_px, "y_px": y_px})


def _refuse(bad: bool, change: PoseChange, expected: str) -> None:
    if bad:
        raise SettingsError("the correction does not fit the run", where=in_words(change), expected=expected)
