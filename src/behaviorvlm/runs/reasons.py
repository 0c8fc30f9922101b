"""Why a keypoint is doubtful or missing, in words: the last column of ``quality.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntFlag

from behaviorvlm.types import IntArray, PoseFlag

FLAG_REASONS = {
    PoseFlag.TWO_VIEWS: "rests on 2 views only, where reprojection error cannot judge",
    PoseFlag.LOW_MARGIN: "another configuration explains the views nearly as well",
    PoseFlag.JUMP: "moves further than its neighbors in time allow",
    PoseFlag.BONE_LENGTH: "its distance to a neighbor on the body is unlike the seeds'",
    PoseFlag.BELOW_FLOOR: "lies below the floor",
    PoseFlag.SEED_DISAGREES: "a hand label puts it elsewhere",
    PoseFlag.PASSES_DISAGREE: "tracking forward and backward disagree",
    PoseFlag.VIEW_REJECTED: "a view that names it was rejected",
    PoseFlag.HIGH_ERROR: "its views agree badly",
    PoseFlag.TRACK_UNSURE: "its track through time is in doubt",
    PoseFlag.CORRECTED: "a person corrected it",
    PoseFlag.UNSEEDED: "no seed places it in 3D, so it is found by what is left over",
}
SIDELESS = (
    "no seed places it or its left/right partner in 3D, so nothing tells their sides: label one of them in another view"
)
MIN_VIEWS = 2
"""A position needs as many views."""


def flag_names(flags: int, kind: type[IntFlag] = PoseFlag) -> str:
    """Return the names of the raised flags, lower case, joined by ``|``; empty if none is."""
    return "|".join(flag.name.lower() for flag in kind if flags & flag and flag.name)


def doubt_reason(flags: int) -> str:
    """Return what the raised flags of a keypoint that has a position mean; empty if none is."""
    return "; ".join(reason for flag, reason in FLAG_REASONS.items() if flags & flag)


def missing_reason(assigned: IntArray, reconciled: IntArray, *, dots: IntArray, cameras: Sequence[str]) -> str:
    """Return why a keypoint has no position, as far as the stages before can tell.

    Args:
        assigned: (camera,) int64 candidate numbers after stage 2, -1 = missing.
        reconciled: (camera,) int64 the same after stage 3.
        dots: (camera,) int64 number of candidates in each view.
        cameras: Camera names.
    """
    if not dots.any():
        return "no camera shows a dot"
    before, after = _named(assigned, cameras), _named(reconciled, cameras)
    if not before:
        return "no view names it"
    if len(before) < MIN_VIEWS:
        return f"only {before[0]} names it, and a position needs {MIN_VIEWS} views"
    if len(after) < MIN_VIEWS:
        lost = ", ".join(name for name in before if name not in after)
        return f"the whole view contradicts its name in {lost}, and a position needs {MIN_VIEWS} views"
    return f"no position fits the dots that {', '.join(after)} name"


def _named(numbers: IntArray, cameras: Sequence[str]) -> list[str]:
    return [name for name, number in zip(cameras, numbers, strict=True) if number >= 0]
