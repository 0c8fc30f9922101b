"""A person's corrections of a pose run: kept on record, triangulated anew, in the tables, undone."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from session_files import SKELETON
from unit.runs.correctable import LEFT, N_TIMEPOINTS, RIGHT, SPECK, WRONG, dots_px, true_mm, write_run

from behaviorvlm import api
from behaviorvlm.api.corrections import correct_pose, rerun, undo_correction
from behaviorvlm.errors import RunMismatchError, RunStorageError, SettingsError
from behaviorvlm.io.deeplabcut import read_keypoints
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.runs.chunks import PoseChunk
from behaviorvlm.runs.correction_kinds import (
    AcceptExemplar,
    ClearPoint,
    MoveBox,
    PoseChange,
    SetPoint,
    SwapSides,
)
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.verify import verify_run
from behaviorvlm.runs.view_report import report_view
from behaviorvlm.types import PoseFlag
from behaviorvlm.types.body_limits import BodyLimits

EARS = (("left_ear", "right_ear"),)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("correctable"))


@pytest.fixture
def run(made: Path) -> Path:
    """Return the run as nobody corrected it yet."""
    for path in (*made.glob("corrections*"), *made.glob("exemplars/*")):
        path.unlink()
    rerun(made)
    return made


def correct(run: Path, *changes: PoseChange, reason: str = "") -> list[int]:
    return [one.number for one in correct_pose(run, changes, author="ada", reason=reason)]


def pose_at(run: Path, timepoint: int) -> tuple[PoseChunk, int]:
    with PoseRun.open(run) as opened:
        chunk = opened.poses_at(timepoint)
    assert chunk is not None
    return chunk, timepoint - int(chunk.timepoint[0])


def point_mm(run: Path, timepoint: int, keypoint: str) -> np.ndarray:
    chunk, row = pose_at(run, timepoint)
    return chunk.points_mm[row, SKELETON.index(keypoint)]


def quality(run: Path, timepoint: int, keypoint: str) -> dict[str, str]:
    with (run / "quality.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return next(row for row in rows if (row["timepoint"], row["keypoint"]) == (str(timepoint), keypoint))


def test_swapped_sides_are_where_they_belong_and_in_every_table(run: Path) -> None:
    correct(run, SwapSides(start=WRONG, stop=WRONG + 1, pairs=EARS), reason="paws tell")
    rerun(run)
    table = read_points3d(run / "points3d.csv")
    np.testing.assert_allclose(table.points_mm, true_mm(), atol=2e-4)
    labels = read_keypoints(run / "points2d_cam1.csv")
    np.testing.assert_allclose(labels.points_px[WRONG, 0, LEFT], dots_px(WRONG)[1, LEFT], atol=1e-3)
    row = quality(run, WRONG, "left_ear")
    assert row["flags"] == "corrected" and row["margin"] == "" and row["confidence"] == "1.000"
    assert row["reason"] == "corrected by ada: left_ear and right_ear swapped (paws tell)"
    assert quality(run, WRONG, "nose")["reason"] == "" and quality(run, WRONG - 1, "left_ear")["reason"] == ""


def test_a_swap_from_here_to_there_crosses_blocks(run: Path) -> None:
    correct(run, SwapSides(start=3, stop=11, pairs=EARS))
    for timepoint in range(N_TIMEPOINTS):
        swapped = (3 <= timepoint < 11) != (timepoint == WRONG)
        truth = true_mm()[timepoint, RIGHT if swapped else LEFT]
        np.testing.assert_allclose(point_mm(run, timepoint, "left_ear"), truth, atol=1e-6)


def test_another_dot_takes_it_from_whoever_had_it(run: Path) -> None:
    correct(run, SetPoint(timepoint=2, camera="cam0", keypoint="nose", number=LEFT, x_px=0, y_px=0))
    chunk, row = pose_at(run, 2)
    assert chunk.numbers[row, 0, 0] == LEFT and chunk.numbers[row, LEFT, 0] == -1
    np.testing.assert_allclose(chunk.points_px[row, 0, 0], dots_px(2)[0, LEFT])
    assert chunk.error_px[row, 0] > 1.0 and chunk.views_used[row].tolist()[:2] == [4, 3]
    assert [bool(flags & PoseFlag.CORRECTED) for flags in chunk.flags[row, :3]] == [True, True, False]


def test_missing_in_views_until_no_two_are_left(run: Path) -> None:
    gone = [ClearPoint(timepoint=4, camera=f"cam{camera}", keypoint="tail") for camera in range(3)]
    correct(run, *gone[:2])
    chunk, row = pose_at(run, 4)
    assert chunk.flags[row, 6] == PoseFlag.CORRECTED | PoseFlag.TWO_VIEWS and chunk.present[row, 6]
    correct(run, gone[2])
    rerun(run)
    assert np.isnan(point_mm(run, 4, "tail")).all()
    missing = quality(run, 4, "tail")
    assert (missing["reprojection_error_px"], missing["views_used"], missing["confidence"]) == ("", "1", "0.000")
    assert "tail is missing in cam2" in missing["reason"]
    correct(run, ClearPoint(timepoint=5, keypoint="tail"))
    assert pose_at(run, 5)[0].views_used[0, 6] == 0


def test_a_free_point_counts_as_a_view(run: Path) -> None:
    correct(run, ClearPoint(timepoint=9, keypoint="back"))
    x, y = dots_px(9)[:, 5].T
    points = [SetPoint(timepoint=9, camera=f"cam{c}", keypoint="back", x_px=x[c], y_px=y[c]) for c in (0, 2, 3)]
    correct(run, *points)
    chunk, row = pose_at(run, 9)
    np.testing.assert_allclose(chunk.points_mm[row, 5], true_mm()[9, 5], atol=1e-6)
    assert chunk.views_used[row, 5] == 3 and (chunk.numbers[row, 5] == -1).all() and chunk.error_px[row, 5] < 1e-3


def test_a_moved_box_is_what_the_views_say(run: Path) -> None:
    correct(run, MoveBox(timepoint=6, camera="cam2", region="head", box_px=(1, 2, 3, 4)))
    with PoseRun.open(run) as opened:
        at, chunks = opened.views_at(6), list(opened.views())
        assert at is not None
        assert report_view(opened, timepoint=6, camera="cam2").boxes[0].x_max_px == 3
    assert [chunk.boxes_px[1, :, 0, 0].tolist() for chunk in chunks] == [[5.0] * 4, [5.0, 5.0, 1.0, 5.0], [5.0] * 4]
    assert at.boxes_px[1, 2, 0].tolist() == [1, 2, 3, 4] and at.boxes_px[0, 2, 0].tolist() == [5, 6, 30, 40]


JUMPS = BodyLimits(15.0, np.full((len(SKELETON.edges), 2), np.nan))
"""Shorter than the ears are apart."""


def flags_around(folder: Path, keypoint: int) -> list[str]:
    """Return the flags of a keypoint at the timepoints before, at and after the wrong one, from the tables."""
    rows = csv.DictReader((folder / "quality.csv").read_text().splitlines())
    found = {int(row["timepoint"]): row["flags"] for row in rows if row["keypoint"] == SKELETON.keypoints[keypoint]}
    return [found[WRONG + by] for by in (-1, 0, 1)]


def test_jumps_are_judged_anew_at_and_beside_a_corrected_point_and_only_there(tmp_path: Path) -> None:
    folder = write_run(tmp_path, limits=JUMPS)
    assert flags_around(folder, LEFT) == ["", "jump", ""]
    swap = correct(folder, SwapSides(start=WRONG, stop=WRONG + 1, pairs=EARS))
    rerun(folder)
    assert flags_around(folder, LEFT) == ["", "corrected", ""]
    undo_correction(folder, *swap, author="ada")
    wrong = dots_px(WRONG + 1)[:, RIGHT]
    moved = [
        SetPoint(timepoint=WRONG + 1, camera=f"cam{c}", keypoint="left_ear", x_px=x, y_px=y)
        for c, (x, y) in enumerate(wrong.tolist())
    ]
    correct(folder, *moved)
    rerun(folder)
    assert flags_around(folder, LEFT) == ["", "", "corrected"]  # two in a row stepped there and back: neither jumps
    assert flags_around(folder, RIGHT) == ["", "jump", ""]
    correct(folder, SwapSides(start=2, stop=3, pairs=EARS))
    rerun(folder)
    assert quality(folder, 2, "left_ear")["flags"] == "jump|corrected"
    assert [quality(folder, at, "left_ear")["flags"] for at in (1, 3)] == ["", ""]
    with PoseRun.open(folder) as opened:
        assert verify_run(opened).problems == ()


def test_bones_are_judged_anew_where_a_point_was_moved(tmp_path: Path) -> None:
    length = np.linalg.norm(np.diff(true_mm()[:, SKELETON.edge_indices], axis=2)[:, :, 0], axis=-1)
    bones = np.stack([length.min(axis=0) * 0.9, length.max(axis=0) * 1.1], axis=1)
    folder = write_run(tmp_path, limits=BodyLimits(1e6, bones))
    edge = next(pair for pair in SKELETON.edge_indices.tolist() if SKELETON.index("tail") in pair)
    assert not pose_at(folder, 3)[0].flags[3].any()
    corner = [
        SetPoint(timepoint=3, camera=f"cam{c}", keypoint="tail", x_px=x, y_px=y)
        for c, (x, y) in enumerate(dots_px(3)[:, SKELETON.index("back")].tolist())
    ]
    correct(folder, *corner)
    flags = pose_at(folder, 3)[0].flags[3]
    odd = [bool(flags[end] & PoseFlag.BONE_LENGTH) for end in edge]
    assert odd == [True, True] and np.count_nonzero(flags & PoseFlag.BONE_LENGTH) == 2


def test_a_run_without_limits_keeps_the_flags_it_raised(run: Path) -> None:
    before = pose_at(run, WRONG)[0].flags
    correct(run, ClearPoint(timepoint=WRONG, camera="cam0", keypoint="tail"))
    after = pose_at(run, WRONG)[0].flags
    assert np.argwhere(before != after).tolist() == [[WRONG - 5, SKELETON.index("tail")]]


def test_undone_it_is_as_the_pipeline_left_it_and_redone_again(run: Path) -> None:
    found = (run / "points3d.csv").read_bytes()
    (number,) = correct(run, SwapSides(start=WRONG, stop=WRONG + 1, pairs=EARS))
    rerun(run)
    corrected = (run / "points3d.csv").read_bytes()
    undone = undo_correction(run, number, author="ben", reason="was right")
    rerun(run)
    assert (run / "points3d.csv").read_bytes() == found != corrected
    with (run / "corrections.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["author"], row["undone"]) for row in rows] == [("ada", "yes"), ("ben", "")]
    undo_correction(run, undone.number, author="ada")
    rerun(run)
    assert (run / "points3d.csv").read_bytes() == corrected


@pytest.mark.parametrize("number", [0, 2, 1])
def test_only_what_holds_can_be_undone(run: Path, number: int) -> None:
    correct(run, AcceptExemplar(timepoint=1))
    if number == 1:
        undo_correction(run, 1, author="ada")
    with pytest.raises(SettingsError, match=f"correction {number} cannot be undone"):
        undo_correction(run, number, author="ada")


def test_accepted_exemplars_are_written_as_seeds(run: Path) -> None:
    correct(run, SwapSides(start=WRONG, stop=WRONG + 1, pairs=EARS))
    _, accepted = correct(run, AcceptExemplar(timepoint=3), AcceptExemplar(timepoint=WRONG))
    rerun(run)
    labels = read_keypoints(run / "exemplars" / "CollectedData_cam2.csv")
    assert labels.frames.tolist() == [3, WRONG]
    np.testing.assert_allclose(labels.points_px[1, 0], dots_px(WRONG)[2, :-1], atol=1e-3)
    undo_correction(run, accepted, author="ada")
    rerun(run)
    assert read_keypoints(run / "exemplars" / "CollectedData_cam2.csv").frames.tolist() == [3]


@pytest.mark.parametrize(
    "change",
    [
        SetPoint(timepoint=2, camera="cam0", keypoint="nose", number=SPECK + 1, x_px=0, y_px=0),
        SetPoint(timepoint=2, camera="cam9", keypoint="nose", number=0, x_px=0, y_px=0),
        SetPoint(timepoint=2, camera="cam0", keypoint="wing", number=0, x_px=0, y_px=0),
        SetPoint(timepoint=2, camera="cam0", keypoint="nose", x_px=64.0, y_px=3),
        ClearPoint(timepoint=N_TIMEPOINTS, keypoint="nose"),
        SwapSides(start=3, stop=3, pairs=EARS),
        SwapSides(start=3, stop=4, pairs=(("nose", "nose"),)),
        MoveBox(timepoint=3, camera="cam0", region="wing", box_px=(0, 0, 1, 1)),
        MoveBox(timepoint=3, camera="cam0", region="head", box_px=(9, 0, 1, 1)),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_kept(run: Path, change: PoseChange) -> None:
    with pytest.raises(SettingsError, match="does not fit the run"):
        correct(run, AcceptExemplar(timepoint=1), change)
    assert not (run / "corrections.sqlite").exists()


def test_to_give_the_command_again_makes_the_same_tables(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("behaviorvlm.pose.pipeline.run_pose", lambda *_, **__: None)  # all of it is done
    correct(run, SwapSides(start=WRONG, stop=WRONG + 1, pairs=EARS), AcceptExemplar(timepoint=3))
    made = {path.name: path.read_bytes() for path in rerun(run)}
    for name in made:
        for path in run.rglob(name):
            path.unlink()
    api.estimate_pose(api.open_session(run.parent / "session"), run=run).close()
    assert {path.name: path.read_bytes() for path in run.rglob("*.csv")} == made


def test_verify_checks_corrections_and_the_tables_they_make(run: Path) -> None:
    correct(run, SwapSides(start=WRONG, stop=WRONG + 1, pairs=EARS), AcceptExemplar(timepoint=3))
    with PoseRun.open(run) as opened:
        assert "points3d.csv is not what the journal says" in verify_run(opened).problems
    rerun(run)
    with PoseRun.open(run) as opened:
        assert verify_run(opened).problems == ()
    connection = sqlite3.connect(run / "corrections.sqlite")
    with connection:
        connection.execute("UPDATE correction SET content = replace(content, 'ada', 'eve') WHERE number = 2")
    connection.close()
    with PoseRun.open(run) as opened:
        (problem, untold) = verify_run(opened).problems
    assert "correction 2: a correction is not what was written" in problem and "damaged journal" in untold


def test_a_correction_may_come_while_the_run_is_written_but_tables_wait(run: Path) -> None:
    with PoseRun.reopen(run) as writing:
        correct(run, SwapSides(start=WRONG, stop=WRONG + 1, pairs=EARS))
        with pytest.raises(RunStorageError, match="another process is writing"):
            rerun(run)
        chunk = writing.poses_at(WRONG)  # who writes the run makes its tables with what was corrected meanwhile
        assert chunk is not None
        np.testing.assert_allclose(chunk.points_mm[WRONG - chunk.timepoint[0], LEFT], true_mm()[WRONG, LEFT], atol=1e-6)


def test_cameras_of_another_calibration_are_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    calibration = tmp_path / "session" / "calibration.toml"
    calibration.write_text(calibration.read_text().replace("distortions = [0.0", "distortions = [0.01"))
    with pytest.raises(RunMismatchError, match="other cameras"):
        correct(run, AcceptExemplar(timepoint=1))


def test_words_that_would_be_formulas_are_text_in_the_table(run: Path) -> None:
    correct_pose(run, [AcceptExemplar(timepoint=1)], author="=cmd()", reason="@sum(A1)")
    rerun(run)
    with (run / "corrections.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["author"], row["reason"]) == ("'=cmd()", "'@sum(A1)")
