"""Votes: what a model, asked about a few dots of one view, says for or against a name, in nats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.types import FloatArray, IntArray


@dataclass(frozen=True)
class Vote:
    """One statement: this dot of this view is that keypoint.

    Attributes:
        timepoint: Index of the synchronised instant.
        camera: Camera index.
        keypoint: Keypoint index.
        number: The candidate's number.
        nats: What it counts; negative = it is not.
    """

    timepoint: int
    camera: int
    keypoint: int
    number: int
    nats: float


def votes_energy(votes: Sequence[Vote], numbers: IntArray, *, n_keypoints: int) -> FloatArray:
    """Return what votes about one timepoint say of its unnamed points.

    Args:
        votes: Votes about that timepoint.
        numbers: (point, camera) int64 the candidates each point rests on, -1 = none.
        n_keypoints: Number of keypoints.

    Returns:
        (keypoint, point + 1) float64 nats, negative where a vote is for it; 0 for missing.
    """
    energy = np.zeros((n_keypoints, len(numbers) + 1))
    for vote in votes:
        energy[vote.keypoint, :-1] -= vote.nats * (numbers[:, vote.camera] == vote.number)
    return energy
