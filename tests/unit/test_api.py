"""The ends joined: a session folder becomes a run folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from unit.runs.scripted_pipeline import N_TIMEPOINTS, make_session, scripted_run_pose

from behaviorvlm import api
from behaviorvlm.errors import RunMismatchError, RunStorageError, SessionError, SettingsError
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.types import RecordingSession


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordingSession:
    monkeypatch.setattr("behaviorvlm.pose.pipeline.run_pose", scripted_run_pose)
    return make_session(tmp_path / "session")


def test_a_session_becomes_a_run(session: RecordingSession, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with api.estimate_pose(session, run=tmp_path / "run", workers=3, progress=lambda *words: told.append(words)) as run:
        assert sum(len(chunk.timepoint) for chunk in run.poses()) == N_TIMEPOINTS
        assert run.manifest.asked["workers"] == 3
        assert run.manifest.settings == PoseSettings().model_dump(mode="json", exclude_none=True)
    assert told == [("poses", done, 5) for done in range(1, 6)]
    assert len(read_points3d(tmp_path / "run" / "points3d.csv").timepoints) == N_TIMEPOINTS


def test_a_finished_run_is_only_read_and_its_tables_are_mended(session: RecordingSession, tmp_path: Path) -> None:
    api.estimate_pose(session, run=tmp_path / "run").close()
    before = (tmp_path / "run" / "quality.csv").read_bytes()
    (tmp_path / "run" / "quality.csv").unlink()
    api.estimate_pose(session, run=tmp_path / "run", workers=2).close()
    assert (tmp_path / "run" / "quality.csv").read_bytes() == before


def test_the_run_that_comes_back_is_to_read(session: RecordingSession, tmp_path: Path) -> None:
    with api.estimate_pose(session, run=tmp_path / "run") as run, pytest.raises(RunStorageError):
        run.sink.save("poses", "000900-000910", {})
    api.estimate_pose(session, run=tmp_path / "run").close()  # the lock is free again


def test_a_failed_run_lets_the_next_one_in(
    session: RecordingSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SessionError("a cable was loose")

    with monkeypatch.context() as patch:
        patch.setattr("behaviorvlm.pose.pipeline.run_pose", fail)
        with pytest.raises(SessionError):
            api.estimate_pose(session, run=tmp_path / "run")
    api.estimate_pose(session, run=tmp_path / "run").close()


@pytest.mark.parametrize("timepoints", [(0, 48), (47, 48), (5, 5), (-1, 3)])
def test_timepoints_the_session_does_not_have(
    session: RecordingSession, tmp_path: Path, timepoints: tuple[int, int]
) -> None:
    with pytest.raises(SettingsError, match="does not have"):
        api.estimate_pose(session, run=tmp_path / "run", settings=PoseSettings(timepoints=timepoints))
    assert not (tmp_path / "run").exists()


def test_other_settings_in_the_same_folder(session: RecordingSession, tmp_path: Path) -> None:
    api.estimate_pose(session, run=tmp_path / "run").close()
    with pytest.raises(RunMismatchError, match=r"settings\.refine"):
        api.estimate_pose(session, run=tmp_path / "run", settings=PoseSettings(refine="per_keypoint"))


def test_who_answers_in_the_words_of_the_command_line(session: RecordingSession, tmp_path: Path) -> None:
    settings = PoseSettings(timepoints=(0, 10))
    with api.estimate_pose(session, run=tmp_path / "run", annotator="geometric", settings=settings) as run:
        assert run.manifest.settings["annotator"] == "geometric" and run.timepoints_done == 10
    with pytest.raises(SettingsError, match="no model is bound"):
        api.estimate_pose(session, run=tmp_path / "asked", annotator="vlm")
    assert not (tmp_path / "asked").exists()


def test_a_missing_session_is_named(tmp_path: Path) -> None:
    with pytest.raises(SessionError):
        api.open_session(tmp_path / "nowhere")


def test_importing_it_costs_nothing() -> None:
    code = "import sys, behaviorvlm.api; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pydantic", "cv2", "scipy"} & set(loaded)
