"""AUROC against its definition, and suspicion as a monotone function."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behaviorvlm.evaluate.error_detection import auroc, detect_errors, suspicion, wrong_keypoints
from behaviorvlm.evaluate.pose_truth import PoseTruth
from behaviorvlm.evaluate.quality_table import QualityTable
from behaviorvlm.types import PoseFlag


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_auroc_is_the_chance_that_wrong_outranks_right(samples: list[tuple[int, bool]]) -> None:
    doubt = np.array([float(value) for value, _ in samples])
    wrong = np.array([label for _, label in samples])
    pairs = [(a > b) + 0.5 * (a == b) for a in doubt[wrong] for b in doubt[~wrong]]
    expected = sum(pairs) / len(pairs) if pairs else None
    assert auroc(doubt, wrong) == (None if expected is None else pytest.approx(expected))


def test_suspicion_falls_with_the_margin_and_grows_with_every_flag() -> None:
    margins = np.array([-5.0, 0.0, 1.0, 30.0, 300.0])
    none = np.zeros(5, dtype=np.int64)
    assert (np.diff(suspicion(margins, none)) < 0).all()
    for flag in set(PoseFlag) - {PoseFlag.CORRECTED}:  # that a person corrected it is no doubt
        raised = suspicion(margins, none + int(flag)) - suspicion(margins, none)
        assert (raised > 0).all()
    assert suspicion(np.array([np.nan]), none[:1])[0] == pytest.approx(np.log(2))
    assert (suspicion(margins, none + int(PoseFlag.CORRECTED | PoseFlag.JUMP)) == 0).all()


def test_wrong_means_misnamed_or_far() -> None:
    places = np.array([[[0.0, 0, 0], [20.0, 0, 0], [200.0, 0, 0], [400.0, 0, 0]]])
    truth = PoseTruth(places, np.ones((1, 4), dtype=bool), places)
    points = places + np.array([[[0.0, 0, 0], [-11.0, 0, 0], [12.0, 0, 0], [np.nan, 0, 0]]])
    assert wrong_keypoints(points, truth).tolist() == [[False, True, True, False]]
    assert wrong_keypoints(points, truth, far_mm=15.0).tolist() == [[False, True, False, False]]


def test_only_reported_supported_and_counted_keypoints_are_scored() -> None:
    places = np.array([[[0.0, 0, 0], [50.0, 0, 0], [100.0, 0, 0], [150.0, 0, 0]]])
    truth = PoseTruth(places, np.array([[True, True, True, False]]), places)
    points = places + np.array([[[0.0, 0, 0], [12.0, 0, 0], [0.0, 0, 0], [12.0, 0, 0]]])
    quality = QualityTable(np.array([[9.0, 1.0, 5.0, 9.0]]), np.zeros((1, 4), dtype=np.int64))
    found = detect_errors(points, truth=truth, quality=quality)
    assert (found.auroc, found.wrong, found.right) == (1.0, 1, 2)
    some = detect_errors(points, truth=truth, quality=quality, counted=np.array([True, False, True, True]))
    assert (some.auroc, some.wrong, some.right) == (None, 0, 2)
    points[0, 1] = np.nan
    assert detect_errors(points, truth=truth, quality=quality).right == 2
