"""A behavior run as xarray and pandas: the bouts, and the labels of every frame."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from unit.runs.correctable_behavior import BOUTS, N_FRAMES, RATE_HZ, write_behavior_run

from behaviorvlm.errors import SettingsError
from behaviorvlm.runs.behavior_arrays import chosen_recording
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun


def test_bouts_are_rows(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="the extra notebook is not installed")
    with BehaviorRun.open(write_behavior_run(tmp_path / "run")) as run:
        table = run.to_pandas()
    columns = ["individual", "target", "behavior", "start_frame", "stop_frame"]
    assert [tuple(row) for row in table[columns].values.tolist()] == BOUTS
    assert table["stop_s"].tolist() == [stop / RATE_HZ for *_, stop in BOUTS]
    assert table["segments"].tolist() == ["0", "1", "2", "3"]


def test_every_frame_has_a_label(tmp_path: Path) -> None:
    pytest.importorskip("xarray", reason="the extra notebook is not installed")
    with BehaviorRun.open(write_behavior_run(tmp_path / "run")) as run:
        held = run.to_xarray()
        assert held.identical(run.to_xarray("meeting"))
    assert held["behavior"].dims == ("time", "individual")
    black = held.sel(individual="black")
    assert [str(black["behavior"][frame].item()) for frame in (0, 39, 40, 59, 60, 69, 70, 99)] == [
        "rest", "rest", "follow", "follow", "", "", "rest", "rest",
    ]  # fmt: skip
    assert set(black["target"].values[40:60].tolist()) == {"white"}
    assert black["cluster"].values[65] == -1
    np.testing.assert_allclose(held["time"], np.arange(N_FRAMES) / RATE_HZ)


def test_which_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with BehaviorRun.open(write_behavior_run(tmp_path / "run")) as run:
        reader = BehaviorReader(run)
        assert chosen_recording(reader, None) == "meeting"
        with pytest.raises(SettingsError, match="no such recording"):
            chosen_recording(reader, "other")
        monkeypatch.setattr(reader, "names", ("one", "two"))
        with pytest.raises(SettingsError, match="several recordings"):
            chosen_recording(reader, None)


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with BehaviorRun.open(write_behavior_run(tmp_path / "run")) as run:
        for form in (run.to_xarray, run.to_pandas):
            with pytest.raises(SettingsError, match=r"behaviorvlm\[notebook\]"):
                form()
