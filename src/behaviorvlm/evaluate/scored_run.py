"""A finished run and the truth of its session, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from behaviorvlm.evaluate.pose_truth import PoseTruth, read_truth
from behaviorvlm.types import FloatArray, IntArray, Skeleton


@dataclass(frozen=True, eq=False)
class ScoredRun:
    """What a run reports and what is true, on the same axes.

    Attributes:
        skeleton: The body plan, the keypoint axis.
        timepoints: (timepoint,) int64.
        points_mm: (timepoint, keypoint, 3) float64 mm as reported, NaN = missing.
        truth: The truth there.
        model_calls_per_timepoint: Calls to a model, for each timepoint of the whole table.
    """

    skeleton: Skeleton
    timepoints: IntArray
    points_mm: FloatArray
    truth: PoseTruth
    model_calls_per_timepoint: float


def read_scored_run(run_folder: Path, truth_folder: Path, *, first_timepoint: int = 0) -> ScoredRun:
    """Read ``points3d.csv`` of a run, the cameras of the session it names, and the truth.

    Raises:
        RunError: If the folder holds no readable run.
        InputError: If its session or the truth cannot be used.
    """
    from behaviorvlm import api
    from behaviorvlm.io.points3d import read_points3d
    from behaviorvlm.runs.manifest import RunManifest

    record = RunManifest.read(run_folder).session
    cameras = api.open_session(record.folder).cameras
    table = read_points3d(run_folder / "points3d.csv")
    kept = table.timepoints >= first_timepoint
    timepoints = table.timepoints[kept]
    truth = read_truth(truth_folder, keypoints=table.keypoints, cameras=cameras, timepoints=timepoints)
    calls = _model_calls(run_folder) / max(len(table.timepoints), 1)
    return ScoredRun(record.skeleton, timepoints, table.points_mm[kept], truth, calls)


def _model_calls(run_folder: Path) -> int:
    from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal

    if not (run_folder / ANSWERS_FILE).exists():
        return 0
    with AnswerJournal(run_folder / ANSWERS_FILE, writable=False) as journal:
        return journal.totals().calls
