"""CalMS21: points of a resident and an intruder with labels for each frame, many sequences in one file.

The json as published, and the npy that its conversion script makes of it: annotator to sequence to ``keypoints``
(frame, mouse, x y, keypoint), ``scores``, ``annotations`` and ``metadata``. An array of such points alone is read too.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.types.arrays import unstated

ANIMALS = ("resident", "intruder")
KEYPOINTS = ("nose", "left_ear", "right_ear", "neck", "left_hip", "right_hip", "tail_base")
SHAPE = (len(ANIMALS), 2, len(KEYPOINTS))


def sequences_in(content: object) -> Mapping[str, Mapping[str, object]] | None:
    """Return the sequences of all annotators, or None if that is not what `content` is."""
    if not isinstance(content, Mapping) or not content:
        return None
    found: dict[str, Mapping[str, object]] = {}
    for group in content.values():
        if not isinstance(group, Mapping):
            return None
        for name, sequence in group.items():
            if not (isinstance(sequence, Mapping) and "keypoints" in sequence):
                return None
            found[str(name)] = sequence
    return found


def table_of(keypoints: object, scores: object, *, where: str) -> KeypointTable:
    """Return (frame, mouse, x y, keypoint) points and (frame, mouse, keypoint) scores, or None, as a table.

    Raises:
        FormatError: If they are not of that shape.
    """
    try:
        stored = np.asarray(keypoints, dtype=np.float64)
        confidence = None if scores is None else np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise FormatError("the points are no numbers", where=where, actual=str(error)) from error
    shape = (len(stored) if stored.ndim else 0, *SHAPE)
    if stored.shape != shape or (confidence is not None and confidence.shape != (shape[0], shape[1], shape[3])):
        raise FormatError(
            "the points are not CalMS21's", where=where, expected=f"(frame, {SHAPE})", actual=str(stored.shape)
        )
    points = stored.transpose(0, 1, 3, 2)
    confidence = unstated(points.shape[:3]) if confidence is None else confidence
    rows = len(points)
    return KeypointTable(ANIMALS, KEYPOINTS, np.arange(rows), points, confidence, np.full(rows, -1))
