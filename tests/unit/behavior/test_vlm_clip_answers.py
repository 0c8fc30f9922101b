"""Answers about a clip: understood, mended where one reading is possible, or refused with a reason."""

import json
from typing import Any

import pytest
from unit.behavior.clip_views import GOOD

from behaviorvlm.behavior.answer_shape import BehaviorNames
from behaviorvlm.behavior.vlm_clip_answers import ClipAnswerReader
from behaviorvlm.chat.structured import parse_json, schema_in_words, validate
from behaviorvlm.errors import RefusedAnswerError
from behaviorvlm.types import Behavior

VOCABULARY = (
    Behavior("approach", "walks up to another animal", social=True),
    Behavior("rest", social=False),
    Behavior("Dig 2", "digs"),
)
FREE = ClipAnswerReader(BehaviorNames(), {"mouse2": "m2", "mouse3": "m3"})
BOUND = ClipAnswerReader(BehaviorNames(VOCABULARY), {"mouse2": "m2", "mouse3": "m3"})


def understood(reader: ClipAnswerReader, text: str) -> Any:
    """Return what becomes of a reply on the way that the asker takes."""
    return reader.understand(validate(parse_json(text), reader.schema))


def answer(**changes: object) -> str:
    return json.dumps({**GOOD, **changes})


def test_a_good_answer_is_a_description() -> None:
    said = understood(FREE, answer(target="mouse2"))
    assert (said.behavior, said.target, said.confidence, said.status) == ("walking", "m2", 0.8, "answered")
    assert (said.posture, said.direction, said.speed) == ("stretched", "to the right", "slow")
    assert said.social_contact == ""  # "none" says that there is nothing to say
    assert (said.confidence_kind, said.source) == ("self_reported", "vlm")


@pytest.mark.parametrize(
    "text",
    [
        "Here it is:\n```json\n" + answer() + "\n```",
        "<think>It may be running.</think>" + answer(),
        answer(confidence="80"),
        answer(confidence=80.0),
        answer(target="None"),
        answer(comment="extra"),
        json.dumps([json.loads(answer())]),
        answer().replace("}", ",}"),
    ],
)
def test_what_has_one_reading_is_mended(text: str) -> None:
    assert understood(FREE, text).behavior == "walking"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("It walks.", "no JSON"),
        ("", "empty"),
        (answer()[:60], "cut off"),
        ("{}", "evidence"),
        (json.dumps({key: value for key, value in GOOD.items() if key != "behavior"}), "behavior"),
        (answer(confidence=101), "confidence"),
        (answer(confidence=-1), "confidence"),
        (answer(confidence=0.8), "confidence"),
        (answer(confidence=1e15), "confidence"),
        (answer(confidence=None), "confidence"),
        (answer(target="mouse1"), "target"),
        (answer(target="m2"), "target"),
        (answer(target=["mouse2"]), "target"),
        (answer(behavior=""), "behavior"),
        (answer(behavior="x" * 41), "behavior"),
        (answer(behavior="行走"), "behavior"),
        (answer(behavior="walking; then it turns"), "behavior"),
        (answer(description="  "), "description"),
        (answer(description="a\nb"), "description"),
        (answer(description="long " * 100), "description"),
        (answer(posture={"head": "up"}), "posture"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_place(text: str, complaint: str) -> None:
    with pytest.raises(RefusedAnswerError, match=complaint):
        understood(FREE, text)


@pytest.mark.parametrize(
    ("behavior", "target", "kept"),
    [("approach", "mouse3", "m3"), ("rest", "mouse3", ""), ("rest", "none", ""), ("Dig 2", "mouse2", "m2")],
)
def test_a_vocabulary_says_who_can_have_a_target(behavior: str, target: str, kept: str) -> None:
    said = understood(BOUND, answer(behavior=behavior, target=target))
    assert (said.behavior, said.target) == (behavior, kept)


def test_other_case_is_the_same_name_and_other_is_allowed() -> None:
    assert understood(BOUND, answer(behavior="dig 2")).behavior == "Dig 2"
    assert understood(BOUND, answer(behavior="other")).behavior == "other"


@pytest.mark.parametrize("behavior", ["walking", "approach, rest", ""])
def test_names_outside_the_vocabulary_are_refused(behavior: str) -> None:
    with pytest.raises(RefusedAnswerError, match="behavior"):
        understood(BOUND, answer(behavior=behavior))


def test_a_social_behavior_needs_somebody_unless_there_is_only_one() -> None:
    with pytest.raises(RefusedAnswerError, match='"mouse2", "mouse3"'):
        understood(BOUND, answer(behavior="approach"))
    alone = ClipAnswerReader(BehaviorNames(VOCABULARY), {"mouse2": "m2"})
    assert understood(alone, answer(behavior="approach")).target == "m2"
    nobody = ClipAnswerReader(BehaviorNames(VOCABULARY), {})
    assert understood(nobody, answer(behavior="approach")).target == ""


@pytest.mark.parametrize("said", ["Self_grooming", "self  grooming", "SELF GROOMING ", "self grooming"])
def test_a_free_name_is_kept_in_one_spelling(said: str) -> None:
    assert understood(FREE, answer(behavior=said)).behavior == "self grooming"


def test_an_answer_given_to_an_older_question_is_checked_again() -> None:
    with pytest.raises(RefusedAnswerError):
        FREE.understand({"behavior": "walking"})


def test_schemas_are_of_the_kind_that_is_validated() -> None:
    assert schema_in_words(FREE.schema)
    assert schema_in_words(BOUND.schema)
    assert BOUND.schema["properties"]["behavior"]["enum"] == ["approach", "rest", "Dig 2", "other"]


def test_a_vocabulary_with_a_word_for_the_rest_gets_no_second_one() -> None:
    names = BehaviorNames((Behavior("attack"), Behavior("Other")))
    assert names.names == ("attack", "Other")


def test_names_are_told_with_their_definitions() -> None:
    words = BehaviorNames(VOCABULARY).words()
    assert '- "approach": walks up to another animal; directed at another animal' in words
    assert '- "rest": not directed at another animal' in words
    assert '- "other": none of these is seen' in words
    assert '"huddle"' in BehaviorNames().words(["huddle"])
