"""Answers about neighbouring segments: every segment once, in order, mended or refused with a reason."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.behavior.merge_scenes import described

from behaviorvlm.behavior.answer_shape import BehaviorNames
from behaviorvlm.behavior.llm_merge_answers import LEFT_OUT, MergeAnswerReader
from behaviorvlm.chat.structured import parse_json, schema_in_words, validate
from behaviorvlm.errors import RefusedAnswerError
from behaviorvlm.types import Behavior

SEGMENTS = described("walk", "walk", "sniff>mouse2", "sniff>mouse2", "rest", "rest")
READER = MergeAnswerReader(BehaviorNames(), {"mouse2": "m2"}, SEGMENTS, start=10)
WORDS = (Behavior("chase", social=True), Behavior("walk", social=False))
BOUND = MergeAnswerReader(BehaviorNames(WORDS), {"mouse2": "mouse2", "mouse3": "mouse3"}, SEGMENTS)


def group(first: object, last: object, behavior: str = "walking", **more: object) -> dict[str, object]:
    entry = {"first": first, "last": last, "behavior": behavior, "target": "none", "confidence": 70, "reason": "alike"}
    return {**entry, **more}


def reply(*groups: dict[str, object]) -> str:
    return json.dumps({"groups": list(groups)})


def understood(text: str, reader: MergeAnswerReader = READER) -> Any:
    return reader.understand(validate(parse_json(text), reader.schema))


def places(parts: Any) -> list[tuple[int, int]]:
    return [(part.start, part.stop) for part in parts]


def test_groups_are_parts_by_their_places_in_the_row() -> None:
    parts = understood(reply(group(1, 2), group(3, 4, "Sniffing_rear", target="mouse2"), group(5, 6, "rest")))
    assert places(parts) == [(10, 12), (12, 14), (14, 16)]
    assert [(part.behavior, part.target) for part in parts] == [("walking", ""), ("sniffing rear", "m2"), ("rest", "")]
    assert {(part.confidence, part.reason, part.source) for part in parts} == {(0.7, "alike", "llm")}


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([group(3, 6), group(1, 2)], [(10, 12), (12, 16)]),
        ([group(1, 2), group(4, 6)], [(10, 12), (12, 13), (13, 16)]),
        ([group(2, 6)], [(10, 11), (11, 16)]),
        ([group(1, 3)], [(10, 13), (13, 14), (14, 15), (15, 16)]),
        ([group("1", 6.0)], [(10, 16)]),
    ],
)
def test_what_has_one_reading_is_mended(groups: list[dict[str, object]], expected: list[tuple[int, int]]) -> None:
    parts = understood(reply(*groups))
    assert places(parts) == expected
    for part in parts:
        if part.reason == LEFT_OUT:
            said = SEGMENTS[part.start - 10].description
            assert (part.behavior, part.target, part.confidence) == (said.behavior, said.target, said.confidence)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("They are all the same.", "no JSON"),
        ("{}", "groups"),
        (reply(), "groups"),
        (reply(group(1, 3), group(3, 6)), "Segment 3 is in more than one group"),
        (reply(group(1, 6), group(2, 3)), "Segments 2, 3 are in more than one"),
        (reply(group(1, 3), group(1, 3)), "Segments 1, 2, 3 are"),
        (reply(group(3, 1)), "from 3 to 1"),
        (reply(group(0, 6)), "first"),
        (reply(group(1, 7)), "last"),
        (reply(group(1, 2)), "Segments 3, 4, 5, 6 are in no group"),
        (reply(*[group(1, 1)] * 7), "groups"),
        (reply(group(1, 6, target="mouse1")), "target"),
        (reply(group(1, 6, "")), "behavior"),
        (reply(group(1, 6, confidence=101)), "confidence"),
        (reply({"first": 1, "last": 6}), "behavior"),
        (reply(group(1, 6))[:-20], "cut off"),
        (json.dumps({"groups": [[1, 2], [3, 6]]}), "groups"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_place(text: str, complaint: str) -> None:
    with pytest.raises(RefusedAnswerError, match=complaint):
        understood(text)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1, max_size=6))
def test_whatever_is_understood_holds_every_segment_once_in_order(spans: list[tuple[int, int]]) -> None:
    try:
        parts = understood(reply(*(group(*span) for span in spans)))
    except RefusedAnswerError:
        return
    assert [place for part in parts for place in range(part.start, part.stop)] == list(range(10, 16))


def test_a_social_word_takes_the_only_target_its_segments_have() -> None:
    parts = understood(reply(group(1, 2, "walk", target="mouse2"), group(3, 6, "chase")), BOUND)
    assert [part.target for part in parts] == ["", "mouse2"]


def test_a_social_word_without_any_target_is_refused() -> None:
    with pytest.raises(RefusedAnswerError, match=r"from 5 to 6 is chase.*mouse2, mouse3"):
        understood(reply(group(1, 4, "walk"), group(5, 6, "chase")), BOUND)


def test_schemas_are_of_the_kind_that_is_validated() -> None:
    assert schema_in_words(READER.schema)
    assert schema_in_words(BOUND.schema)
