"""What every test may lean on: the folder of real recordings, and settings that make runs repeatable."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")  # before anybody imports matplotlib: tests open no window

# A busy machine is no failure, so no deadline; in CI the same examples every time, at a desk new ones.
settings.register_profile("desk", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real recordings, or skip with the path it was looked for at.

    It is ``shared/data`` beside the repository, or what BEHAVIORVLM_SHARED_DATA names.
    """
    folder = Path(os.environ.get("BEHAVIORVLM_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}; name their folder with BEHAVIORVLM_SHARED_DATA")
    return folder


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch):
    """Return a function that makes packages as if they were not installed: neither found nor imported."""

    def hide(*names: str) -> None:
        for name in names:
            monkeypatch.setitem(sys.modules, name, None)

    return hide
