"""The pose pipeline on arena_ring_small: rendered pictures (simulated), motion recorded from life."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from unit.pose.scenes import DictSink

from behaviorvlm.evaluate.keypoint_error import PoseScores, score_pose
from behaviorvlm.evaluate.pose_truth import read_truth
from behaviorvlm.io.session_folder import open_session
from behaviorvlm.io.video import VideoFrameSource
from behaviorvlm.pose.pipeline import run_pose
from behaviorvlm.pose.settings import PoseSettings


@pytest.fixture(scope="module")
def folder(shared_data) -> Path:
    folder = shared_data / "arena_ring_small"
    if not folder.is_dir():
        pytest.skip(f"no arena_ring_small at {folder}")
    return folder


def score(folder: Path, sink: DictSink, *, stage: str = "poses") -> PoseScores:
    session = open_session(folder)
    times = np.arange(session.n_timepoints)
    truth = read_truth(
        folder / "truth", keypoints=session.skeleton.keypoints, cameras=session.cameras, timepoints=times
    )
    return score_pose(sink.joined(stage, "points_mm"), truth=truth, skeleton=session.skeleton)


@pytest.fixture(scope="module")
def sink(folder: Path) -> DictSink:
    """Return the records of a run with the default settings, and of the refined calibration."""
    session, sink = open_session(folder), DictSink()
    run_pose(session, source=VideoFrameSource(session), sink=sink, settings=PoseSettings(refine_calibration=True))
    return sink


def test_keypoints_are_named_and_placed(folder: Path, sink: DictSink) -> None:
    scores = score(folder, sink)
    assert scores.mean_error_mm is not None
    assert scores.mean_error_mm < 1.0
    assert (scores.identity_accuracy or 0) > 0.98
    assert (scores.coverage or 0) > 0.95
    assert (scores.swap_rate or 0) < 0.01


def test_the_floor_and_the_specks_are_found(folder: Path, sink: DictSink) -> None:
    survey = sink["survey", "all"]
    normal, offset = survey["floor"][:3], survey["floor"][3]
    assert np.degrees(np.arccos(normal[2])) < 1.0  # the floor is z = 0
    assert abs(offset) < 2.0
    assert len(survey["specks"]) > 6


def test_refining_the_calibration_makes_nothing_worse(folder: Path, sink: DictSink) -> None:
    refined = sink["calibration", "refined"]
    assert np.median(refined["residual_after_px"]) < np.median(refined["residual_before_px"])
    before, after = (score(folder, sink, stage=stage).median_error_mm for stage in ("poses", "poses_recalibrated"))
    assert before is not None
    assert after is not None
    assert after < before + 0.05


def test_without_stage_4_names_are_worse(folder: Path, sink: DictSink) -> None:
    naive = DictSink({key: sink[key] for key in sink if key[0] in ("candidates", "survey")})
    run_pose(open_session(folder), source=None, sink=naive, settings=PoseSettings(stages=(2,)))
    best, worst = score(folder, sink), score(folder, naive)
    assert (best.mean_error_mm or np.inf) < (worst.mean_error_mm or 0)
    assert (worst.identity_accuracy or 0) > 0.7
