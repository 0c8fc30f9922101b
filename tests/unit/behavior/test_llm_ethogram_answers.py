"""Answers about the names of a run: each name in one behavior, each behavior defined."""

import json
from typing import Any

import pytest

from behaviorvlm.behavior.answer_shape import BehaviorNames
from behaviorvlm.behavior.llm_ethogram_answers import EthogramAnswerReader
from behaviorvlm.chat.structured import parse_json, schema_in_words, validate
from behaviorvlm.errors import RefusedAnswerError
from behaviorvlm.types import Behavior

ASKED = ("walking", "Rear sniff", "anogenital sniffing", "locomotion")
READER = EthogramAnswerReader(BehaviorNames(), ASKED, ("huddle",))


def entry(name: str, *members: object, definition: str = "It is seen.", **more: object) -> dict[str, object]:
    return {"name": name, "members": list(members), "definition": definition, "kind": "state", "social": False, **more}


def understood(*entries: dict[str, object], reader: EthogramAnswerReader = READER) -> Any:
    text = json.dumps({"behaviors": list(entries)})
    return reader.understand(validate(parse_json(text), reader.schema))


def test_names_that_mean_the_same_are_one_behavior() -> None:
    found = understood(entry("walking", 1, 4), entry("rear sniff", 2, 3, kind="point", social=True))
    assert [(one.name, members) for one, members in found] == [
        ("walking", ("walking", "locomotion")),
        ("Rear sniff", ("Rear sniff", "anogenital sniffing")),  # spelled as it was
    ]
    assert [(one.kind, one.social) for one, _ in found] == [("state", False), ("point", True)]


def test_a_name_may_join_what_is_defined_already_without_a_new_definition() -> None:
    found = understood(entry("huddle", 1, 2, 3, definition=" "), entry("running", 4))
    assert found[0][0].name == "huddle"


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([entry("a1", 1, 2, 3)], "Number 4 stands in no behavior"),
        ([entry("a1", 1)], "Numbers 2, 3, 4 stand in no behavior"),
        ([entry("a1", 1, 2, 3), entry("b1", 3, 4)], "Number 3 stands more than once"),
        ([entry("a1", 1, 1, 2, 3, 4)], "members"),
        ([entry("a1", 1, 2, 3, 5)], "members"),
        ([entry("a1"), entry("b1", 1, 2, 3, 4)], "members"),
        ([entry("a1", 1, 2), entry("A1", 3, 4)], "stands twice"),
        ([entry("a1", 1, 2, 3, 4, definition="")], "a1 has no definition"),
        ([entry("walking", 2, 3), entry("gait", 1, 4)], '"walking" is a member of gait and the name of another'),
        ([entry("a1", 1, 2, 3, 4, kind="phase")], "kind"),
        ([entry("a1", 1, 2, 3, 4, social="maybe")], "social"),
        ([entry("", 1, 2, 3, 4)], "name"),
        ([], "behaviors"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_place(entries: list[dict[str, object]], complaint: str) -> None:
    with pytest.raises(RefusedAnswerError, match=complaint):
        understood(*entries)


def test_the_users_words_are_not_renamed_and_no_others_are_invented() -> None:
    words = BehaviorNames((Behavior("walking"), Behavior("sniffing")))
    reader = EthogramAnswerReader(words, ("walking", "rear sniff"))
    assert len(understood(entry("walking", 1), entry("sniffing", 2), reader=reader)) == 2
    with pytest.raises(RefusedAnswerError, match='"walking" is a word of the user'):
        understood(entry("sniffing", 1, 2), reader=reader)
    with pytest.raises(RefusedAnswerError, match="name"):
        understood(entry("walking", 1), entry("rear sniff", 2), reader=reader)


def test_schemas_are_of_the_kind_that_is_validated() -> None:
    assert schema_in_words(READER.schema)
