"""Flags and gaps in words."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.runs.reasons import FLAG_REASONS, doubt_reason, flag_names, missing_reason
from behaviorvlm.types import CandidateFlag, PoseFlag

CAMERAS = ("a", "b", "c")


def test_every_flag_has_a_reason() -> None:
    assert set(FLAG_REASONS) == set(PoseFlag)


def test_flags_are_named() -> None:
    assert flag_names(0) == ""
    assert flag_names(PoseFlag.JUMP | PoseFlag.TWO_VIEWS) == "two_views|jump"
    assert flag_names(3, CandidateFlag) == "static_speck|floor_mirror"
    assert doubt_reason(PoseFlag.BELOW_FLOOR) == "lies below the floor"
    assert doubt_reason(0) == ""


@pytest.mark.parametrize(
    ("assigned", "reconciled", "dots", "reason"),
    [
        ([-1, -1, -1], [-1, -1, -1], [0, 0, 0], "no camera shows a dot"),
        ([-1, -1, -1], [-1, -1, -1], [0, 4, 0], "no view names it"),
        ([-1, 2, -1], [-1, 2, -1], [4, 4, 4], "only b names it, and a position needs 2 views"),
        (
            [0, 2, 1],
            [-1, 2, -1],
            [4, 4, 4],
            "the whole view contradicts its name in a, c, and a position needs 2 views",
        ),
        ([0, 2, 1], [0, 2, -1], [4, 4, 4], "no position fits the dots that a, b name"),
    ],
)
def test_gaps_are_explained(assigned: list[int], reconciled: list[int], dots: list[int], reason: str) -> None:
    views = np.array(assigned), np.array(reconciled)
    assert missing_reason(*views, dots=np.array(dots), cameras=CAMERAS) == reason
