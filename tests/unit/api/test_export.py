"""Runs exported and files converted: what is written is what the run holds, filtered and corrected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from unit.report.made_runs import made_bouts, make_behavior_run, make_pose_run, walking

from behaviorvlm import api
from behaviorvlm.api.export import Hints, bouts_of_run, convert_file, export_run, points_of_run
from behaviorvlm.errors import FormatError, RunStorageError, SettingsError
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.bout_filter import BoutFilter
from behaviorvlm.runs.quality_filter import QualityFilter


@pytest.fixture
def poses(tmp_path: Path) -> Path:
    points = walking(12)
    points[3, 1] = np.nan
    return make_pose_run(tmp_path / "run", points)


def test_a_pose_run_is_written_with_what_stays(poses: Path, tmp_path: Path) -> None:
    whole = read_points3d(Path(export_run(poses, tmp_path / "all.csv", to="anipose").paths[0]))
    assert np.isnan(whole.points_mm[3, 1]).all() and np.isfinite(whole.points_mm).sum() == 3 * (12 * 4 - 1)
    limit = float(np.nanmedian(whole.error_px))
    chosen = QualityFilter(max_error_px=limit)
    some = read_points3d(Path(export_run(poses, tmp_path / "some.csv", to="anipose", points=chosen).paths[0]))
    stays = whole.error_px <= limit
    assert 0 < stays.sum() < 47
    np.testing.assert_array_equal(np.isfinite(some.points_mm).all(axis=-1), stays)
    np.testing.assert_allclose(some.points_mm[stays], whole.points_mm[stays])


def test_points_of_a_run_say_where_they_come_from(poses: Path) -> None:
    with api.open_run(poses) as run:
        table = points_of_run(run, chosen=QualityFilter(min_views=2))
        assert table.provenance["software"] == "behaviorvlm" and table.provenance["filter_min_views"] == "2"
        assert table.provenance["corrections"] == "0" and table.provenance["created"]
        assert table.cameras == ("a", "b", "c") and table.rig is not None and table.frame_rate_hz == 25.0
        first, again = next(table.blocks()), next(table.blocks())
        np.testing.assert_array_equal(first.points_px, again.points_px)
        assert first.points_px.shape == (12, 3, 1, 4, 2) and first.n_views.max() == 3


def test_what_is_gone_is_said(poses: Path, tmp_path: Path) -> None:
    assert "any more" in export_run(poses, tmp_path / "all.csv", to="anipose").notes[0]


def test_bouts_of_a_run_with_what_stays(tmp_path: Path) -> None:
    folder = make_behavior_run(tmp_path / "run", {"one": made_bouts("one", ["rest", "walk"])})
    with BehaviorRun.open(folder) as run:
        table = bouts_of_run(run)
        assert [bout.behavior for bout in table.bouts] == ["rest", "walk"]
        assert table.recordings[0].n_frames == 200 and table.recordings[0].individuals == ("left", "right")
        assert not bouts_of_run(run, chosen=BoutFilter(min_s=2.5)).bouts
    unfinished = make_behavior_run(tmp_path / "going", {"one": made_bouts("one", ["rest"])}, finished=False)
    with BehaviorRun.open(unfinished) as run, pytest.raises(RunStorageError, match="not come to"):
        bouts_of_run(run)


def test_a_format_of_another_content_is_refused(poses: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="with pose in it"):
        export_run(poses, tmp_path / "x", to="srt")


def test_a_file_is_converted_and_names_itself(poses: Path, tmp_path: Path) -> None:
    export_run(poses, tmp_path / "all.csv", to="anipose")
    made = convert_file(tmp_path / "all.csv", tmp_path / "again.csv", to="anipose")
    assert made.content == "pose" and made.format == "anipose"
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "all.csv").read_bytes()
    with pytest.raises(SettingsError, match="ending"):
        convert_file(tmp_path / "all.csv", tmp_path / "again.unheard")
    with pytest.raises(FormatError, match="no such file"):
        convert_file(tmp_path / "gone.csv", tmp_path / "x.csv", hints=Hints(frame_rate_hz=10.0))
