"""The commands as a whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from unit.cli.conftest import Call

import behaviorvlm
from behaviorvlm.evaluate.findings import SessionCheck
from behaviorvlm.evaluate.keypoint_error import PoseScores
from behaviorvlm.runs.summary import RunSummary
from behaviorvlm.runs.verify import VerifyReport
from behaviorvlm.runs.view_report import ViewReport

PAGE = Path(__file__).resolve().parents[3] / "docs" / "cli.md"


def test_version(call: Call) -> None:
    assert call("--version").out == f"behaviorvlm {behaviorvlm.__version__}\n"


@pytest.mark.parametrize(
    "command", ["pose run", "check", "runs show", "runs verify", "simulate arena", "demo", "evaluate pose"]
)
def test_every_command_has_help_and_json(call: Call, command: str) -> None:
    answer = call(*command.split(), "--help")
    assert answer.code == 0
    assert "--json" in answer.out


@pytest.mark.parametrize("words", ["fly", "pose fly", "pose run", "runs show"])
def test_a_wrong_call_exits_with_2(call: Call, words: str) -> None:
    answer = call(*words.split())
    assert answer.code == 2
    assert "Usage" in answer.err


@pytest.mark.parametrize(
    ("command", "model"),
    [
        ("check", SessionCheck),
        ("runs show", RunSummary),
        ("runs show --timepoint --view", ViewReport),
        ("runs verify", VerifyReport),
        ("evaluate pose", PoseScores),
    ],
)
def test_the_page_names_the_keys_of_each_json_object(command: str, model: type[BaseModel]) -> None:
    row = re.search(rf"^\| `{command}` \| `([a-z0-9_ ]+)` \|$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    assert row is not None
    assert set(row[1].split()) == set(model.model_fields)
