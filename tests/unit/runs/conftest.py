"""A session of tiny files, and runs of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from unit.runs.scripted_pipeline import make_session, scripted_run_pose

from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.tables import write_tables
from behaviorvlm.types import RecordingSession


@pytest.fixture
def session(tmp_path: Path) -> RecordingSession:
    return make_session(tmp_path / "session", offsets={"side": 3})


@pytest.fixture
def finished(tmp_path: Path, session: RecordingSession) -> Path:
    """Return the folder of a finished run with a refined calibration."""
    folder, settings = tmp_path / "finished", PoseSettings(refine_calibration=True)
    with PoseRun.start(folder, session, settings=settings) as run:
        scripted_run_pose(session, sink=run.sink, settings=settings)
        write_tables(run)
    return folder


@pytest.fixture
def answers_path(tmp_path: Path) -> Path:
    """Return where a journal of questions may be made."""
    return tmp_path / ANSWERS_FILE


@pytest.fixture
def answers(answers_path: Path) -> Iterator[AnswerJournal]:
    """Return an empty journal of questions."""
    with AnswerJournal(answers_path, writable=True) as journal:
        yield journal
