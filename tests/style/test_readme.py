"""The README promises what is there: its two commands, every option it shows, a script for every figure."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest
from style.committed import figures_have_a_script
from style.source import REPOSITORY

README = REPOSITORY / "README.md"
PAGES = [README, *sorted((REPOSITORY / "docs").rglob("*.md"))]
BENCHMARKS = {path.stem for path in (REPOSITORY / "benchmarks").glob("[!_]*.py")}


def shown_commands(text: str) -> dict[str, set[str]]:
    """Return the options a page shows for each command (``pose run``) in its shell blocks."""
    found: dict[str, set[str]] = {}
    for block in re.findall(r"```(?:sh|bash|console)\n(.*?)```", text, flags=re.DOTALL):
        for line in re.findall(r"^behaviorvlm (.+)$", block.replace("\\\n", " "), flags=re.MULTILINE):
            words = takewhile(re.compile(r"[a-z]+$").match, line.split())
            options = found.setdefault(" ".join(words), set())
            options.update(re.findall(r"(?<!\S)\[?(--[a-z][a-z-]*)", line))
    return found


def test_commands_of_a_page_are_read() -> None:
    page = "```sh\nbehaviorvlm pose run S --run R \\\n  [--workers N]\nbehaviorvlm demo\n```\nbehaviorvlm not this"
    assert shown_commands(page) == {"pose run": {"--run", "--workers"}, "demo": set()}


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_shown_commands_exist(page: Path) -> None:
    wide = {**os.environ, "COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}
    for command, options in shown_commands(page.read_text("utf-8")).items():
        call = [str(Path(sys.executable).parent / "behaviorvlm"), *command.split(), "--help"]
        answer = subprocess.run(call, capture_output=True, text=True, check=False, env=wide)
        assert answer.returncode == 0, f"{command}: {answer.stderr}"
        assert not {option for option in options if not re.search(rf"{option}(?![\w-])", answer.stdout)}, command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_figures_have_a_script(page: Path) -> None:
    assert figures_have_a_script(page.read_text("utf-8"), BENCHMARKS) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text("utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_readme_names_the_commands_that_ci_runs() -> None:
    calls = [line for line in (REPOSITORY / ".ci" / "run").read_text("utf-8").splitlines() if "make" in line]
    assert calls == ["exec make test"]
    assert {"make demo", "make test"} <= set(README.read_text("utf-8").splitlines())
