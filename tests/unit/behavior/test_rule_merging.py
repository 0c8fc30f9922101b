"""Neighbors are merged by rule, and taken apart again."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.behavior.annotator import UNSEEN, ClipDescription, DescribedSegment, MergeGroup
from behaviorvlm.behavior.bouts import apart
from behaviorvlm.behavior.rule_merging import RuleSegmentMerger
from behaviorvlm.types import NO_CLUSTER, Segment

Said = tuple[str, str, int, float]
"""Behavior, target, frames, confidence."""


def stream(*said: Said, recording: str = "r", clusters: tuple[int, ...] = ()) -> list[DescribedSegment]:
    edges = [0]
    for one in said:
        edges.append(edges[-1] + one[2])
    return [
        DescribedSegment(
            Segment(recording, "a", place, start, stop, clusters[place] if clusters else 0, 1.0),
            ClipDescription(behavior, target, confidence=confidence, source="kinematic"),
        )
        for place, ((start, stop), (behavior, target, _, confidence)) in enumerate(
            zip(pairwise(edges), said, strict=True)
        )
    ]


def merger(bridge_s: float = 0.5) -> RuleSegmentMerger:
    return RuleSegmentMerger({"r": 30.0, "q": 10.0}, {"rest": "Does not move."}, bridge_s)


def told(groups: list[MergeGroup]) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(group.behavior, group.target, group.segments) for group in groups]


def test_neighbors_alike_are_one_and_the_target_counts() -> None:
    said = stream(("rest", "", 30, 0.5), ("rest", "", 90, 0.9), ("follow", "b", 30, 1.0), ("follow", "c", 30, 1.0))
    groups = merger().merge(said)
    assert told(groups) == [("rest", "", (0, 1)), ("follow", "b", (2,)), ("follow", "c", (3,))]
    assert groups[0].confidence == pytest.approx(0.8), "weighted by length"
    assert groups[0].reason == "2 neighbors are rest"
    assert groups[1].reason == "a segment by itself"
    assert {group.source for group in groups} == {"rule"}


def test_a_brief_doubtful_interruption_is_passed_over_with_the_reason() -> None:
    said = stream(("follow", "b", 45, 0.9), ("locomotion", "", 15, 0.4), ("follow", "b", 60, 0.9))
    (group,) = merger().merge(said)
    assert told([group]) == [("follow", "b", (0, 1, 2))]
    assert group.confidence == pytest.approx(0.9 * 105 / 120), "the interruption supports nothing"
    assert group.reason == (
        "2 neighbors are follow towards b; 0.50 s of locomotion in between is less sure (0.40) than what is around it,"
        " and not longer than 0.5 s"
    )


@pytest.mark.parametrize(
    "between",
    [("locomotion", "", 16, 0.4), ("locomotion", "", 15, 0.95), (UNSEEN, "", 10, 0.1)],
    ids=["too long", "too sure", "not to be seen"],
)
def test_other_interruptions_stay(between: Said) -> None:
    groups = merger().merge(stream(("rest", "", 45, 0.9), between, ("rest", "", 60, 0.9)))
    assert len(groups) == 3


def test_nothing_is_passed_over_between_different_ones() -> None:
    assert len(merger().merge(stream(("rest", "", 45, 0.9), ("follow", "b", 5, 0.1), ("locomotion", "", 60, 0.9)))) == 3


def test_time_and_not_frames_decides() -> None:
    said = (("rest", "", 45, 0.9), ("locomotion", "", 10, 0.4), ("rest", "", 60, 0.9))
    assert len(merger().merge(stream(*said))) == 1
    assert len(merger().merge(stream(*said, recording="q"))) == 3, "10 frames are 1 s there"


def test_the_shortest_interruption_goes_first() -> None:
    said = (("rest", "", 60, 0.9), ("locomotion", "", 14, 0.5), ("rest", "", 4, 0.4), ("locomotion", "", 14, 0.5))
    assert told(merger().merge(stream(*said))) == [("rest", "", (0,)), ("locomotion", "", (1, 2, 3))]


names = st.sampled_from(["rest", "locomotion", "follow", UNSEEN, ""])
saying = st.tuples(names, st.sampled_from(["", "b"]), st.integers(1, 60), st.floats(0, 1))


@given(st.lists(saying, min_size=1, max_size=25), st.floats(0, 3))
def test_every_segment_is_in_one_group_in_order(said: list[Said], bridge_s: float) -> None:
    groups = merger(bridge_s).merge(stream(*said))
    assert [number for group in groups for number in group.segments] == list(range(len(said)))
    for before, after in pairwise(groups):
        assert (before.behavior, before.target) != (after.behavior, after.target)
    assert all(0 <= group.confidence <= 1 and group.reason for group in groups)


@given(st.lists(saying, min_size=1, max_size=25))
def test_a_merge_taken_apart_is_what_the_descriptions_say(said: list[Said]) -> None:
    described = stream(*said)
    groups = merger().merge(described)
    places = {one.segment.number: one for one in described}
    undone = apart(groups, range(len(groups)), places)
    assert told(undone) == [(name, target, (place,)) for place, (name, target, _, _) in enumerate(said)]
    assert apart(groups, (), places) == groups


def test_the_ethogram_has_definitions_evidence_and_clusters() -> None:
    said = stream(
        ("rest", "", 90, 0.7),
        ("nuzzle", "b", 10, 0.8),
        ("rest", "", 60, 0.9),
        (UNSEEN, "", 30, 1.0),
        ("rest", "", 99, 0.9),
        ("", "", 30, 0.0),
        ("rest", "", 30, 0.6),
        clusters=(4, 2, 1, NO_CLUSTER, NO_CLUSTER, 3, 4),
    )
    groups = merger(0.0).merge(said)
    catalogue = merger(0.0).write_ethogram(groups, {("r", one.segment.number): one for one in said})
    assert catalogue.renamed == {}
    rest, nuzzle = catalogue.ethogram.behaviors
    assert (rest.name, rest.definition, rest.kind, rest.social) == ("rest", "Does not move.", "state", False)
    assert rest.clusters == (1, 4)
    assert rest.evidence == (("r", 4), ("r", 2), ("r", 0)), "the surest first, then the longest"
    assert (nuzzle.name, nuzzle.definition, nuzzle.kind, nuzzle.social) == ("nuzzle", "", "point", True)


def test_what_was_passed_over_is_no_evidence() -> None:
    said = stream(("rest", "", 45, 0.9), ("follow", "b", 5, 0.1), ("rest", "", 60, 0.8), clusters=(1, 2, 3))
    (rest,) = (
        merger()
        .write_ethogram(merger().merge(said), {("r", one.segment.number): one for one in said})
        .ethogram.behaviors
    )
    assert rest.clusters == (1, 3)
    assert rest.evidence == (("r", 0), ("r", 2))
