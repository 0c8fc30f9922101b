"""The commands as a whole."""

from __future__ import annotations

import pytest
from unit.cli.conftest import Call

import behaviorvlm


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
