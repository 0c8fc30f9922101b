"""What ``import behaviorvlm`` offers: all of it is there, and nothing is loaded before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import behaviorvlm

WRITTEN = Path(behaviorvlm.__file__).read_text("utf-8")


def named_for_type_checkers() -> dict[str, str]:
    """Return each name to the place that type checkers are told."""
    block = next(node for node in ast.parse(WRITTEN).body if isinstance(node, ast.If))
    return {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_every_name_is_where_type_checkers_are_told() -> None:
    told = named_for_type_checkers()
    assert {*told, "__version__"} == set(behaviorvlm.__all__)
    for name, place in told.items():
        module, original = place.split(":")
        found = getattr(behaviorvlm, name)
        owner = __import__(module, fromlist=[original])
        assert found is getattr(owner, original), name


def test_nothing_is_loaded_before_it_is_used() -> None:
    code = (
        "import behaviorvlm, sys; dir(behaviorvlm); print(*(n for n in sys.modules if n.startswith(('behav', 'num'))))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == ["behaviorvlm"]


def test_what_is_not_there_is_said() -> None:
    for name in ("estimate_poses", "open_any_run", "api_key", "_PLACES_"):
        with pytest.raises(AttributeError, match=name):
            getattr(behaviorvlm, name)
    assert {"estimate_pose", "segment_behavior", "plots"} <= set(dir(behaviorvlm))
