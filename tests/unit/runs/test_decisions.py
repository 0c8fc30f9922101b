"""What ``auto`` asked is counted by kind, and an audit says how sure its share is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.runs.scripted_pipeline import AUDIT, SIDE, decisions

from behaviorvlm.errors import ShapeError
from behaviorvlm.pose import escalated_naming
from behaviorvlm.pose.doubts import Doubts
from behaviorvlm.pose.escalation import Escalation
from behaviorvlm.pose.side_paths import SideCosts
from behaviorvlm.runs.chunks import DecisionChunk, record
from behaviorvlm.runs.decisions import KINDS, DecisionCounts, audit_result, count_decisions, wilson_interval


def chunk(*asked: tuple[int, int]) -> DecisionChunk:
    """Return questions of (kind, reading)."""
    return record(DecisionChunk, decisions(*asked), where="here")


def test_the_kinds_are_those_of_the_record() -> None:
    assert KINDS == escalated_naming.KINDS


def test_what_escalation_packs_can_be_read_back() -> None:
    nothing = np.zeros((0, 1))
    sides = SideCosts(np.array([[0, 1]]), nothing, nothing, nothing)
    numbers = np.zeros((0, 4, 3), dtype=np.int64)
    one, nats, linked = numbers[..., 0], numbers[..., 0] * 1.0, numbers[..., 0] > 0
    doubts = Doubts(0, one, numbers, numbers, one, nats, nats, linked, numbers * 1.0, sides)
    packed = escalated_naming.pack_decisions(Escalation(doubts))
    assert count_decisions([record(DecisionChunk, packed, where="here")]) == {}


def test_every_answer_is_counted_where_it_belongs() -> None:
    chunks = [chunk((SIDE, 0), (SIDE, 1), (SIDE, -2), (SIDE, 2)), chunk((AUDIT, -1), (SIDE, 0)), chunk()]
    assert count_decisions(chunks) == {
        "side": DecisionCounts(asked=5, agreed=2, other=2, unanswered=1),
        "audit": DecisionCounts(asked=1, neither=1),
    }


def test_only_answers_count_in_an_audit() -> None:
    audit = audit_result(DecisionCounts(asked=23, agreed=18, other=1, neither=1, unanswered=3))
    assert audit is not None
    assert (audit.answered, audit.disagreed, audit.share) == (20, 2, 0.1)
    assert (audit.lowest, audit.highest) == pytest.approx((0.0279, 0.3010), abs=5e-5)


@pytest.mark.parametrize("counts", [None, DecisionCounts(asked=0), DecisionCounts(asked=4, unanswered=4)])
def test_an_audit_without_answers_says_nothing(counts: DecisionCounts | None) -> None:
    assert audit_result(counts) is None


@pytest.mark.parametrize(
    ("count", "total", "expected"),
    [(0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0)), (81, 263, (0.2553, 0.3662)), (1, 1, (0.2065, 1.0))],
)
def test_the_interval_is_that_of_the_literature(count: int, total: int, expected: tuple[float, float]) -> None:
    """Newcombe 1998, table I gives 81 of 263; the others follow from the formula by hand."""
    assert wilson_interval(count, total) == pytest.approx(expected, abs=5e-5)


@given(total=st.integers(1, 10_000), share=st.floats(0, 1))
def test_the_interval_is_where_the_share_would_not_surprise(total: int, share: float) -> None:
    """The score interval holds every p whose distance from the share is within 1.96 of its own deviations."""
    count = round(share * total)
    assert (wilson_interval(count, total)[0] == 0) is (count == 0)
    assert (wilson_interval(count, total)[1] == 1) is (count == total)
    for end in wilson_interval(count, total):
        if 0 < end < 1:
            deviations = abs(count / total - end) / np.sqrt(end * (1 - end) / total)
            assert deviations == pytest.approx(1.959964, rel=1e-6)


def test_a_record_of_another_form_is_refused() -> None:
    zeros = np.zeros(2, dtype=np.int64)
    with pytest.raises(ShapeError, match="readings"):
        DecisionChunk(zeros, zeros, zeros, zeros, zeros, zeros * 0.5, np.zeros((3, 2, 4), dtype=np.int64))
