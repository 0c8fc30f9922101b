"""Stage results as arrays, and back: the form in which a run keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from behaviorvlm.geometry.mirror import FloorPlane
from behaviorvlm.imaging.specks import StaticSpecks
from behaviorvlm.pose.candidate_detection import Survey
from behaviorvlm.pose.confidence import confidence_of
from behaviorvlm.pose.evidence import Evidence
from behaviorvlm.pose.view_answers import ViewAnswers
from behaviorvlm.types import AnyArray, CandidateSet, FloatArray, IntArray, Pose3D

Record = dict[str, AnyArray]


def block_key(start: int, stop: int) -> str:
    """Return the key of the block from timepoint `start` (included) to `stop` (excluded)."""
    return f"{start:06d}-{stop:06d}"


def pack_candidates(sets: Sequence[CandidateSet], cameras: Sequence[str]) -> Record:
    """Return candidate sets as flat arrays, ordered by timepoint, camera and number."""
    ordered = sorted(sets, key=lambda view: (view.timepoint, cameras.index(view.camera)))
    counts = [len(view) for view in ordered]
    return {
        "timepoint": np.repeat(np.array([view.timepoint for view in ordered], dtype=np.int64), counts),
        "camera": np.repeat(np.array([cameras.index(view.camera) for view in ordered], dtype=np.int64), counts),
        "points_px": _join([view.points_px for view in ordered], (0, 2)),
        "brightness": _join([view.brightness for view in ordered], (0,)),
        "size_px": _join([view.size_px for view in ordered], (0,)),
    }


def unpack_candidates(
    record: Mapping[str, AnyArray], cameras: Sequence[str], *, timepoints: tuple[int, int]
) -> list[list[CandidateSet]]:
    """Return for each timepoint of [first, last) one candidate set per camera."""
    place = record["timepoint"].astype(np.int64) * len(cameras) + record["camera"].astype(np.int64)
    wanted = np.arange(timepoints[0] * len(cameras), timepoints[1] * len(cameras) + 1)
    edges = np.searchsorted(place, wanted)
    points, brightness, size = (record[name].astype(np.float64) for name in ("points_px", "brightness", "size_px"))
    sets = []
    for row, (low, high) in enumerate(pairwise(edges.tolist())):
        timepoint, camera = divmod(int(wanted[row]), len(cameras))
        flags = np.zeros(high - low, dtype=np.int64)
        sets.append(
            CandidateSet(timepoint, cameras[camera], points[low:high], brightness[low:high], size[low:high], flags)
        )
    return [sets[row : row + len(cameras)] for row in range(0, len(sets), len(cameras))]


def pack_flags(evidence: Sequence[Evidence]) -> Record:
    """Return the flags of all candidates, in the order of `pack_candidates`."""
    views = [(one.timepoint, camera, view) for one in evidence for camera, view in enumerate(one.views)]
    counts = [len(view) for _, _, view in views]
    return {
        "timepoint": np.repeat(np.array([timepoint for timepoint, _, _ in views], dtype=np.int64), counts),
        "camera": np.repeat(np.array([camera for _, camera, _ in views], dtype=np.int64), counts),
        "flags": _join([view.flags for _, _, view in views], (0,)).astype(np.int64),
    }


def pack_answers(answers: Sequence[ViewAnswers | None], timepoints: IntArray, *, shape: tuple[int, int, int]) -> Record:
    """Return the answers of stages 1 to 3 of consecutive timepoints; `shape` is cameras, regions, keypoints."""
    n_cameras, n_regions, n_keypoints = shape
    count = len(answers)
    boxes = np.full((count, n_cameras, n_regions, 4), np.nan)
    assigned = np.full((count, n_cameras, n_keypoints), -1, dtype=np.int64)
    reconciled, confidence = assigned.copy(), np.zeros(assigned.shape)
    for row, answer in enumerate(answers):
        if answer is not None:
            boxes[row], assigned[row], reconciled[row] = answer.boxes_px, answer.assigned, answer.reconciled
            confidence[row] = answer.confidence
    return {
        "timepoint": timepoints,
        "boxes_px": boxes,
        "assigned": assigned,
        "reconciled": reconciled,
        "confidence": confidence,
        "unasked": np.array([answer is not None and answer.unasked for answer in answers], dtype=np.int64),
    }


def pack_poses(poses: Sequence[Pose3D], points_px: FloatArray) -> Record:
    """Return the consecutive poses of a stretch as stacked arrays.

    Args:
        poses: One per timepoint.
        points_px: (timepoint, camera, keypoint, 2) the dots they rest on.
    """
    margin = np.stack([pose.margin for pose in poses])
    return {
        "timepoint": np.array([pose.timepoint for pose in poses], dtype=np.int64),
        "points_mm": np.stack([pose.points_mm for pose in poses]),
        "numbers": np.stack([pose.numbers for pose in poses]),
        "points_px": points_px,
        "error_px": np.stack([pose.error_px for pose in poses]),
        "margin": margin,
        "runner_up_mm": np.stack([pose.runner_up_mm for pose in poses]),
        "flags": np.stack([pose.flags for pose in poses]),
        "confidence": confidence_of(margin),
    }


def unpack_poses(record: Mapping[str, AnyArray], *, margin: FloatArray) -> list[Pose3D]:
    """Return the poses that `pack_poses` packed, with other margins, (timepoint, keypoint) nats."""
    return [
        Pose3D(
            int(timepoint),
            record["points_mm"][row],
            record["numbers"][row],
            record["error_px"][row],
            margin[row],
            record["runner_up_mm"][row],
            record["flags"][row],
        )
        for row, timepoint in enumerate(record["timepoint"])
    ]


def pack_survey(survey: Survey) -> Record:
    """Return what the whole video says as arrays."""
    specks = [
        np.column_stack([np.full(len(found), camera), found.points_px, found.brightness])
        for camera, found in enumerate(survey.specks)
    ]
    floor = np.full(4, np.nan) if survey.floor is None else np.append(survey.floor.normal, survey.floor.offset_mm)
    return {"specks": np.concatenate(specks), "floor": floor}


def unpack_survey(record: Mapping[str, AnyArray], n_cameras: int) -> Survey:
    """Return the survey that `pack_survey` packed."""
    rows, plane = record["specks"].astype(np.float64), record["floor"].astype(np.float64)
    specks = tuple(
        StaticSpecks(rows[rows[:, 0] == camera, 1:3], rows[rows[:, 0] == camera, 3]) for camera in range(n_cameras)
    )
    return Survey(specks, FloorPlane(plane[:3], float(plane[3])) if np.isfinite(plane).all() else None)


def _join(arrays: Sequence[AnyArray], empty: tuple[int, ...]) -> AnyArray:
    return np.concatenate(arrays) if arrays else np.zeros(empty)
