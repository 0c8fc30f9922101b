"""Plots are figures of what the report draws."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from unit.report.made_runs import HOSTILE, made_bouts, made_session, make_behavior_run, make_pose_run, walking

import behaviorvlm
from behaviorvlm import plots
from behaviorvlm.errors import RunStorageError, SettingsError
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.store import PoseRun


def texts(figure: Figure) -> str:
    from matplotlib.text import Text

    return "\n".join(found.get_text() for found in figure.findobj(Text))


def test_poses_and_their_quality(tmp_path: Path) -> None:
    make_pose_run(tmp_path / "run", walking(40))
    with behaviorvlm.open_run(tmp_path / "run") as run:
        space, sure = plots.poses_3d(run, most_poses=2), plots.quality(run)
    assert "x (mm)" in texts(space) and "of 40" in texts(space)
    assert "reprojection error (px)" in texts(sure) and "left_ear" in texts(sure)
    assert space._repr_png_().startswith(b"\x89PNG")  # a notebook shows it, also without pyplot


def test_without_what_draws_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_pose_run(tmp_path / "run", walking(4))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with behaviorvlm.open_run(tmp_path / "run") as run:
        for draw in (plots.poses_3d, plots.quality):
            with pytest.raises(SettingsError, match=r"pip install 'behaviorvlm\[figures\]'"):
                draw(run)


def test_an_ethogram_with_hostile_names(tmp_path: Path) -> None:
    run = make_behavior_run(tmp_path / "run", {name: made_bouts(name, (HOSTILE, "rest")) for name in ("one", "two")})
    with behaviorvlm.open_run(run) as opened:
        figure = plots.ethogram(opened, "two")
        with pytest.raises(SettingsError, match="several recordings"):
            plots.ethogram(opened)
    assert texts(figure).count("two") == 1 and HOSTILE in texts(figure)
    figure.savefig(tmp_path / "ethogram.png")  # no formula in a name


def test_a_run_without_poses(tmp_path: Path) -> None:
    session = made_session(tmp_path / "session")
    with PoseRun.start(tmp_path / "begun", session, settings=PoseSettings()) as run:
        for draw in (plots.poses_3d, plots.quality):
            with pytest.raises(RunStorageError, match="no poses yet"):
                draw(run)
