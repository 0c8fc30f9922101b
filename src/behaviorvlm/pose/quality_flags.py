"""What a person should know about each keypoint of a settled stretch, as flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from behaviorvlm.pose.body_limits import limits_of
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.pose.view_answers import ViewAnswers
from behaviorvlm.types import BoolArray, FloatArray, IntArray, Pose3D, PoseFlag, all_finite

LOW_MARGIN = 3.0
"""Nats."""
HIGH_ERROR = 0.7
"""Share of the gate beyond which a reprojection error is called high."""


def flag_poses(
    poses: Sequence[Pose3D],
    answers: Sequence[ViewAnswers | None],
    *,
    shape: BodyShape,
    edges: IntArray,
    gate_px: float,
) -> list[Pose3D]:
    """Return consecutive poses with the flags that only their neighbours, bones and views can show.

    Args:
        poses: One per timepoint, consecutive.
        answers: The answers of stages 1 to 3, None where nothing was asked.
        shape: The animal.
        edges: (edge, 2) int64 keypoint indices.
        gate_px: The gate of correspondence.
    """
    points = np.stack([pose.points_mm for pose in poses])
    here = all_finite(points)
    raised = {
        PoseFlag.LOW_MARGIN: np.stack([pose.margin for pose in poses]) < LOW_MARGIN,
        PoseFlag.HIGH_ERROR: np.stack([pose.error_px for pose in poses]) > HIGH_ERROR * gate_px,
        PoseFlag.VIEW_REJECTED: np.stack([_rejected(p, a) for p, a in zip(poses, answers, strict=True)]),
    }
    total = limits_of(shape, edges).flags(points, edges)
    for flag, where in raised.items():
        total |= np.where(where & here, int(flag), 0)
    return [replace(pose, flags=pose.flags | total[row]) for row, pose in enumerate(poses)]


def flag_seeds(pose: Pose3D, points_mm: FloatArray, *, outvoted: BoolArray, tolerance_mm: float) -> Pose3D:
    """Return the pose with keypoints flagged that lie elsewhere than the seed labelled them, or were outvoted.

    Args:
        pose: The pose at a seed's timepoint.
        points_mm: (keypoint, 3) the seed in mm, NaN where not labelled or outvoted.
        outvoted: (keypoint,) bool.
        tolerance_mm: Labels this far off are no disagreement.
    """
    elsewhere = np.linalg.norm(pose.points_mm - points_mm, axis=1) > tolerance_mm
    return replace(pose, flags=pose.flags | np.where(elsewhere | outvoted, int(PoseFlag.SEED_DISAGREES), 0))


def flag_unsure_track(pose: Pose3D) -> Pose3D:
    """Return the pose with all its keypoints flagged: its stretch was tracked from no pose that could be trusted."""
    return replace(pose, flags=pose.flags | np.where(pose.present, int(PoseFlag.TRACK_UNSURE), 0))


def flag_unseeded(pose: Pose3D, unseeded: BoolArray) -> Pose3D:
    """Return the pose with those of its keypoints flagged that no seed places in 3D, `unseeded` (keypoint,) bool."""
    return replace(pose, flags=pose.flags | np.where(pose.present & unseeded, int(PoseFlag.UNSEEDED), 0))


def _rejected(pose: Pose3D, answers: ViewAnswers | None) -> BoolArray:
    """Return the keypoints for which some view voted for another dot than the pose rests on there."""
    if answers is None:
        return np.zeros(len(pose.points_mm), dtype=np.bool_)
    votes = answers.numbers.T
    return np.asarray(((votes >= 0) & (votes != pose.numbers)).any(axis=1))
