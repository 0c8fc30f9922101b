"""Accepted timepoints become seeds: added to what is there, once, in every camera's file or in none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from session_files import SEED_TIMEPOINTS, SKELETON, make_rig
from typer.testing import CliRunner
from unit.runs.correctable import dots_px, write_run

from behaviorvlm.api import open_session
from behaviorvlm.api.adoption import adopt_exemplars
from behaviorvlm.api.corrections import correct_pose, rerun
from behaviorvlm.cli.app import app
from behaviorvlm.errors import RunMismatchError, SeedError, SettingsError
from behaviorvlm.io.anipose import write_calibration
from behaviorvlm.io.seeds import seed_points
from behaviorvlm.io.session_layout import calibration_path, video_path
from behaviorvlm.runs.correction_kinds import AcceptExemplar, ClearPoint

CAMERAS = [f"cam{place}" for place in range(4)]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run in which timepoints 3 and 10 were accepted, the nose of the first hidden in one view."""
    made = write_run(tmp_path)
    hidden = ClearPoint(timepoint=3, camera="cam2", keypoint="nose")
    accept(made, hidden, AcceptExemplar(timepoint=10), AcceptExemplar(timepoint=3))
    return made


def accept(run: Path, *changes: ClearPoint | AcceptExemplar) -> None:
    correct_pose(run, changes, author="ada")
    rerun(run)


def session_of(run: Path) -> Path:
    return run.parent / "session"


def seeds(run: Path) -> dict[str, bytes]:
    return {camera: path_of(run, camera).read_bytes() for camera in CAMERAS}


def path_of(run: Path, camera: str) -> Path:
    return session_of(run) / "seeds" / f"CollectedData_{camera}.csv"


def test_accepted_timepoints_are_seeds_beside_those_there_were(run: Path) -> None:
    before = seeds(run)
    done = adopt_exemplars(session_of(run), run)
    assert (done.added, done.known, done.folder) == ((3, 10), (), session_of(run) / "seeds")
    assert all(after.startswith(before[camera]) for camera, after in seeds(run).items())
    session = open_session(session_of(run))
    timepoints, points = seed_points(session.seeds, session.cameras)
    assert timepoints.tolist() == sorted((*SEED_TIMEPOINTS, 3, 10))
    np.testing.assert_allclose(points[timepoints == 10][0], dots_px(10)[:, : len(SKELETON)], atol=1e-3)
    assert np.argwhere(np.isnan(points[timepoints == 3][0][..., 0])).tolist() == [[2, 0]]


def test_adopted_again_nothing_is_added_and_more_is(run: Path) -> None:
    adopt_exemplars(session_of(run), run)
    after = seeds(run)
    assert adopt_exemplars(session_of(run), run).added == () and seeds(run) == after
    accept(run, AcceptExemplar(timepoint=4))
    done = adopt_exemplars(session_of(run), run)
    assert (done.added, done.known) == ((4,), (3, 10))


def test_what_is_labelled_otherwise_is_refused_and_nothing_is_written(run: Path) -> None:
    accept(run, ClearPoint(timepoint=5, camera="cam1", keypoint="tail"), AcceptExemplar(timepoint=5))
    before = seeds(run)
    with pytest.raises(SeedError, match="timepoint 5 is among the seeds already, labelled otherwise"):
        adopt_exemplars(session_of(run), run)
    assert seeds(run) == before


def test_what_was_added_to_some_cameras_only_is_completed(run: Path) -> None:
    before = seeds(run)
    adopt_exemplars(session_of(run), run)
    after = seeds(run)
    path_of(run, "cam3").write_bytes(before["cam3"])
    assert adopt_exemplars(session_of(run), run).added == (3, 10)
    assert seeds(run) == after


def test_seeds_that_do_not_go_together_are_refused(run: Path) -> None:
    path = path_of(run, "cam3")
    path.write_text("\n".join(path.read_text().splitlines()[:-1]))
    before = seeds(run)
    with pytest.raises(SeedError, match="not aligned"):
        adopt_exemplars(session_of(run), run)
    assert seeds(run) == before


def test_a_file_keeps_its_form(run: Path) -> None:
    names = [*SKELETON.keypoints[::-1]][:-1]  # other order, and without the nose
    rows = [["scorer", "", "", *["kim"] * 12], ["bodyparts", "", "", *[one for one in names for _ in "xy"]]]
    rows += [["coords", "", "", *["x", "y"] * 6]]
    for timepoint in SEED_TIMEPOINTS:
        points = dots_px(timepoint)[1, : len(SKELETON)][::-1][:-1]
        rows.append(["labeled-data", "kim", f"img{timepoint:05d}.png", *(f"{value:.5f}" for value in points.ravel())])
    path_of(run, "cam1").write_bytes("\r\n".join(",".join(row) for row in rows).encode())
    before = seeds(run)["cam1"]
    adopt_exemplars(session_of(run), run)
    after = seeds(run)["cam1"]
    assert after.startswith(before + b"\r\n") and after.count(b"\r\n") == after.count(b"\n") == 8
    last = after.decode().splitlines()[-1].split(",")
    assert last[:3] == ["labeled-data", "walk_cam1", "img00010.png"] and len(last) == 15
    np.testing.assert_allclose(float(last[3]), dots_px(10)[1, SKELETON.index("tail"), 0], atol=1e-3)


def test_a_session_without_seeds_gets_files_of_its_own(run: Path) -> None:
    for camera in CAMERAS:
        path_of(run, camera).unlink()
    accept(run, AcceptExemplar(timepoint=6))
    assert adopt_exemplars(session_of(run), run).added == (3, 6, 10)
    assert len(open_session(session_of(run)).seeds) == 3 * len(CAMERAS)


def test_a_run_of_another_session_is_refused(run: Path) -> None:
    video = video_path(session_of(run), "walk", camera="cam2", channel="fluorescence")
    video.write_bytes(video.read_bytes() + b"\0")  # the same cameras, names and length
    before = seeds(run)
    with pytest.raises(RunMismatchError, match="of another session: its sizes of videos differ"):
        adopt_exemplars(session_of(run), run)
    write_calibration(calibration_path(session_of(run)), make_rig(uneven_mm=20.0))
    with pytest.raises(RunMismatchError, match="its cameras and calibration differ"):
        adopt_exemplars(session_of(run), run)
    assert seeds(run) == before


def test_nothing_accepted_says_how(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    with pytest.raises(SettingsError, match="no timepoint of this run was accepted"):
        adopt_exemplars(session_of(run), run)


def test_the_command_says_what_it_added(run: Path) -> None:
    said = CliRunner().invoke(app, ["label", str(session_of(run)), "--adopt", str(run)])
    assert said.exit_code == 0 and "Added timepoints 3, 10 to" in said.output and "a new folder" in said.output
    said = CliRunner().invoke(app, ["label", str(session_of(run)), "--adopt", str(run)])
    assert "Among the seeds already: timepoints 3, 10." in said.output and "Nothing was added." in said.output
