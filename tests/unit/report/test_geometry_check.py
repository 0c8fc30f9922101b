"""What betrays an absurd geometry: views that agree on a body that cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.report.made_runs import BODY_MM, SKELETON, made_measures, made_rig, walking

from behaviorvlm.report.geometry_check import betrayed, body_length_mm, check_geometry, measure_bones
from behaviorvlm.report.pose_measures import CameraOffsets
from behaviorvlm.types import Skeleton


def judged(points_mm: np.ndarray, *, error_px: float = 0.2, bias_px: float = 0.0) -> dict[str, bool | None]:
    found = made_measures(points_mm, error_px=error_px)
    rig = made_rig()
    count = np.full((len(rig), len(SKELETON)), 10)
    mean = np.zeros((len(rig), 2))
    mean[1] = bias_px, 0.0
    ones = np.ones(len(rig))
    offsets = CameraOffsets(rig.names, count, mean, ones, np.ones(count.shape), (np.zeros((1, 2)),) * len(rig))
    bones = measure_bones(points_mm, SKELETON)
    return {one.what: one.fine for one in check_geometry(found, bones, cameras=rig, offsets=offsets)}


def test_a_walking_body_is_plausible() -> None:
    assert all(judged(walking(40)).values())
    found = made_measures(walking(40))
    checks = check_geometry(found, measure_bones(walking(40), SKELETON), cameras=None, offsets=None)
    assert betrayed(checks, found) == ""


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda p: p * np.where(np.arange(40) % 3 == 0, 2.0, 1.0)[:, None, None], "lengths of bones"),
        (lambda p: p + np.array([0, 8.0, 9.0]) * (np.arange(4) == 1)[:, None], "left beside right bones"),
        (lambda p: p + np.array([0, 0, 20.0]) * np.arange(40)[:, None, None], "range of heights"),
        (lambda p: p + np.array([400.0, 0, 0]) * (np.arange(40) % 2)[:, None, None], "speed of the body"),
        (lambda p: p * 100, "sizes of rig and animal"),
    ],
)
def test_what_cannot_be_is_found_although_the_views_agree(change, what: str) -> None:
    points = change(walking(40))
    assert judged(points)[what] is False
    found = made_measures(points)
    checks = check_geometry(found, measure_bones(points, SKELETON), cameras=made_rig(), offsets=None)
    assert "0.20 px" in betrayed(checks, found) and what in betrayed(checks, found)
    assert betrayed(checks, replace(found, error_px=np.full(found.error_px.shape, 8.0))) == ""


def test_views_that_disagree_and_a_camera_that_is_off_are_found() -> None:
    assert judged(walking(40), error_px=5.0)["reprojection error"] is False
    assert judged(walking(40), bias_px=1.5)["dots around the poses"] is False


@pytest.mark.filterwarnings("error")
def test_nothing_can_be_told_of_nothing() -> None:
    points = np.full((40, 4, 3), np.nan)
    found = judged(points)
    assert found["reprojection error"] is None and found["lengths of bones"] is None
    assert found["speed of the body"] is None and found["range of heights"] is None
    assert np.isnan(body_length_mm(points))
    assert measure_bones(points, Skeleton(SKELETON.keypoints)).names == ()


def test_lengths_are_what_they_are() -> None:
    assert body_length_mm(walking(5)) == pytest.approx(np.linalg.norm(BODY_MM[0] - BODY_MM[3]))
    bones = measure_bones(walking(5), SKELETON)
    assert bones.names[2] == "nose to tail"
    assert bones.median_mm[2] == pytest.approx(np.linalg.norm(BODY_MM[0] - BODY_MM[3]))
    assert bones.share_off.tolist() == [0, 0, 0]
