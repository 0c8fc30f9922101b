"""One view, from its dots to its final keypoints: ``behaviorvlm runs show RUN --timepoint T --view CAMERA``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.errors import SettingsError
from behaviorvlm.runs.chunks import CandidateBlock, PoseChunk, ViewChunk, row_of, rows_of_view
from behaviorvlm.runs.quality import chunk_reasons
from behaviorvlm.runs.reasons import flag_names
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import CandidateFlag, FloatArray

_FROZEN = ConfigDict(frozen=True)


class CandidateRow(BaseModel):
    """One candidate; px of the raw image, brightness in DN."""

    model_config = _FROZEN

    number: int
    x_px: float
    y_px: float
    brightness: float | None
    size_px: float | None
    flags: str


class BoxRow(BaseModel):
    """The box of one body region, px of the raw image."""

    model_config = _FROZEN

    region: str
    x_min_px: float
    y_min_px: float
    x_max_px: float
    y_max_px: float


class KeypointRow(BaseModel):
    """One keypoint through the stages, in one view and in 3D.

    Attributes:
        keypoint: Name.
        assigned: Candidate number after stage 2, None = missing.
        reconciled: The same after stage 3.
        final: The candidate this view contributed to the position, None = none.
        point_mm: Position in the world, None = missing.
        error_px: Root mean square reprojection error over the views used.
        views_used: How many they are.
        margin: Nats to the best configuration that says otherwise.
        runner_up_mm: Where that one puts the keypoint, None = it says missing.
        flags: Raised flags joined by ``|``.
        reason: Why it is doubtful or missing, in words.
    """

    model_config = _FROZEN

    keypoint: str
    assigned: int | None
    reconciled: int | None
    final: int | None
    point_mm: tuple[float, float, float] | None
    error_px: float | None
    views_used: int
    margin: float | None
    runner_up_mm: tuple[float, float, float] | None
    flags: str
    reason: str


class ViewReport(BaseModel):
    """What one camera saw at one timepoint and what each stage made of it; a list is empty until its stage is done."""

    model_config = _FROZEN

    run: str
    timepoint: int
    camera: str
    candidates: tuple[CandidateRow, ...]
    boxes: tuple[BoxRow, ...]
    keypoints: tuple[KeypointRow, ...]


def report_view(run: PoseRun, *, timepoint: int, camera: str) -> ViewReport:
    """Return all there is to know of one view.

    Raises:
        SettingsError: If the run has no such camera, or was not asked for that timepoint.
        RunCorruptError: If a result is not what was saved.
    """
    cameras = list(run.manifest.session.cameras)
    _refuse_unknown(run, timepoint, camera)
    place = cameras.index(camera)
    block, view, pose = run.candidates_at(timepoint), run.views_at(timepoint), run.poses_at(timepoint)
    return ViewReport(
        run=str(run.folder),
        timepoint=timepoint,
        camera=camera,
        candidates=() if block is None else tuple(_candidates(run, block, timepoint=timepoint, place=place)),
        boxes=() if view is None else tuple(_boxes(run, view.boxes_px[row_of(view, timepoint), place])),
        keypoints=() if pose is None else tuple(_keypoints(run, pose, view, timepoint=timepoint, place=place)),
    )


def _candidates(run: PoseRun, block: CandidateBlock, *, timepoint: int, place: int) -> Iterator[CandidateRow]:
    flags = _candidate_flags(run, timepoint, place)
    for number, row in enumerate(rows_of_view(block, timepoint=timepoint, camera=place)):
        x_px, y_px = block.points_px[row].tolist()
        yield CandidateRow(
            number=number,
            x_px=x_px,
            y_px=y_px,
            brightness=_known(block.brightness[row]),
            size_px=_known(block.size_px[row]),
            flags=flag_names(flags[number], CandidateFlag) if flags else "",
        )


def _candidate_flags(run: PoseRun, timepoint: int, place: int) -> list[int]:
    known = run.flags_at(timepoint)
    return [] if known is None else known.flags[rows_of_view(known, timepoint=timepoint, camera=place)].tolist()


def _boxes(run: PoseRun, boxes_px: FloatArray) -> Iterator[BoxRow]:
    names = tuple(run.manifest.session.regions)
    if len(names) != len(boxes_px):  # without body regions the whole view is one box
        names = tuple(f"box {number}" for number in range(len(boxes_px)))
    for name, box in zip(names, boxes_px, strict=True):
        if np.isfinite(box).all():
            x_min, y_min, x_max, y_max = box.tolist()
            yield BoxRow(region=name, x_min_px=x_min, y_min_px=y_min, x_max_px=x_max, y_max_px=y_max)


def _keypoints(
    run: PoseRun, pose: PoseChunk, view: ViewChunk | None, *, timepoint: int, place: int
) -> Iterator[KeypointRow]:
    row = row_of(pose, timepoint)
    reasons = chunk_reasons(run, pose, view)[row]
    for index, name in enumerate(run.manifest.session.keypoints):
        yield KeypointRow(
            keypoint=name,
            assigned=None if view is None else _number(view.assigned[row, place, index]),
            reconciled=None if view is None else _number(view.reconciled[row, place, index]),
            final=_number(pose.numbers[row, index, place]),
            point_mm=_place(pose.points_mm[row, index]),
            error_px=_known(pose.error_px[row, index]),
            views_used=int(pose.views_used[row, index]),
            margin=_known(pose.margin[row, index]),
            runner_up_mm=_place(pose.runner_up_mm[row, index]),
            flags=flag_names(int(pose.flags[row, index])),
            reason=reasons[index],
        )


def _refuse_unknown(run: PoseRun, timepoint: int, camera: str) -> None:
    cameras, asked = run.manifest.session.cameras, run.asked_timepoints
    if camera not in cameras:
        raise SettingsError(
            f"no camera is called {camera}", where=str(run.folder), expected=", ".join(cameras), actual=camera
        )
    if timepoint not in asked:
        raise SettingsError(
            f"timepoint {timepoint} is not in this run",
            where=str(run.folder),
            expected=f"{asked.start} to {asked.stop - 1}",
            actual=str(timepoint),
        )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _number(value: int) -> int | None:
    return int(value) if value >= 0 else None


def _place(point: FloatArray) -> tuple[float, float, float] | None:
    x, y, z = point.tolist()
    return (x, y, z) if np.isfinite(point).all() else None
