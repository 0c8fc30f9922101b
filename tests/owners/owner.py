"""Running the program that owns a format, in an environment of its own (see README.md beside this)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def folder_of(tool: str) -> Path:
    """Return the folder of a tool, skip where it is not at hand."""
    root = os.environ.get("BEHAVIORVLM_OWNERS")
    if not root:
        pytest.skip("BEHAVIORVLM_OWNERS names no folder of environments")
    folder = Path(root) / tool
    if not folder.exists():
        pytest.skip(f"no environment of {tool} at {folder}")
    return folder


def check(tool: str, script: str, *arguments: str | Path) -> None:
    """Run a script beside this with a tool's own Python; skip where the tool is not at hand, fail where it fails."""
    python = folder_of(tool) / "bin" / "python"
    words = [str(python), str(HERE / script), *map(str, arguments)]
    outer = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(words, capture_output=True, text=True, timeout=900, env=outer, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"


def expected_file(path: Path, content: object) -> Path:
    """Write what should be found, as JSON."""
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path
