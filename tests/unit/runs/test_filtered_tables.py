"""What stays is written exactly, corrections included, with the thresholds beside it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from session_files import SKELETON
from unit.runs.correctable import LEFT, RIGHT, WRONG, write_run

from behaviorvlm.api.corrections import correct_pose
from behaviorvlm.errors import RunStorageError
from behaviorvlm.io.deeplabcut import read_keypoints
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.runs import filtered_tables
from behaviorvlm.runs.correction_kinds import ClearPoint, SwapSides
from behaviorvlm.runs.filtered_tables import export_filtered
from behaviorvlm.runs.quality_filter import QualityFilter
from behaviorvlm.runs.tables import POINTS3D_FILE

NOSE = SKELETON.index("nose")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run whose ears were put right at one timepoint and whose nose rests on three views at another."""
    folder = write_run(tmp_path)
    swap = SwapSides(start=WRONG, stop=WRONG + 1, pairs=(("left_ear", "right_ear"),))
    correct_pose(folder, [swap, ClearPoint(timepoint=2, camera="cam0", keypoint="nose")], author="ada")
    return folder


def test_everything_stays_where_nothing_is_asked(run: Path) -> None:
    done = export_filtered(run, QualityFilter())
    assert (done.kept, done.total) == (84, 84)
    assert np.isfinite(read_points3d(done.folder / POINTS3D_FILE).points_mm).all()


def test_what_has_too_few_views_is_missing_in_every_table(run: Path) -> None:
    done = export_filtered(run, QualityFilter(min_views=4, min_margin=1.0))
    points = read_points3d(done.folder / POINTS3D_FILE).points_mm
    assert done.kept == 83 and np.argwhere(np.isnan(points[..., 0])).tolist() == [[2, NOSE]]
    labels = read_keypoints(done.folder / "points2d_cam1.csv")
    assert np.argwhere(np.isnan(labels.points_px[:, 0, :, 0])).tolist() == [[2, NOSE]]
    note = tomllib.loads((done.folder / "filter.toml").read_text())
    assert note["thresholds"] == {"min_views": 4, "min_margin": 1.0}
    assert note["written"]["points_kept"] == 83 and note["written"]["last_correction"] == 2


def test_only_what_a_person_corrected(run: Path) -> None:
    done = export_filtered(run, QualityFilter(only_corrected=True))
    points = read_points3d(done.folder / POINTS3D_FILE).points_mm
    assert np.argwhere(np.isfinite(points[..., 0])).tolist() == [[2, NOSE], [WRONG, LEFT], [WRONG, RIGHT]]


def test_thresholds_are_not_left_beside_tables_of_others(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = export_filtered(run, QualityFilter(min_views=2))

    def fail(*_: object, **__: object) -> None:
        raise RunStorageError("the disk is full")

    monkeypatch.setattr(filtered_tables, "write_points", fail)
    with pytest.raises(RunStorageError):
        export_filtered(run, QualityFilter(min_views=4))
    assert not (done.folder / "filter.toml").exists() and (done.folder / POINTS3D_FILE).is_file()
