"""A pose run as xarray and pandas: the same numbers under their names."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from unit.runs.scripted_pipeline import CAMERA_NAMES, N_TIMEPOINTS, SKELETON

from behaviorvlm.errors import RunStorageError, SettingsError
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.pose_arrays import WORDS
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import PoseFlag, RecordingSession

MOVEMENT_AXES = {"time", "space", "keypoint", "individual"}


def test_a_dataset_holds_what_the_run_holds(finished: Path) -> None:
    pytest.importorskip("xarray", reason="the extra notebook is not installed")
    with PoseRun.open(finished) as run:
        held, chunks = run.to_xarray(), list(run.poses())
        rate = run.manifest.session.frame_rate_hz
    assert dict(held.sizes) == {
        "time": N_TIMEPOINTS, "individual": 1, "keypoint": len(SKELETON), "space": 3, "camera": 3, "plane": 2,
    }  # fmt: skip
    assert (*held["camera"].values.tolist(),) == CAMERA_NAMES
    assert held["position_px"].dims == ("time", "camera", "individual", "keypoint", "plane")
    np.testing.assert_array_equal(held["position"][:, 0], np.concatenate([one.points_mm for one in chunks]))
    np.testing.assert_array_equal(held["position_px"][:, :, 0], np.concatenate([one.points_px for one in chunks]))
    np.testing.assert_array_equal(held["n_views"][:, 0], np.concatenate([one.views_used for one in chunks]))
    np.testing.assert_allclose(held["time"], held["timepoint"] / rate)
    first = held["error_px"].sel(keypoint="nose", individual="animal")
    np.testing.assert_array_equal(first, np.concatenate([one.error_px[:, 0] for one in chunks]))


def test_names_have_units_and_movement_finds_its_own(finished: Path) -> None:
    pytest.importorskip("xarray", reason="the extra notebook is not installed")
    with PoseRun.open(finished) as run:
        held = run.to_xarray()
    assert {name: held[name].attrs["units"] for name in held.data_vars} == {name: WORDS[name][0] for name in WORDS}
    assert set(held["position"].dims) == MOVEMENT_AXES and set(held["confidence"].dims) == MOVEMENT_AXES - {"space"}
    assert (held.attrs["fps"], held.attrs["time_unit"], held.attrs["ds_type"]) == (50.0, "seconds", "poses")
    meanings = held["flags"].attrs["flag_meanings"].split()
    assert dict(zip(meanings, held["flags"].attrs["flag_masks"], strict=True))["jump"] == PoseFlag.JUMP


def test_a_table_holds_a_row_for_each_keypoint(finished: Path) -> None:
    pytest.importorskip("pandas", reason="the extra notebook is not installed")
    with PoseRun.open(finished) as run:
        table, chunks = run.to_pandas(), list(run.poses())
    assert len(table) == N_TIMEPOINTS * len(SKELETON)
    ears = table[table["keypoint"] == "left_ear"]
    assert ears["timepoint"].tolist() == list(range(N_TIMEPOINTS))
    place = SKELETON.index("left_ear")
    np.testing.assert_array_equal(ears["y_mm"], np.concatenate([one.points_mm[:, place, 1] for one in chunks]))
    assert {"", "two_views|jump"} <= set(table["flags"])


def test_a_run_without_poses(tmp_path: Path, session: RecordingSession) -> None:
    pytest.importorskip("xarray", reason="the extra notebook is not installed")
    with PoseRun.start(tmp_path / "begun", session, settings=PoseSettings()) as run:
        for form in (run.to_xarray, run.to_pandas):
            with pytest.raises(RunStorageError, match="no poses yet"):
                form()


def test_without_the_extra_it_says_how_to_get_it(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with PoseRun.open(finished) as run:
        for form in (run.to_xarray, run.to_pandas):
            with pytest.raises(SettingsError, match=r"behaviorvlm\[notebook\]"):
                form()
