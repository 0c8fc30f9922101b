"""Who said what at one timepoint, in words: each keypoint through the stages and views, its runner-up, the doubts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.review.clicks import nearest
from behaviorvlm.runs.chunks import DecisionChunk
from behaviorvlm.runs.decisions import ANSWERS, KINDS
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.view_report import KeypointRow, ViewReport, report_view
from behaviorvlm.types import CameraGroup, FloatArray, IntArray

NEAR_PX = 8.0
"""A dot so near to where the runner-up would be seen is said to be its dot."""
NOTHING = "-"
KIND_WORDS = {"side": "left or right", "dot": "which dot", "audit": "audit, changes nothing"}
ANSWER_WORDS = {"agreed": "A, as geometry", "neither": "none of them", "unanswered": "no answer that could be used"}


@dataclass(frozen=True)
class ViewRow:
    """One keypoint in one view: the dot it was after stage 2, after stage 3 and in the end, and its runner-up's."""

    camera: str
    assigned: str
    reconciled: str
    final: str
    runner_up: str


@dataclass(frozen=True)
class KeypointAnswer:
    """What was made of one keypoint.

    Attributes:
        keypoint: Name.
        words: Position, margin, runner-up and reason, a sentence each.
        views: A row for each camera.
    """

    keypoint: str
    words: tuple[str, ...]
    views: tuple[ViewRow, ...]


@dataclass(frozen=True)
class DoubtRow:
    """One doubt that was put to a model in a view, its readings by letter, and what came of it."""

    camera: str
    kind: str
    readings: tuple[str, ...]
    said: str


def read_views(run: PoseRun, timepoint: int) -> tuple[ViewReport, ...]:
    """Return the report of each view; errors as of `report_view`."""
    return tuple(report_view(run, timepoint=timepoint, camera=camera) for camera in run.manifest.session.cameras)


def keypoint_answer(reports: Sequence[ViewReport], place: int, *, rig: CameraGroup | None) -> KeypointAnswer | None:
    """Return what was made of the keypoint at `place` of the skeleton, None where the run has not come to it.

    Args:
        reports: Of all views of a timepoint.
        place: Which keypoint.
        rig: The cameras, by which runners-up are found in views; None = not known.
    """
    if not reports or not reports[0].keypoints:
        return None
    other_px = _runner_up_px(reports[0].keypoints[place], rig, len(reports))
    rows = tuple(_view_row(report, place, other_px[view]) for view, report in enumerate(reports))
    row = reports[0].keypoints[place]
    return KeypointAnswer(row.keypoint, tuple(_sentences(row)), rows)


def keypoints_in_views(reports: Sequence[ViewReport]) -> list[tuple[str, ...]]:
    """Return a row for each keypoint: its name, its dot in each view, its margin, and how far its runner-up is."""
    columns = zip(*(report.keypoints for report in reports), strict=True)
    return [(rows[0].keypoint, *(_number(row.final) for row in rows), *_rivalry(rows[0])) for rows in columns]


def doubts_at(run: PoseRun, timepoint: int) -> list[DoubtRow]:
    """Return what ``auto`` asked about a timepoint; nothing where another annotator answered."""
    chunk = run.decisions_at(timepoint)
    if chunk is None:
        return []
    cameras, keypoints = tuple(run.manifest.session.cameras), run.manifest.session.keypoints
    rows = np.flatnonzero(chunk.timepoint == timepoint).tolist()
    return [_doubt(chunk, row, cameras=cameras, keypoints=keypoints) for row in rows]


def _number(number: int | None) -> str:
    return NOTHING if number is None else str(number)


def _rivalry(row: KeypointRow) -> tuple[str, str]:
    if row.margin is None:
        return NOTHING, NOTHING
    away = "missing" if row.runner_up_mm is None else f"{_away_mm(row):.1f} mm away"
    return f"{row.margin:.2f}", away


def _away_mm(row: KeypointRow) -> float:
    return float(np.linalg.norm(np.subtract(row.runner_up_mm or np.nan, row.point_mm or np.nan)))


def _doubt(chunk: DecisionChunk, row: int, *, cameras: Sequence[str], keypoints: Sequence[str]) -> DoubtRow:
    readings = [words for reading in chunk.readings[row] if (words := _claims(reading, keypoints))]
    chosen = int(chunk.reading[row])
    answer = ANSWERS.get(chosen)
    said = ANSWER_WORDS[answer] if answer else f"{_letter(chosen)}, not as geometry"
    sure = f", {chunk.confidence[row]:.0%} sure by its own word" if answer != "unanswered" else ""
    lettered = tuple(f"{_letter(place)}: {words}" for place, words in enumerate(readings))
    return DoubtRow(cameras[chunk.camera[row]], KIND_WORDS[KINDS[chunk.kind[row]]], lettered, said + sure)


def _claims(reading: IntArray, keypoints: Sequence[str]) -> str:
    named = np.flatnonzero(reading >= 0).tolist()
    return " and ".join(f"dot {reading[place]} is {keypoints[place]}" for place in named)


def _letter(place: int) -> str:
    return chr(ord("A") + place)


def _sentences(row: KeypointRow) -> Iterator[str]:
    if row.point_mm is None:
        yield "Missing."
    else:
        error = "" if row.error_px is None else f", reprojection error {row.error_px:.2f} px"
        yield f"At {_millimetres(row.point_mm)} by {row.views_used} views{error}."
    if "corrected" in row.flags:
        yield "A person said so; no other reading was compared with it."
    elif row.margin is not None:
        yield f"The best other reading is {row.margin:.2f} nats worse: {_elsewhere(row)}."
    if row.reason:
        yield f"{row.reason[0].upper()}{row.reason[1:]}."


def _elsewhere(row: KeypointRow) -> str:
    if row.runner_up_mm is None or row.point_mm is None:
        return "it leaves the keypoint missing"
    return f"it puts the keypoint at {_millimetres(row.runner_up_mm)}, {_away_mm(row):.1f} mm away"


def _millimetres(point: tuple[float, float, float]) -> str:
    return "{:.1f}, {:.1f}, {:.1f} mm".format(*point)


def _runner_up_px(row: KeypointRow, rig: CameraGroup | None, n_views: int) -> FloatArray:
    if rig is None or row.runner_up_mm is None:
        return np.full((n_views, 2), np.nan)
    return project_all(np.array(row.runner_up_mm), rig)


def _view_row(report: ViewReport, place: int, other_px: FloatArray) -> ViewRow:
    row = report.keypoints[place]
    dots = np.array([(one.x_px, one.y_px) for one in report.candidates]).reshape(-1, 2)
    other = nearest(dots, other_px, reach_px=NEAR_PX) if np.isfinite(other_px).all() else None
    return ViewRow(report.camera, *map(_number, (row.assigned, row.reconciled, row.final, other)))
