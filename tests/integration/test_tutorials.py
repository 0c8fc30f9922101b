"""The tutorials, run from top to bottom as a reader would: commands in a shell, code in one session of Python."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from style.source import REPOSITORY

TUTORIALS = REPOSITORY / "docs" / "tutorials"
BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
WIDE = {"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}


@dataclass(frozen=True)
class Step:
    """A block that is run, and what its output must hold, "..." standing for anything."""

    language: str
    code: str
    shows: str


def steps_of(page: str) -> list[Step]:
    blocks = BLOCK.findall(page)
    return [
        Step(language, code, after[1] if after[0] == "text" else "")
        for (language, code), after in zip(blocks, [*blocks[1:], ("", "")], strict=True)
        if language != "text"
    ]


def is_shown(shows: str, output: str) -> bool:
    """Return whether an output holds what the page shows, line after line."""
    return re.search("".join(map(_line_pattern, shows.splitlines())), f"{output}\n") is not None


def _line_pattern(line: str) -> str:
    """Return what a line shown matches: it stands somewhere in a line; "..." alone is any lines, or none."""
    if line.strip() == "...":
        return r"(?:[^\n]*\n)*?"
    return r"[^\n]*" + re.escape(line.strip()).replace(r"\.\.\.", r"[^\n]*") + r"[^\n]*\n"


def test_blocks_and_outputs_are_read() -> None:
    page = "```sh\nls\n```\nThen:\n\n```text\na\n...\nc\n```\n\n```python\nx = 1\n```\n```console\nnot run\n```\n"
    assert steps_of(page) == [Step("sh", "ls\n", "a\n...\nc\n"), Step("python", "x = 1\n", "")]
    assert is_shown("a\n...\nc\n", "b\na 1\nb\nb\n c\n") and is_shown("", "")
    assert not is_shown("a\nc\n", "c\na\n")


def run(step: Step, names: dict[str, object]) -> str:
    if step.language == "python":
        with redirect_stdout(io.StringIO()) as said:
            exec(compile(step.code, "tutorial", "exec"), names)
        return said.getvalue()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-e", "-c", step.code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **WIDE, "PATH": path},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted(TUTORIALS.glob("*.md")), ids=lambda page: page.stem)
def test_a_tutorial_works_as_written(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("pandas", "xarray", "torch"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install '.[behavior,notebook]'")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    steps = steps_of(page.read_text("utf-8"))
    assert len(steps) > 5
    for step in steps:
        output = run(step, names)
        assert is_shown(step.shows, output), f"{step.code}\nshows\n{output}"
