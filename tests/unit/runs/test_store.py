"""A run folder is begun once, taken up again, and shared with readers only."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
from unit.runs.scripted_pipeline import N_TIMEPOINTS, make_session, scripted_run_pose

from behaviorvlm.errors import RunCorruptError, RunMismatchError, RunStorageError, SessionError
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.chunks import rows_of_view
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import RecordingSession

SETTINGS = PoseSettings()


def test_a_run_is_taken_up_where_it_was(session: RecordingSession, tmp_path: Path) -> None:
    with PoseRun.start(tmp_path / "a" / "run", session, settings=SETTINGS) as run:
        run.sink.save("poses", "000000-000010", {"flags": np.zeros(3)})
    with PoseRun.start(tmp_path / "a" / "run", session, settings=SETTINGS, workers=4) as again:
        assert again.sink.load("poses", "000000-000010") is not None
        assert again.manifest == run.manifest


def test_a_run_of_something_else_is_not_touched(session: RecordingSession, finished: Path) -> None:
    before = {path.name: path.read_bytes() for path in finished.iterdir()}
    with pytest.raises(RunMismatchError, match="refine_calibration"):
        PoseRun.start(finished, session, settings=SETTINGS)
    assert {path.name: path.read_bytes() for path in finished.iterdir()} == before
    PoseRun.start(finished, session, settings=PoseSettings(refine_calibration=True)).close()


def test_two_writers_are_refused_and_readers_are_not(session: RecordingSession, tmp_path: Path) -> None:
    with PoseRun.start(tmp_path / "run", session, settings=SETTINGS) as run:
        with pytest.raises(RunStorageError, match="another process is writing this run"):
            PoseRun.start(tmp_path / "run", session, settings=SETTINGS)
        scripted_run_pose(session, sink=run.sink, settings=SETTINGS)
        with PoseRun.open(tmp_path / "run") as reader:
            assert sum(len(chunk.timepoint) for chunk in reader.poses()) == N_TIMEPOINTS


def test_a_failed_start_lets_the_next_one_in(session: RecordingSession, tmp_path: Path) -> None:
    video = Path(session.source_files["video top"])
    video.rename(video.with_suffix(".away"))
    with pytest.raises(SessionError):
        PoseRun.start(tmp_path / "run", session, settings=SETTINGS)
    video.with_suffix(".away").rename(video)
    PoseRun.start(tmp_path / "run", session, settings=SETTINGS).close()


def test_a_folder_of_something_else_is_refused(session: RecordingSession, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("final version")
    with pytest.raises(RunStorageError, match="something that is no run") as error:
        PoseRun.start(tmp_path, session, settings=SETTINGS)
    assert "thesis.txt" in error.value.actual
    assert not (tmp_path / "run.lock").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(session: RecordingSession, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(RunStorageError, match="cannot be written"):
        PoseRun.start(tmp_path / "run", session, settings=SETTINGS)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_read_only_or_full_place_is_named(
    session: RecordingSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RunStorageError, match="full" if number == errno.ENOSPC else "cannot be written") as error:
        PoseRun.start(tmp_path / "run", session, settings=SETTINGS)
    assert error.value.where == str(tmp_path / "run")
    assert "same command goes on" in error.value.remedy


def test_a_run_that_was_killed_before_its_manifest_stood_begins_again(
    session: RecordingSession, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    with PoseRun.start(folder, session, settings=SETTINGS):
        (folder / "run.toml").rename(folder / "run.toml.partial")
    PoseRun.start(folder, session, settings=SETTINGS).close()
    assert (folder / "run.toml").exists()


def test_readers_return_arrays_in_order_of_time(finished: Path) -> None:
    with PoseRun.open(finished) as run:
        timepoints = np.concatenate([chunk.timepoint for chunk in run.poses()])
        shapes = {chunk.points_mm.shape for chunk in run.poses()}
        assert len(list(run.views())) == 5
        assert sum(len(block.points_px) for block in run.candidates()) == 5 * 3 * (N_TIMEPOINTS - 1)
        assert list(run.asked_timepoints) == timepoints.tolist() == list(range(N_TIMEPOINTS))
    assert shapes == {(10, 4, 3), (7, 4, 3)}


def test_the_block_that_holds_a_timepoint_is_found(finished: Path) -> None:
    with PoseRun.open(finished) as run:
        poses, views, candidates = run.poses_at(25), run.views_at(25), run.candidates_at(25)
        assert poses is not None and views is not None and candidates is not None
        assert 25 in poses.timepoint and 25 in views.timepoint
        assert candidates.points_px[rows_of_view(candidates, timepoint=25, camera=2), 0].tolist() == [
            25.0,
            35.0,
            45.0,
            55.0,
            65.0,
        ]
        assert run.poses_at(N_TIMEPOINTS) is None


def test_timepoints_asked_for_are_those_of_the_settings(session: RecordingSession, tmp_path: Path) -> None:
    with PoseRun.start(tmp_path / "run", session, settings=PoseSettings(timepoints=(5, 9))) as run:
        assert run.asked_timepoints == range(5, 9)


def test_a_result_of_another_shape_is_named(session: RecordingSession, tmp_path: Path) -> None:
    with PoseRun.start(tmp_path / "run", session, settings=SETTINGS) as run:
        run.sink.save("poses", "000000-000010", {"timepoint": np.arange(10)})
        with pytest.raises(RunCorruptError, match="no PoseChunk") as error:
            list(run.poses())
    assert "poses 000000-000010" in error.value.where


def test_a_session_may_move(session: RecordingSession, tmp_path: Path) -> None:
    with PoseRun.start(tmp_path / "run", session, settings=SETTINGS):
        pass
    moved = make_session(Path(session.folder).rename(tmp_path / "archive"), offsets={"side": 3})
    PoseRun.start(tmp_path / "run", moved, settings=SETTINGS).close()
