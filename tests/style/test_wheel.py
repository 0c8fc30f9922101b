"""The wheel holds the package, all of it and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from zipfile import ZipFile

import pytest
from style.source import PACKAGE, REPOSITORY

SOURCE = REPOSITORY / "src"
LEFT_OUT = {".pyc", ".so"}


def wheel_findings(held: Collection[str], source: Collection[str]) -> list[str]:
    """Return what the names in a wheel lack of the files in the source, and what they have beside them."""
    beside = [name for name in held if name not in source and ".dist-info/" not in name]
    needed = [*source, *(f"dist-info/{name}" for name in ("METADATA", "entry_points.txt", "licenses/LICENSE"))]
    lacking = [name for name in needed if not any(have.endswith(name) for have in held)]
    return [f"not in the wheel: {name}" for name in lacking] + [f"does not belong there: {name}" for name in beside]


@pytest.mark.slow
def test_wheel_holds_the_package(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(REPOSITORY)]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    files = [path for path in (SOURCE / PACKAGE).rglob("*") if path.is_file() and path.suffix not in LEFT_OUT]
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
        assert not wheel_findings(archive.namelist(), {path.relative_to(SOURCE).as_posix() for path in files})
    assert _imported_from(tmp_path / "site").startswith(str(tmp_path))


def _imported_from(folder: Path) -> str:
    code = f"import {PACKAGE}.api, {PACKAGE}.cli; print({PACKAGE}.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    ).stdout


SMALL = {"behaviorvlm/__init__.py", "behaviorvlm/prompts/pose/region.md", "behaviorvlm/py.typed"}
DIST = {f"behaviorvlm-1.dist-info/{name}" for name in ("METADATA", "entry_points.txt", "licenses/LICENSE")}


def test_whole_wheel_passes() -> None:
    assert wheel_findings(SMALL | DIST, SMALL) == []


@pytest.mark.parametrize("name", sorted(SMALL | DIST))
def test_what_is_left_out_is_found(name: str) -> None:
    assert wheel_findings((SMALL | DIST) - {name}, SMALL) != []


@pytest.mark.parametrize("name", ["tests/data/a.csv", "behaviorvlm/left_over.py", "docs/pose.md"])
def test_what_does_not_belong_is_found(name: str) -> None:
    assert wheel_findings(SMALL | DIST | {name}, SMALL) == [f"does not belong there: {name}"]
