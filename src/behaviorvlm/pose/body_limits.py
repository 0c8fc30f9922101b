"""What the exemplars of an animal allow: the longest step, and how short and long each bone may be."""

from __future__ import annotations

import numpy as np

from behaviorvlm.pose.belief import STEP
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.types import IntArray
from behaviorvlm.types.body_limits import BodyLimits

JUMP_STEPS = 6.0
"""A step of so many usual ones, away from both neighbours, is a jump."""
LENGTH_SLACK = 0.35
"""Share by which a bone may be longer or shorter than in any exemplar."""


def limits_of(shape: BodyShape, edges: IntArray) -> BodyLimits:
    """Return the limits that a shape gives.

    Args:
        shape: The animal.
        edges: (edge, 2) int64 keypoint indices.
    """
    bones = np.full((len(edges), 2), np.nan)
    for row, (first, second) in enumerate(edges):
        known = np.linalg.norm(shape.templates_mm[:, first] - shape.templates_mm[:, second], axis=-1)
        if np.isfinite(known).any():
            bones[row] = np.nanmin(known) * (1 - LENGTH_SLACK), np.nanmax(known) * (1 + LENGTH_SLACK)
    return BodyLimits(JUMP_STEPS * STEP * shape.scale_mm, bones)
