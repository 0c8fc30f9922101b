"""The figures that only a report has: anything is drawn, in both forms, the same bytes each time, names as they are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from unit.report.made_runs import SKELETON, made_measures, walking

from behaviorvlm.evaluate.group_difference import compare_groups
from behaviorvlm.report.bone_picture import draw_bones
from behaviorvlm.report.camera_picture import draw_cameras
from behaviorvlm.report.drawing_style import new_figure, plain_text, save_figure
from behaviorvlm.report.geometry_check import measure_bones
from behaviorvlm.report.group_comparison import ComparedFamily, MeasureFamily
from behaviorvlm.report.group_picture import MOST_PANELS, draw_groups, shown_measures
from behaviorvlm.report.keypoint_picture import draw_keypoints
from behaviorvlm.report.pose_measures import CameraOffsets
from behaviorvlm.report.time_budget_picture import draw_time_budget

FORMULA = "$\\frac{1}{0}$ <b>"


def seen(path: Path) -> bool:
    """Return whether there is anything in a PNG."""
    return float(cv2.imread(str(path)).std()) > 1


@pytest.mark.parametrize("missing", [False, True], ids=["placed", "never placed"])
def test_poses_are_drawn(tmp_path: Path, missing: bool) -> None:
    points = np.full((40, 4, 3), np.nan) if missing else walking(40)
    found = made_measures(points)
    draw_keypoints(found, path=tmp_path / "keypoints.png")
    draw_bones(measure_bones(points, SKELETON), found.timepoints, path=tmp_path / "bones.png")
    count = np.zeros((2, 4), dtype=np.int64) if missing else np.full((2, 4), 5)
    errors = np.where(count > 0, 0.5, np.nan)
    cloud = np.zeros((0 if missing else 20, 2))
    offsets = CameraOffsets(("a", "b"), count, np.zeros((2, 2)), errors[:, 0], errors, (cloud, cloud))
    draw_cameras(offsets, SKELETON.keypoints, path=tmp_path / "cameras.png")
    assert all(seen(path) for path in tmp_path.iterdir())


@pytest.mark.parametrize("n_animals", [2, 30], ids=["bars", "shades"])
def test_budgets_are_drawn(tmp_path: Path, n_animals: int) -> None:
    shares = np.random.default_rng(0).dirichlet(np.ones(4), size=n_animals)
    animals = [f"animal {number}" for number in range(n_animals)]
    draw_time_budget(shares, behaviors=["a", "b", "c"], animals=animals, path=tmp_path / "budget.png")
    assert seen(tmp_path / "budget.png")


def test_groups_are_drawn_with_the_surest_difference_first(tmp_path: Path) -> None:
    groups = tuple("aaabbb")
    values = np.array([[1, 2, 3, 1, 2, 3], [1, 2, 3, 7, 8, 9], [np.nan] * 6], dtype=np.float64)
    differences = tuple(compare_groups(row, groups) for row in values)
    family = MeasureFamily("Time", "%", ("same", "other", "never"), values)
    compared = ComparedFamily(family, groups, differences, (1.0, 0.2, None))
    assert shown_measures(compared) == [1, 0, 2]
    draw_groups(compared, family.names, groups=["a", "b"], path=tmp_path / "groups.png")
    assert seen(tmp_path / "groups.png")
    many = MeasureFamily("Time", "%", tuple(map(str, range(50))), np.ones((50, 6)))
    assert len(shown_measures(ComparedFamily(many, groups, differences, (None,) * 50))) == MOST_PANELS


def test_a_figure_comes_in_both_forms_and_the_same_bytes_and_names_are_no_formulas(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with plain_text():
            figure = new_figure(3, 2)
            axes = figure.subplots()
            axes.set_title(FORMULA)
            save_figure(figure, [tmp_path / f"{name}.png", tmp_path / f"{name}.svg"])
    for form in ("png", "svg"):
        assert (tmp_path / f"one.{form}").read_bytes() == (tmp_path / f"two.{form}").read_bytes()
    drawn = (tmp_path / "one.svg").read_text()
    assert "$\\frac{1}{0}$ &lt;b&gt;" in drawn and "<b>" not in drawn
