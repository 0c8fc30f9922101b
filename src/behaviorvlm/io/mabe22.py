"""MABe22 mouse triplets, ``.npy``: a dictionary of sequences, or one array (frame, mouse, keypoint, x y)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.types.arrays import unstated

KEYPOINTS = (
    "nose", "left_ear", "right_ear", "neck", "left_forepaw", "right_forepaw", "center_back",
    "left_hindpaw", "right_hindpaw", "tail_base", "tail_middle", "tail_tip",
)  # fmt: skip
AXES = 4


def sequences_in(content: object) -> Mapping[str, Mapping[str, object]] | None:
    """Return name of a sequence to its ``keypoints``, or None if that is not what `content` is."""
    sequences = content.get("sequences") if isinstance(content, Mapping) else None
    if not isinstance(sequences, Mapping) or not sequences:
        return None
    if not all(isinstance(sequence, Mapping) and "keypoints" in sequence for sequence in sequences.values()):
        return None
    return {str(name): sequence for name, sequence in sequences.items()}


def table_of(keypoints: object, *, where: str) -> KeypointTable:
    """Return (frame, mouse, keypoint, x y) points as a table; keypoints other than the 12 of MABe22 are numbered.

    Points stored at (0, 0) are missing.

    Raises:
        FormatError: If they are not of that shape.
    """
    points = np.asarray(keypoints)
    if points.ndim != AXES or points.shape[-1] != 2 or points.dtype.kind not in "iuf":
        raise FormatError(
            "the points are not MABe22's",
            where=where,
            expected="numbers of shape (frame, mouse, keypoint, 2)",
            actual=f"{points.dtype} of shape {points.shape}",
        )
    count, placed = points.shape[2], points.astype(np.float64)
    placed[(placed == 0).all(axis=-1)] = np.nan
    placed.flags.writeable = False  # so that it is not copied
    names = KEYPOINTS if count == len(KEYPOINTS) else tuple(f"keypoint_{number + 1}" for number in range(count))
    return KeypointTable(
        tuple(f"mouse_{number + 1}" for number in range(points.shape[1])),
        names,
        np.arange(len(points)),
        placed,
        unstated(points.shape[:3]),
        np.full(len(points), -1),
    )
