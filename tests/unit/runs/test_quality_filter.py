"""Thresholds: what stays, what a person's word is worth, and that what does not stay is missing everywhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import SettingsError
from behaviorvlm.runs.chunks import PoseChunk
from behaviorvlm.runs.quality_filter import QualityFilter
from behaviorvlm.types import PoseFlag

N_CAMERAS = 3


def chunk(*, error_px: list[float], margin: list[float], views: list[int], corrected: int | None = None) -> PoseChunk:
    """Return one timepoint with a keypoint for each entry; one without views is missing."""
    count = len(error_px)
    seen = np.arange(N_CAMERAS)[:, None] < np.array(views)[None]
    flags = np.zeros((1, count), dtype=np.int64)
    if corrected is not None:
        flags[0, corrected] = PoseFlag.CORRECTED
    present = np.array(views) > 0
    return PoseChunk(
        timepoint=np.array([7]),
        points_mm=np.where(present[None, :, None], 1.0, np.nan) * np.ones((1, count, 3)),
        numbers=np.where(seen.T[None], 0, -1),
        points_px=np.where(seen[None, ..., None], 5.0, np.nan) * np.ones((1, N_CAMERAS, count, 2)),
        error_px=np.array([error_px]),
        margin=np.array([margin]),
        runner_up_mm=np.full((1, count, 3), 2.0),
        flags=flags,
        confidence=np.linspace(0.2, 0.8, count)[None],
    )


POSES = chunk(
    error_px=[0.5, 2.0, math.nan, 0.5], margin=[9.0, 9.0, math.nan, math.nan], views=[3, 3, 0, 2], corrected=3
)


@pytest.mark.parametrize(
    ("thresholds", "kept"),
    [
        ({}, [True, True, False, True]),
        ({"max_error_px": 1.0}, [True, False, False, True]),
        ({"max_error_px": 2.0}, [True, True, False, True]),
        ({"min_views": 3}, [True, True, False, False]),
        ({"min_margin": 5.0}, [True, True, False, True]),
        ({"min_margin": 9.5}, [False, False, False, True]),
        ({"min_confidence": 0.4}, [False, True, False, True]),
        ({"only_corrected": True}, [False, False, False, True]),
        ({"only_corrected": True, "min_views": 3}, [False, False, False, False]),
    ],
)
def test_what_meets_every_threshold_stays(thresholds: dict[str, float], kept: list[bool]) -> None:
    wanted = QualityFilter(**thresholds)
    assert wanted.mask(POSES).tolist() == [kept]
    assert wanted.thresholds == thresholds


@given(st.floats(0, 3), st.integers(0, 4), st.floats(0, 10))
def test_what_does_not_stay_is_missing_everywhere(error_px: float, views: int, margin: float) -> None:
    wanted = QualityFilter(max_error_px=error_px, min_views=views, min_margin=margin)
    kept, left = wanted.mask(POSES), wanted.apply(POSES)
    assert np.array_equal(left.present, kept)
    assert not left.views_used[~kept].any() and (left.numbers[~kept] == -1).all()
    assert np.array_equal(left.points_mm[kept], POSES.points_mm[kept])
    assert np.array_equal(left.points_px[0][:, kept[0]], POSES.points_px[0][:, kept[0]], equal_nan=True)
    assert np.array_equal(wanted.mask(left), kept)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_threshold_that_is_no_threshold_is_refused(value: float) -> None:
    with pytest.raises(SettingsError, match="max_error_px"):
        QualityFilter(max_error_px=value)
