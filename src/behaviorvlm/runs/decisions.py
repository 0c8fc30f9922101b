"""What the annotator ``auto`` asked, by kind of doubt, and how often an audit found model and geometry apart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from behaviorvlm.runs.chunks import DecisionChunk

KINDS = ("side", "dot", "audit")
"""Left or right of a pair; this dot or that one; a settled dot, asked about at random."""
UNANSWERED = -2
ANSWERS = {0: "agreed", -1: "neither", UNANSWERED: "unanswered"}
"""What a reading on record means; any further one is another."""
NORMAL_95 = 1.959964
"""The normal distribution holds 95 % within so many standard deviations."""


class DecisionCounts(BaseModel):
    """Doubts of one kind by what came of them.

    Attributes:
        asked: All of them.
        agreed: The model chose what geometry says.
        other: It chose another reading.
        neither: It said that none is right.
        unanswered: No answer could be used, or the budget was spent.
    """

    model_config = ConfigDict(frozen=True)

    asked: int
    agreed: int = 0
    other: int = 0
    neither: int = 0
    unanswered: int = 0


class AuditResult(BaseModel):
    """How often the model disagrees about what geometry takes for settled.

    Attributes:
        answered: Audit questions with an answer.
        disagreed: Those of them whose answer is not what geometry says.
        share: `disagreed` of `answered`.
        lowest, highest: Its 95 % confidence interval (Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953).
    """

    model_config = ConfigDict(frozen=True)

    answered: int
    disagreed: int
    share: float
    lowest: float
    highest: float


def count_decisions(chunks: Iterable[DecisionChunk]) -> dict[str, DecisionCounts]:
    """Return the doubts of each kind that was asked about, by what came of them."""
    found: dict[str, Counter[str]] = {}
    for chunk in chunks:
        for kind, reading in zip(chunk.kind.tolist(), chunk.reading.tolist(), strict=True):
            found.setdefault(KINDS[kind], Counter()).update(("asked", ANSWERS.get(reading, "other")))
    return {kind: DecisionCounts(**found[kind]) for kind in KINDS if kind in found}


def audit_result(counts: DecisionCounts | None) -> AuditResult | None:
    """Return what the audit found, None if it has no answer."""
    answered = 0 if counts is None else counts.asked - counts.unanswered
    if counts is None or not answered:
        return None
    disagreed = answered - counts.agreed
    lowest, highest = wilson_interval(disagreed, answered)
    return AuditResult(
        answered=answered, disagreed=disagreed, share=disagreed / answered, lowest=lowest, highest=highest
    )


def wilson_interval(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, `count` of `total` > 0 (Wilson 1927, the score interval)."""
    share, spread = count / total, NORMAL_95**2 / total
    middle = share + spread / 2
    half = math.sqrt(spread * (share * (1 - share) + spread / 4))
    lowest = (middle - half) / (1 + spread) if count else 0.0  # exactly, whatever rounding leaves
    highest = (middle + half) / (1 + spread) if count < total else 1.0
    return lowest, highest
