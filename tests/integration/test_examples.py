"""Every script under examples/ runs from nothing, says what it promises, and takes up what is there."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from style.source import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
SAYS = {
    "pose_from_a_session": ["20 of 20 done", "upper_back", "margin"],
    "correct_a_run": ["as found", "by correction 1", "undone"],
    "export_a_run": ["good.points3d.csv", "60 pictures", "view.analysis.h5"],
    "behavior_from_tracks": ["Tracks of 2 animals", "locomotion", "frames of each cluster on tuesday"],
    "name_with_your_own_words": ["Ethogram of 2 behaviors", "pottering", "Stays where it is."],
}
"""Script to words of its output."""


def run(script: str) -> None:
    runpy.run_path(str(EXAMPLES / f"{script}.py"), run_name="__main__")


def test_every_script_is_listed_and_tried() -> None:
    scripts = {path.stem for path in EXAMPLES.glob("*.py")}
    listed = set(re.findall(r"\| \[(\w+)\.py\]", (EXAMPLES / "README.md").read_text("utf-8")))
    assert scripts == listed == set(SAYS)


@pytest.mark.slow
@pytest.mark.parametrize("script", SAYS)
def test_example_runs(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("pandas", "xarray", "torch"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install '.[behavior,notebook]'")
    monkeypatch.chdir(tmp_path)
    run(script)
    said = capsys.readouterr().out
    assert not [words for words in SAYS[script] if words not in said], said
    if script == "correct_a_run":
        found, corrected, undone = (re.search(r"\[.*\]", line)[0] for line in said.splitlines())
        assert found == undone != corrected
