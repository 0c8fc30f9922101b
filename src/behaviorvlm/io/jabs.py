"""JABS's pose files, ``*_pose_est_v2.h5`` to ``v6``: 12 points of mice, stored (y, x), missing where confidence is 0.

Source: docs/pose/file_format.md of mouse-tracking (The Jackson Laboratory).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from behaviorvlm.io.hdf5 import number_attribute, reading
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.types import FloatArray, IntArray

EXPECTED = "a JABS pose file, version 2 to 6"
KEYPOINTS = (
    "nose", "left_ear", "right_ear", "base_neck", "left_front_paw", "right_front_paw", "center_spine",
    "left_rear_paw", "right_rear_paw", "base_tail", "mid_tail", "tip_tail",
)  # fmt: skip
MM_PER_CM = 10.0
USUAL = 0.99
"""As many mice there are as are seen at once in this share of the frames; more are ghosts of a frame or two."""


def read_keypoints(path: Path) -> KeypointTable:
    """Return the points of all mice.

    From version 4 on, mice are those the file identifies. In version 3 pieces of tracks are put together, the longest
    first, into as many mice as are usually seen at once: who is who after a gap is not known.

    Raises:
        FormatError: If it is no such file, or its arrays do not fit together.
    """
    with reading(path, expected=EXPECTED) as file:
        poses = file["poseest"]
        stored = np.asarray(poses["points"][()], dtype=np.float64)[..., ::-1]
        confidence = np.asarray(poses["confidence"][()], dtype=np.float64)
        if "instance_count" in poses:
            stored, confidence = _by_mouse(stored, confidence, mice=_mice(poses))
        else:
            stored, confidence = stored[:, None], confidence[:, None]
        scale = number_attribute(poses, "cm_per_pixel")
        points = np.where((confidence > 0)[..., None], stored, np.nan)
        return KeypointTable(
            tuple(f"animal_{number + 1}" for number in range(points.shape[1])),
            KEYPOINTS,
            np.arange(len(points)),
            points,
            confidence,
            np.full(len(points), -1),
            px_per_mm=1 / (MM_PER_CM * scale) if scale else None,
        )


def _mice(poses: object) -> IntArray:
    """Return which mouse each instance is, (timepoint, instance) int64 from 0; -1 = none."""
    if "instance_embed_id" in poses:  # type: ignore[operator]  # h5py ships no types
        numbers = poses["instance_embed_id"][()].astype(np.int64) - 1  # type: ignore[index]
        return np.where(poses["id_mask"][()].astype(bool), -1, numbers)  # type: ignore[index]
    count = poses["instance_count"][()]  # type: ignore[index]
    pieces = poses["instance_track_id"][()].astype(np.int64)  # type: ignore[index]
    return _join_pieces(np.where(np.arange(pieces.shape[1]) < count[:, None], pieces, -1))


def _join_pieces(pieces: IntArray) -> IntArray:
    """Return mice for (timepoint, instance) numbers of pieces of tracks: the longest first, each to who is freest."""
    there = pieces >= 0
    numbers, lengths = np.unique(pieces[there], return_counts=True)
    mice = np.full(pieces.shape, -1)
    if not len(numbers):
        return mice
    free = np.ones((int(np.quantile(there.sum(axis=1), USUAL, method="lower")) or 1, len(pieces)), dtype=bool)
    for number in numbers[np.argsort(-lengths, kind="stable")]:
        at, slots = np.nonzero(pieces == number)
        mouse = int(free[:, at].sum(axis=1).argmax())
        unclaimed = free[mouse, at]
        mice[at[unclaimed], slots[unclaimed]] = mouse
        free[mouse, at] = False
    return mice


def _by_mouse(stored: FloatArray, confidence: FloatArray, *, mice: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return (timepoint, mouse, keypoint, ...) points and confidences; of two instances of a mouse, the first."""
    count = int(mice.max(initial=-1)) + 1
    points = np.full((len(stored), count, *stored.shape[2:]), np.nan)
    seen = np.zeros((len(stored), count, confidence.shape[2]))
    for slot in reversed(range(mice.shape[1])):
        at = np.flatnonzero(mice[:, slot] >= 0)
        points[at, mice[at, slot]], seen[at, mice[at, slot]] = stored[at, slot], confidence[at, slot]
    return points, seen
