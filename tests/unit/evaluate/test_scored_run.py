"""A run folder and a truth folder, read and scored: the files a user has, made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from unit.runs.answer_records import record, refused

from behaviorvlm import api
from behaviorvlm.errors import FormatError, RunStorageError
from behaviorvlm.evaluate.error_detection import evaluate_error_detection
from behaviorvlm.evaluate.keypoint_error import evaluate_pose
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.io.anipose import write_calibration
from behaviorvlm.io.candidates import write_candidates
from behaviorvlm.io.deeplabcut import write_predictions
from behaviorvlm.io.points3d import Points3D, write_points3d
from behaviorvlm.io.seeds import write_seeds
from behaviorvlm.io.skeleton import write_skeleton
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.manifest import RunManifest
from behaviorvlm.types import Camera, CameraGroup, CandidateSet, Exemplar, Skeleton

SKELETON = Skeleton(("left_paw", "right_paw", "spine"), symmetries=(("left_paw", "right_paw"),))
POINTS_MM = np.array([[-20.0, 0, 0], [20.0, 0, 0], [0, 50.0, 10.0]]) + np.arange(6.0)[:, None, None]
QUALITY_HEADER = "timepoint,keypoint,reprojection_error_px,views_used,margin,confidence,flags,reason\n"


def rig() -> CameraGroup:
    """Return two cameras at a right angle, 600 mm from the origin."""
    matrix = np.array([[1000.0, 0, 500], [0, 1000, 500], [0, 0, 1]])
    return CameraGroup(
        tuple(
            Camera(name, (1000, 1000), matrix, np.zeros(5), np.array([0, angle, 0]), np.array([0, 0, 600.0]))
            for name, angle in (("a", 0.0), ("b", np.pi / 2))
        )
    )


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Write the truth; camera b does not see the spine at timepoint 5."""
    folder = tmp_path / "truth"
    folder.mkdir()
    table = Points3D.from_points(SKELETON.keypoints, np.arange(6), POINTS_MM)
    write_points3d(folder / "points3d.csv", [table], keypoints=SKELETON.keypoints)
    for camera, pixels in zip(rig(), project_all(POINTS_MM, rig()), strict=True):
        likelihood = np.full((6, 3), 0.9)
        likelihood[5, 2] = 0.2 if camera.name == "b" else 0.9
        block = (np.arange(6), pixels, likelihood)
        write_predictions(folder / f"points2d_{camera.name}.csv", [block], keypoints=SKELETON.keypoints)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Write a session and a run over it in which the paws are exchanged at timepoint 4, and it says so."""
    session, folder = tmp_path / "mouse", tmp_path / "run"
    for path in (session / "seeds", session / "candidates", folder):
        path.mkdir(parents=True)
    write_calibration(session / "calibration.toml", rig())
    write_skeleton(session / "skeleton.toml", SKELETON)
    (session / "session.toml").write_text("n_timepoints = 6\nframe_rate_hz = 30\n")
    pixels = project_all(POINTS_MM, rig())
    seeds = [Exemplar(t, camera.name, pixels[c, t]) for t in (0, 1, 2) for c, camera in enumerate(rig())]
    write_seeds(session, seeds, skeleton=SKELETON, session="mouse")
    for number, name in enumerate(rig().names):
        sets = [CandidateSet.from_points(t, name, pixels[number, t]) for t in range(6)]
        write_candidates(session / "candidates" / f"candidates_{name}.csv", sets)
    RunManifest.of(api.open_session(session), PoseSettings(), workers=1).write(folder)
    reported = POINTS_MM + np.array([0, 0, 1.0])
    reported[4, :2] = reported[4, 1::-1]
    table = Points3D.from_points(SKELETON.keypoints, np.arange(6), reported)
    write_points3d(folder / "points3d.csv", [table], keypoints=SKELETON.keypoints)
    rows = [
        f"{t},{name},0.5,2,{'1.5' if t == 4 else '20'},0.9,{'jump|bone_length' if t == 4 else ''},\n"
        for t in range(6)
        for name in SKELETON.keypoints
    ]
    (folder / "quality.csv").write_text(QUALITY_HEADER + "".join(rows))
    return folder


def test_a_run_is_scored_from_its_files(run: Path, truth: Path) -> None:
    scores = evaluate_pose(run, truth)
    assert scores.median_error_mm == pytest.approx(1.0, abs=1e-3)
    assert scores.identity_accuracy == pytest.approx(15 / 17)
    assert scores.swap_rate == pytest.approx(2 / 12)
    assert scores.oracle_mean_mm == pytest.approx(0, abs=1e-3)
    assert (scores.coverage, scores.unsupported.count) == (1, 1)


def test_calls_to_a_model_are_spread_over_all_timepoints(run: Path, truth: Path) -> None:
    assert evaluate_pose(run, truth).model_calls_per_timepoint == 0
    with AnswerJournal(run / ANSWERS_FILE, writable=True) as journal:
        journal.save(record(1))
        journal.save(refused(2))  # asked three times
    assert evaluate_pose(run, truth, first_timepoint=5).model_calls_per_timepoint == pytest.approx(4 / 6)


def test_timepoints_before_the_first_do_not_count(run: Path, truth: Path) -> None:
    assert evaluate_pose(run, truth, first_timepoint=5).identity_accuracy == 1


def test_quality_finds_the_exchanged_paws_but_not_the_spine_beside_them(run: Path, truth: Path) -> None:
    every = evaluate_error_detection(run, truth)
    assert (every.wrong, every.right) == (2, 15)
    assert every.auroc == pytest.approx(1 - 0.5 / 15)  # the spine at that timepoint is as suspicious, a tie
    assert evaluate_error_detection(run, truth, keypoints=["left_paw", "right_paw"]).auroc == 1
    assert evaluate_error_detection(run, truth, keypoints=["spine"]).auroc is None


def test_no_run_no_truth_and_another_truth_are_refused(run: Path, truth: Path, tmp_path: Path) -> None:
    with pytest.raises(RunStorageError, match="no run"):
        evaluate_pose(tmp_path / "nothing", truth)
    with pytest.raises(FormatError, match="read"):
        evaluate_pose(run, tmp_path / "nothing")
    table = Points3D.from_points(SKELETON.keypoints, np.arange(100, 106), POINTS_MM)
    write_points3d(truth / "points3d.csv", [table], keypoints=SKELETON.keypoints)
    with pytest.raises(FormatError, match="other timepoints"):
        evaluate_pose(run, truth)
    table = Points3D.from_points(("nose", "ear", "spine"), np.arange(6), POINTS_MM)
    write_points3d(truth / "points3d.csv", [table], keypoints=("nose", "ear", "spine"))
    with pytest.raises(FormatError, match="lacks left_paw, right_paw"):
        evaluate_pose(run, truth)


def test_a_quality_table_that_is_none_is_refused(run: Path, truth: Path) -> None:
    for text in (
        "timepoint,keypoint\n0,spine\n",
        QUALITY_HEADER + "0,spine,1,2,wide,1,,\n",
        QUALITY_HEADER + "0,spine,1,2,3,1,odd,\n",
    ):
        (run / "quality.csv").write_text(text)
        with pytest.raises(FormatError, match=r"quality\.csv"):
            evaluate_error_detection(run, truth)
