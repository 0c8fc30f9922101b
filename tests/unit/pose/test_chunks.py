from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.pose.scenes import GATE_PX, evidence_of, make_poses, make_rig, make_shape

from behaviorvlm.pose.chunks import (
    LONGEST,
    Anchor,
    anchors_of,
    find_anchor,
    nominal_cuts,
    place_cuts,
    stretches,
)
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.tracking import Stretch
from behaviorvlm.types import CandidateSet

RIG = make_rig()
START, SPAN, LENGTH = st.integers(0, 10_000), st.integers(1, 5_000), st.integers(10, 400)


def anchor(timepoint: int, *, known: bool = True) -> Anchor:
    return Anchor(timepoint, np.full((9, 3), 1.0 if known else np.nan), 20.0)


@given(START, SPAN, LENGTH)
def test_stretches_cover_everything_exactly_once(start: int, span: int, length: int) -> None:
    cuts = nominal_cuts(start, start + span, length)
    pieces = stretches(start, start + span, cuts)
    assert [time for piece in pieces for time in range(*piece)] == list(range(start, start + span))
    assert all(first < last for first, last in pieces)


@given(START, SPAN, LENGTH)
def test_stretches_are_about_as_long_as_wanted(start: int, span: int, length: int) -> None:
    pieces = stretches(start, start + span, nominal_cuts(start, start + span, length))
    lengths = [last - first for first, last in pieces]
    assert max(lengths) <= LONGEST * length + 1
    assert max(lengths) - min(lengths) <= 1
    assert len(pieces) == 1 or min(lengths) >= length / LONGEST - 1


@given(START, LENGTH, st.data())
def test_a_short_video_is_not_cut(start: int, length: int, data) -> None:
    span = data.draw(st.integers(1, int(LONGEST * length)))
    assert nominal_cuts(start, start + span, length) == []


def test_cuts_move_to_the_anchors_found() -> None:
    assert place_cuts([100, 200, 300], [anchor(108), None, anchor(300)]) == [108, 200, 300]


def test_a_stretch_starts_from_its_outermost_anchors() -> None:
    anchors = [anchor(time) for time in (40, 10, 25, 60, 5)]
    assert [one.timepoint for one in anchors_of(10, 40, anchors)] == [10, 40]  # its end included
    assert [one.timepoint for one in anchors_of(20, 30, anchors)] == [25]
    assert anchors_of(30, 39, anchors) == []


def test_an_anchor_of_which_nothing_is_known_starts_no_pass() -> None:
    found = anchors_of(0, 50, [anchor(10, known=False), anchor(20), anchor(30)])
    assert [one.timepoint for one in found] == [30]


def stretch_of(shown: list[np.ndarray]) -> Stretch:
    """Return a stretch from timepoint 30 at which the cameras see these (point, 3) mm."""
    evidence = [replace(evidence_of(points, RIG), timepoint=30 + row) for row, points in enumerate(shown)]
    return Stretch(evidence, make_shape(), RIG, PoseSettings(), {})


def test_an_anchor_is_found_at_a_timepoint_that_is_clear_from_nothing() -> None:
    poses = make_poses(range(30, 36))
    hidden = [np.zeros((0, 3))] * 3
    found = find_anchor(stretch_of([*hidden, *poses[3:]]))
    assert found is not None
    assert found.timepoint == 34  # every fourth timepoint is looked at
    np.testing.assert_allclose(found.points_mm, poses[4], atol=1e-3)
    assert found.lead > 5


@pytest.mark.parametrize("seen", [0, 2, 5])
def test_no_anchor_where_most_of_the_animal_is_hidden(seen: int) -> None:
    assert find_anchor(stretch_of([pose[:seen] for pose in make_poses(range(30, 34))])) is None


def test_no_anchor_without_dots() -> None:
    stretch = stretch_of(list(make_poses([30])))
    empty = tuple(CandidateSet.from_points(30, name, np.zeros((0, 2))) for name in RIG.names)
    evidence = replace(stretch.evidence[0], views=empty, points=evidence_of(np.zeros((0, 3)), RIG).points)
    assert evidence.gate_px == GATE_PX
    assert find_anchor(replace(stretch, evidence=[evidence])) is None
