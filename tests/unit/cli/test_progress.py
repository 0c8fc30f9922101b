"""Progress goes to stderr: lines in a log, bars on a terminal."""

from __future__ import annotations

import io

import pytest
import rich.console

from behaviorvlm.cli.progress import shown_progress


def test_a_log_gets_a_line_when_a_stage_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress() as progress:
        for done in range(5):
            progress("poses", done, 4)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("poses: 4 of 4")
    assert err.count("\n") == 1


def test_a_terminal_gets_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    terminal = rich.console.Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(rich.console, "Console", lambda **_: terminal)
    with shown_progress() as progress:
        progress("candidates", 0, 4)
        progress("candidates", 4, 4)
        progress("poses", 1, 9)
    assert "4/4" in screen.getvalue()
    assert "1/9" in screen.getvalue()
