"""What only some tasks need: where it is missing, one error says so before work begins; the rest goes on."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from style.source import REPOSITORY

from behaviorvlm.errors import ModelFileError, SettingsError
from behaviorvlm.extras import EXTRAS, is_installed, require, require_figures

FOR_DEVELOPERS = {"dev", "bench", "docs"}
# Their modules are what the app, models in this process and other formats are made of; they load where those are used.
LEFT_OUT = ("behaviorvlm.review.", "behaviorvlm.behavior.deep_embedded_", "behaviorvlm.report.shown_figure")


def test_every_extra_of_the_project_is_known() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(EXTRAS) == set(project["optional-dependencies"]) - FOR_DEVELOPERS


def test_what_is_there_is_not_refused(without) -> None:
    without("openai")
    require("figures", "pictures need it")
    require("models", "half of it will do", packages=("json",))
    assert is_installed("figures")
    assert not is_installed("models")


def test_the_error_says_what_is_missing_and_how_to_get_it(without) -> None:
    without("torch", "PIL")
    with pytest.raises(ModelFileError) as caught:
        require("local", "no model here", where="a_folder", instead="name another", error=ModelFileError)
    error = caught.value
    assert (error.message, error.where) == ("no model here", "a_folder")
    assert (error.expected, error.actual) == ("torch, transformers, llguidance, PIL", "without torch, PIL")
    assert error.remedy == "pip install 'behaviorvlm[local]', or name another"


def test_other_words_for_the_packages(without) -> None:
    without("torch")
    with pytest.raises(SettingsError) as caught:
        require("behavior", "no clusters", expected="torch 2.6 or newer")
    assert (caught.value.expected, caught.value.actual) == ("torch 2.6 or newer", "without torch")


def test_pictures_are_refused(without) -> None:
    without("matplotlib")
    with pytest.raises(SettingsError, match=r"pip install 'behaviorvlm\[figures\]', or leave it$"):
        require_figures(instead="leave it")


def test_the_core_loads_without_any_extra() -> None:
    """Every module but those that are parts of an extra: nothing of the core leans on what an extra brings along."""
    hidden = {*(name for names in EXTRAS.values() for name in names if name != "threadpoolctl")}
    hidden |= {"httpx", "tqdm", "anyio", "kiwisolver", "contourpy", "cycler", "fontTools", "pyparsing", "dateutil"}
    root = REPOSITORY / "src"
    names = [_module(path.relative_to(root)) for path in (root / "behaviorvlm").rglob("*.py")]
    wanted = sorted(name for name in names if not name.startswith(LEFT_OUT) and not name.endswith("__main__"))
    code = f"import sys; sys.modules.update(dict.fromkeys({sorted(hidden)!r})); import {', '.join(wanted)}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")
