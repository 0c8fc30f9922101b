"""Stage 4 asked of a model: windows over hours, one ethogram for a run, and rules where the model has no answer."""

from __future__ import annotations

import itertools
import random
import re
import time
from typing import Any

import pytest
from unit.behavior.clip_views import Reader, words_of
from unit.behavior.merge_scenes import EqualNeighbours, by_key, described

from behaviorvlm.behavior.annotator import MergeGroup
from behaviorvlm.behavior.llm_ethogram import BATCH
from behaviorvlm.behavior.llm_segment_merger import BUDGET_LETTERS, OVERLAP, WINDOW, LlmSegmentMerger
from behaviorvlm.chat.question import Question
from behaviorvlm.prompts.prompt_set import load_prompts
from behaviorvlm.types import Behavior

PROMPTS = load_prompts("behavior")
LINE = re.compile(r'^(\d+)\. frames .*?: "(.*?)"(?: to (\S+))? \(', re.MULTILINE)
NAME = re.compile(r'^(\d+)\. "(.*?)": ', re.MULTILINE)
ALIKE = {"walk": "walking", "gait": "walking", "sniff": "sniffing", "sniffs": "sniffing"}


def entry(first: int, last: int, behavior: str, target: str = "none") -> dict[str, object]:
    return {
        "first": first, "last": last, "behavior": behavior, "target": target, "confidence": 60, "reason": "the same",
    }  # fmt: skip


def merging(question: Question[Any]) -> dict[str, object]:
    """Answer as somebody would who knows which names mean the same."""
    groups: list[dict[str, Any]] = []
    for number, name, target in LINE.findall(words_of(question)):
        name, target = ALIKE.get(name, name), target or "none"
        if groups and (groups[-1]["behavior"], groups[-1]["target"]) == (name, target):
            groups[-1]["last"] = int(number)
        else:
            groups.append(entry(int(number), int(number), name, target))
    return {"groups": groups}


def writing(question: Question[Any]) -> dict[str, object]:
    """Define each name by itself, but for those that mean the same."""
    members: dict[str, list[int]] = {}
    for number, name in NAME.findall(words_of(question)):
        members.setdefault(ALIKE.get(name, name), []).append(int(number))
    return {
        "behaviors": [
            {"name": name, "members": numbers, "definition": f"{name} is seen", "kind": "state", "social": True}
            for name, numbers in members.items()
        ]
    }


def knowing(question: Question[Any]) -> dict[str, object]:
    return merging(question) if question.stage == "segment_merging" else writing(question)


def merger(reader: Reader, fallback: EqualNeighbours | None = None, **more: Any) -> LlmSegmentMerger:
    return LlmSegmentMerger(reader, PROMPTS, fallback=fallback or EqualNeighbours(), **more)


def segments_of(groups: list[MergeGroup]) -> list[int]:
    return [number for group in groups for number in group.segments]


# Merging ----------------------------------------------------------------------------------------------------------


def test_neighbours_that_mean_the_same_become_one_group_with_its_reason() -> None:
    reader = Reader(knowing)
    groups = merger(reader).merge(described("walk", "gait", "sniff>mouse2", "sniffs>mouse2", "rest"))
    assert [(one.segments, one.behavior, one.target) for one in groups] == [
        ((0, 1), "walking", ""),
        ((2, 3), "sniffing", "mouse2"),
        ((4,), "rest", ""),
    ]
    assert {(one.reason, one.source, one.confidence) for one in groups} == {("the same", "llm", 0.6)}
    assert [(one.role, one.stage, one.about) for one in reader.questions] == [
        ("segment_merger", "segment_merging", "recording=r individual=mouse1 segments=0-4")
    ]


def test_a_question_tells_each_segment_on_a_line() -> None:
    reader = Reader(knowing)
    merger(reader, frame_rates_hz={"r": 30.0}).merge(described("walk", "sniff>mouse2"))
    words = words_of(reader.questions[0])
    assert '2. frames 60-119 (2.0 s), cluster 1: "sniff" to mouse2 (51) It does sniff.' in words
    assert 'one of "mouse2", "none"' in words
    assert "A recording of mouse1 was cut" in words


def test_an_hour_is_asked_in_windows_that_fit_and_comes_back_whole() -> None:
    dice = random.Random(3)
    names = [name for _ in range(500) for name in [dice.choice(["walk", "gait", "sniff", "rest"])] * dice.randint(1, 5)]
    reader = Reader(knowing)
    groups = merger(reader).merge(described(*names))
    whole = [ALIKE.get(name, name) for name in names]
    assert segments_of(groups) == list(range(len(names)))
    assert [one.behavior for one in groups for _ in one.segments] == whole
    assert sum(a != b for a, b in itertools.pairwise(whole)) + 1 == len(groups)
    assert len(reader.asked) == -(-(len(names) - OVERLAP) // (WINDOW - OVERLAP))
    for question in reader.questions:
        assert len(words_of(question)) < BUDGET_LETTERS + 5000


def test_long_descriptions_make_smaller_windows() -> None:
    stream = described(*["walk"] * 60)
    long = [
        type(one)(one.segment, type(one.description)("walk", "", "word " * 400, confidence=0.5, posture="long " * 90))
        for one in stream
    ]
    short, wordy = Reader(knowing), Reader(knowing)
    merger(short).merge(stream)
    groups = merger(wordy).merge(long)
    assert len(wordy.asked) >= len(short.asked)
    assert segments_of(groups) == list(range(60))
    assert all(len(words_of(question)) < BUDGET_LETTERS + 5000 for question in wordy.questions)


def test_the_order_in_which_answers_come_changes_nothing() -> None:
    names = [name for name in ["walk", "gait", "sniff", "rest"] * 60 for _ in range(2)]
    late = random.Random(5)

    def slow(question: Question[Any]) -> dict[str, object]:
        time.sleep(late.random() * 0.01)
        return knowing(question)

    assert merger(Reader(knowing), at_once=1).merge(described(*names)) == merger(Reader(slow)).merge(described(*names))


def test_nothing_is_merged_across_what_nobody_saw_or_named() -> None:
    reader, rule = Reader(knowing), EqualNeighbours()
    groups = merger(reader, rule).merge(described("walk", "walk", "unseen", "unseen", "walk", "", "walk", "gait"))
    assert [(one.segments, one.behavior) for one in groups] == [
        ((0, 1), "walking"),
        ((2, 3), "unseen"),
        ((4,), "walk"),
        ((5,), ""),
        ((6, 7), "walking"),
    ]
    assert rule.merged == [[2, 3], [4], [5]]
    assert [one.about.split()[-1] for one in reader.questions] == ["segments=0-1", "segments=6-7"]


@pytest.mark.parametrize("status", ["refused", "unasked"])
def test_rules_merge_the_window_that_the_model_did_not(status: str) -> None:
    names = ["walk", "gait"] * 30

    def half(question: Question[Any]) -> Any:
        return status if question.about.endswith("segments=0-39") else knowing(question)

    groups = merger(Reader(half)).merge(described(*names))
    assert segments_of(groups) == list(range(60))
    assert {one.source for one in groups if one.segments[-1] < 36} == {"rule"}
    last = groups[-1]
    assert (last.segments[-1], last.source, last.behavior) == (59, "llm", "walking")


def test_a_wrong_answer_is_complained_about_and_rules_answer() -> None:
    reader = Reader(lambda question: {"groups": [entry(1, 3, "walk"), entry(2, 4, "walk")]})
    groups = merger(reader).merge(described("a", "a", "b", "c"))
    assert [one.segments for one in groups] == [(0, 1), (2,), (3,)]
    assert reader.complaints == ["Segments 2, 3 are in more than one group; every segment belongs to one."]


def test_the_users_words_are_all_there_is() -> None:
    words = [Behavior("walking", "it goes"), Behavior("sniffing", social=True)]
    reader = Reader(knowing)
    groups = merger(reader, vocabulary=words).merge(described("walk", "gait", "sniff>mouse2"))
    assert [(one.behavior, one.target) for one in groups] == [("walking", ""), ("sniffing", "mouse2")]
    assert '- "walking": it goes' in words_of(reader.questions[0])


def test_a_target_that_cannot_be_written_is_translated_both_ways() -> None:
    reader = Reader(knowing)
    groups = merger(reader).merge(described("sniff>крыса", "sniff>крыса", individual="мышь"))
    assert [(one.segments, one.target, one.individual) for one in groups] == [((0, 1), "крыса", "мышь")]
    assert words_of(reader.questions[0]).isascii()


# The ethogram -----------------------------------------------------------------------------------------------------


def test_synonyms_become_one_behavior_with_a_definition_and_its_evidence() -> None:
    stream = described("walk", "sniff>mouse2", "gait", "sniffs>mouse2", "rest")
    groups = EqualNeighbours().merge(stream)
    catalogue = merger(Reader(knowing)).write_ethogram(groups, by_key(stream))
    assert catalogue.renamed == {"walk": "walking", "gait": "walking", "sniff": "sniffing", "sniffs": "sniffing"}
    walking = catalogue.ethogram["walking"]
    assert walking.definition == "walking is seen"
    assert (walking.clusters, walking.evidence) == ((0, 2), (("r", 0), ("r", 2)))
    assert {one.name for one in catalogue.ethogram.behaviors} == {"walking", "sniffing", "rest"}


def test_what_a_model_put_into_a_group_counts_as_evidence_for_its_name() -> None:
    stream = described("licking", "scratching", "rest")
    groups = [
        MergeGroup("r", "mouse1", (0, 1), "self grooming", "", 0.5, "", "llm"),
        MergeGroup("r", "mouse1", (2,), "rest", "", 0.5, "", "llm"),
    ]
    catalogue = merger(Reader(knowing)).write_ethogram(groups, by_key(stream))
    assert catalogue.ethogram["self grooming"].evidence == (("r", 0), ("r", 1))


def test_a_question_tells_how_each_name_is_used() -> None:
    stream = described("walk", "sniff>mouse2", "walk")
    reader = Reader(knowing)
    merger(reader, frame_rates_hz={"r": 30.0}).write_ethogram(EqualNeighbours().merge(stream), by_key(stream))
    words = words_of(reader.questions[0])
    assert '1. "walk": 2 times, 4.0 s in all, 0 times directed at another animal. It does walk.' in words
    assert '2. "sniff": 1 times, 2.0 s in all, 1 times directed at another animal.' in words
    assert (reader.questions[0].stage, reader.questions[0].role) == ("ethogram_writing", "segment_merger")


def test_many_names_are_asked_in_batches_that_know_what_came_before() -> None:
    names = [f"act {number:02d}" for number in range(BATCH + 5)]
    stream = described(*names)
    reader = Reader(_joining_all)
    catalogue = merger(reader).write_ethogram(EqualNeighbours().merge(stream), by_key(stream))
    assert len(reader.asked) == 2
    later = next(words_of(one) for one in reader.questions if "act 34" in one.about)
    assert '- "everything": all of it' in later
    assert catalogue.renamed == dict.fromkeys(names, "everything")
    assert [one.name for one in catalogue.ethogram.behaviors] == ["everything"]


def _joining_all(question: Question[Any]) -> dict[str, object]:
    numbers = [int(number) for number, _ in NAME.findall(words_of(question))]
    return {
        "behaviors": [
            {"name": "everything", "members": numbers, "definition": "all of it", "kind": "state", "social": False}
        ]
    }


@pytest.mark.parametrize("status", ["refused", "unasked"])
def test_without_an_answer_names_stay_as_they_are(status: str) -> None:
    stream = described("walk", "gait")
    catalogue = merger(Reader(status)).write_ethogram(EqualNeighbours().merge(stream), by_key(stream))
    assert catalogue.renamed == {}
    assert [one.name for one in catalogue.ethogram.behaviors] == ["walk", "gait"]


def test_the_users_definitions_need_no_question_and_win() -> None:
    stream = described("walk", "dig", "other")
    words = [Behavior("walk", "it goes", kind="state", social=False), Behavior("dig", "it digs", kind="point")]
    reader = Reader(knowing)
    catalogue = merger(reader, vocabulary=words).write_ethogram(EqualNeighbours().merge(stream), by_key(stream))
    assert reader.asked == {}
    assert [(one.name, one.definition, one.kind) for one in catalogue.ethogram.behaviors] == [
        ("walk", "it goes", "state"),
        ("dig", "it digs", "point"),
        ("other", "None of the other behaviors is seen.", "state"),
    ]


def test_only_words_without_a_definition_are_asked_about() -> None:
    stream = described("walk", "dig")
    words = [Behavior("walk", "it goes"), Behavior("dig")]
    reader = Reader(knowing)
    catalogue = merger(reader, vocabulary=words).write_ethogram(EqualNeighbours().merge(stream), by_key(stream))
    assert [one.about for one in reader.questions] == ["names=dig"]
    assert '- "walk": it goes' in words_of(reader.questions[0])
    assert catalogue.ethogram["dig"].definition == "dig is seen"
    assert catalogue.renamed == {}


def test_unseen_and_unnamed_are_no_behaviors() -> None:
    stream = described("unseen", "", "walk")
    reader = Reader(knowing)
    catalogue = merger(reader).write_ethogram(EqualNeighbours().merge(stream), by_key(stream))
    assert [one.name for one in catalogue.ethogram.behaviors] == ["walking"]
    empty = merger(Reader(knowing)).write_ethogram([], {})
    assert (empty.ethogram.behaviors, empty.renamed) == ((), {})
