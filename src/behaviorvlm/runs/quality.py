"""``quality.csv``: one row per timepoint and keypoint, with what a person needs to decide where to look."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from behaviorvlm.runs.chunks import PoseChunk, ViewChunk
from behaviorvlm.runs.reasons import SIDELESS, doubt_reason, flag_names, missing_reason
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import IntArray, PoseFlag

QUALITY_COLUMNS = (
    "timepoint",
    "keypoint",
    "reprojection_error_px",
    "views_used",
    "margin",
    "confidence",
    "flags",
    "reason",
)


def write_quality(path: Path, run: PoseRun) -> None:
    """Write the quality of everything settled so far; fixed number format, empty = not known.

    Raises:
        OSError: If the file cannot be written.
        RunCorruptError: If a result in the journal is not what was saved.
    """
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(QUALITY_COLUMNS)
        for pose in run.poses():
            writer.writerows(_rows(run, pose))


def chunk_reasons(
    run: PoseRun, pose: PoseChunk, view: ViewChunk | None, *, dots: IntArray | None = None
) -> list[list[str]]:
    """Return why each keypoint is doubtful or missing, in words: a list per timepoint of a text per keypoint.

    Args:
        run: The run.
        pose: The poses.
        view: What stages 1 to 3 said, None = not known.
        dots: (timepoint, camera) int64 number of candidates, None = look into the run.
    """
    present = pose.present
    dots = count_candidates(run, pose.timepoint) if dots is None else dots
    cameras, sideless = tuple(run.manifest.session.cameras), run.sideless
    corrected = run.corrected
    words = {} if corrected is None else corrected.words(pose)

    def reason(row: int, index: int) -> str:
        by_hand = words.get((int(pose.timepoint[row]), index))
        if by_hand:
            others = doubt_reason(int(pose.flags[row, index]) & ~PoseFlag.CORRECTED)
            return "; ".join(filter(None, (by_hand, others)))
        if present[row, index]:
            return doubt_reason(int(pose.flags[row, index]))
        if sideless[index]:
            return SIDELESS
        if view is None:
            return "not found"
        assigned, reconciled = view.assigned[row, :, index], view.reconciled[row, :, index]
        return missing_reason(assigned, reconciled, dots=dots[row], cameras=cameras)

    return [[reason(row, index) for index in range(present.shape[1])] for row in range(len(present))]


def count_candidates(run: PoseRun, timepoints: IntArray) -> IntArray:
    """Return the number of candidates in each view of the (timepoint,) instants, (timepoint, camera) int64."""
    counts = np.zeros((len(timepoints), len(run.manifest.session.cameras)), dtype=np.int64)
    first, last = int(timepoints.min()), int(timepoints.max())
    for block in run.candidates_between(first, last + 1):
        inside = (block.timepoint >= first) & (block.timepoint <= last)
        rows = np.searchsorted(timepoints, block.timepoint[inside])
        np.add.at(counts, (rows, block.camera[inside]), 1)
    return counts


def _rows(run: PoseRun, pose: PoseChunk) -> Iterator[tuple[object, ...]]:
    reasons = chunk_reasons(run, pose, run.views_at(int(pose.timepoint[0])))
    keypoints = run.manifest.session.keypoints
    views_used = pose.views_used
    for row, timepoint in enumerate(pose.timepoint.tolist()):
        for index, keypoint in enumerate(keypoints):
            yield (
                timepoint,
                keypoint,
                _fixed(pose.error_px[row, index]),
                views_used[row, index],
                _fixed(pose.margin[row, index]),
                _fixed(pose.confidence[row, index]),
                flag_names(int(pose.flags[row, index])),
                reasons[row][index],
            )


def _fixed(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3f}"
