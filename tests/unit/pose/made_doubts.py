"""A stretch of a left/right pair and a back as escalation sees it, made by hand, and answers to what it asks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from behaviorvlm.pose.annotator import Decision
from behaviorvlm.pose.doubts import Doubts
from behaviorvlm.pose.escalation import PIECE_TIMEPOINTS, Escalation, Inquiry, escalate
from behaviorvlm.pose.side_paths import SideCosts

START = 100
LEFT, RIGHT, BACK = 0, 1, 2
SURE = 50.0
CERTAIN = 1e-6
"""Chance of being wrong of what nobody doubts."""


def make_doubts(
    length: int = PIECE_TIMEPOINTS,
    *,
    start: int = START,
    lead: float = SURE,
    crossing: float = SURE,
    n_cameras: int = 3,
) -> Doubts:
    """Return a stretch of a pair and a back; dots k + 10 * camera, none in doubt; the pair is ahead by `lead`."""
    numbers = np.tile(np.arange(3)[:, None] + 10 * np.arange(n_cameras), (length, 1, 1))
    steps = np.full((length, 1), crossing)
    steps[0] = 0
    sides = SideCosts(np.array([[LEFT, RIGHT]]), np.full((length, 1), lead), np.zeros((length, 1)), steps)
    other = np.full_like(numbers, -1)
    everywhere = np.zeros((length, 3))
    return Doubts(
        start=start,
        chosen=numbers[..., 0],
        numbers=numbers,
        other_numbers=other,
        rivals=np.tile([RIGHT, BACK, LEFT], (length, 1)),
        margin=everywhere + SURE,
        doubt=everywhere + CERTAIN,
        linked=everywhere > 1,
        clearance_px=np.full(numbers.shape, 20.0),
        sides=sides,
    )


def always(reading: int | None, confidence: float = 1.0) -> Callable[[list[Inquiry]], list[Decision]]:
    return lambda inquiries: [Decision(reading, confidence) for _ in inquiries]


def asked_of(doubts: Doubts, reading: int | None = 0, **rest) -> Escalation:
    """Return an escalation that was answered always the same."""
    found = Escalation(doubts, **rest)
    escalate([found], always(reading))
    return found
