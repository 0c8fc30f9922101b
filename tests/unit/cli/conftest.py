"""The command line over a scripted pipeline: what it parses, prints and answers is tested without pixels."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from unit.runs.scripted_pipeline import make_session, scripted_run_pose

from behaviorvlm.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        answer = json.loads(self.out)
        assert isinstance(answer, dict)
        return answer


Call = Callable[..., Answer]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that runs the command line with some words."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: object) -> Answer:
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        return Answer(int(stopped.value.code or 0), *capfd.readouterr())

    return run


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a session folder; the pipeline that works on it is a script."""

    def open_session(folder: Path) -> object:
        return make_session(Path(folder), offsets={"side": 3})

    monkeypatch.setattr("behaviorvlm.io.session_folder.open_session", open_session)
    monkeypatch.setattr("behaviorvlm.pose.pipeline.run_pose", scripted_run_pose)
    folder = tmp_path / "session"
    make_session(folder)
    return folder
