from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.behavior.annotator import ClipDescription, DescribedSegment, MergeGroup
from behaviorvlm.behavior.bouts import apart, individual_bouts, joined, renamed
from behaviorvlm.types import Segment

LENGTH = 10


def groups_of(*behaviors: str, target: str = "") -> list[MergeGroup]:
    return [
        MergeGroup("day", "ann", (number,), name, target, confidence=0.5 + 0.1 * (number % 5), reason="", source="rule")
        for number, name in enumerate(behaviors)
    ]


def places_of(*behaviors: str) -> dict[int, DescribedSegment]:
    segments = [
        Segment("day", "ann", number, number * LENGTH, (number + 1) * LENGTH, 0, 1.0)
        for number in range(len(behaviors))
    ]
    pairs = zip(segments, behaviors, strict=True)
    return {one.number: DescribedSegment(one, ClipDescription(name, confidence=0.9)) for one, name in pairs}


def test_neighbours_alike_are_joined_with_the_mean_confidence_of_their_segments() -> None:
    groups = groups_of("walk", "walk", "rest", "walk")
    found = joined(groups)
    assert [(one.behavior, one.segments) for one in found] == [("walk", (0, 1)), ("rest", (2,)), ("walk", (3,))]
    assert found[0].confidence == pytest.approx(0.55)


def test_the_same_behavior_at_another_target_is_another_bout() -> None:
    groups = [*groups_of("chase", target="bob"), replace(groups_of("chase", target="cid")[0], segments=(1,))]
    assert joined(groups) == groups


def test_what_a_person_took_apart_is_never_joined_again() -> None:
    assert joined(groups_of("walk", "walk", "walk"), apart_from={1}) == groups_of("walk", "walk", "walk")


@given(st.lists(st.sampled_from(["walk", "rest"]), min_size=1, max_size=30), st.sets(st.integers(0, 29)))
def test_joining_loses_no_segment_and_keeps_their_order(names: list[str], single: set[int]) -> None:
    found = joined(groups_of(*names), apart_from=single)
    assert [number for one in found for number in one.segments] == list(range(len(names)))


def test_an_undone_merge_is_its_segments_as_they_were_described() -> None:
    merged = replace(groups_of("walk")[0], segments=(0, 1))
    found = apart([merged], {0}, places_of("walk", "trot"))
    assert [(one.segments, one.behavior, one.source) for one in found] == [
        ((0,), "walk", "person"),
        ((1,), "trot", "person"),
    ]
    assert apart([merged], set(), places_of("walk", "trot")) == [merged]


def test_groups_are_called_as_the_ethogram_calls_them() -> None:
    assert [one.behavior for one in renamed(groups_of("trot", "rest"), {"trot": "walk"})] == ["walk", "rest"]


def test_bouts_have_the_seconds_of_their_frames_and_unseen_is_none() -> None:
    names = ("walk", "unseen", "", "rest")
    features, times_s = np.zeros((40, 2), np.float32), np.arange(40) / 20 + 1.0
    found = individual_bouts(
        groups_of(*names), places_of(*names), features=features, times_s=times_s, frame_rate_hz=20.0,
        reach_frames=5, min_frames=1,
    )  # fmt: skip
    assert [(one.behavior, one.start_frame, one.stop_frame) for one in found] == [("walk", 0, 10), ("rest", 30, 40)]
    assert [(one.start_s, one.stop_s) for one in found] == [(1.0, 1.5), (2.5, pytest.approx(3.0))]


def test_a_boundary_between_two_bouts_moves_to_where_the_features_change() -> None:
    names = ("walk", "rest")
    features = np.repeat(np.array([[0.0], [1.0]], np.float32), [13, 7], axis=0)
    features = features + 0.01 * np.random.default_rng(0).normal(size=(20, 1)).astype(np.float32)
    walk, rest = individual_bouts(
        groups_of(*names), places_of(*names), features=features, times_s=np.arange(20) / 20, frame_rate_hz=20.0,
        reach_frames=5, min_frames=1,
    )  # fmt: skip
    assert walk.stop_frame == rest.start_frame == 13
