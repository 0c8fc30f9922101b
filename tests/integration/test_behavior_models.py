"""Stages 3 and 4 with models over real HTTP on loopback: good, wrong, malformed, slow and dead servers."""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import pytest
from chat_server import ChatServer, Fault, Request, faults_in_order
from unit.behavior.clip_views import GOOD, Fallback, Film, segments_of, two_animals, view_of
from unit.behavior.merge_scenes import EqualNeighbours, by_key

from behaviorvlm.behavior.annotator import ClipDescription, DescribedSegment
from behaviorvlm.behavior.clip_showing import ClipForm
from behaviorvlm.behavior.llm_segment_merger import LlmSegmentMerger
from behaviorvlm.behavior.vlm_clip_describer import VlmClipDescriber, chain_length
from behaviorvlm.chat.asker import ModelAsker
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.budget import Budget
from behaviorvlm.chat.openai_compatible import models_at_servers
from behaviorvlm.errors import ModelServerError
from behaviorvlm.prompts.prompt_set import load_prompts

PROMPTS = load_prompts("behavior")
ROLES = ("clip_describer", "segment_merger")
COUNT, LENGTH = 20, 15
CHAIN = chain_length(COUNT)


class Store:
    """A journal in memory."""

    def __init__(self) -> None:
        self.records: dict[str, Any] = {}

    def load(self, key: str) -> Any:
        return self.records.get(key)

    def save(self, record: Any, pictures: Any) -> None:
        self.records.setdefault(record.asked.key, record)


@contextmanager
def asking(server: ChatServer, store: Store | None = None, **more: Any) -> Iterator[ModelAsker]:
    binding = ModelBinding(url=server.url, name="m", patience_s=more.pop("patience_s", 20.0))
    bound = dict.fromkeys(ROLES, binding)
    with ModelAsker(models_at_servers(bound, {}), bound, store=store or Store(), **more) as asker:
        yield asker


def parts_of(request: Request) -> list[dict[str, Any]]:
    content = request["messages"][0]["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def words_of(request: Request) -> str:
    return "\n".join(part["text"] for part in parts_of(request) if part["type"] == "text")


def right(request: Request) -> str:
    """Answer from what arrives: how many pictures can be read, and what was said of the clip before."""
    urls = [part["image_url"]["url"] for part in parts_of(request) if part["type"] == "image_url"]
    contents = [np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8) for url in urls]
    seen = sum(cv2.imdecode(content, cv2.IMREAD_COLOR) is not None for content in contents)
    before = re.search(r'described as: "walking of \d+ after (\d+)"', words_of(request))
    return json.dumps({**GOOD, "behavior": f"walking of {seen} after {int(before[1]) + 1 if before else 0}"})


def describe(asker: ModelAsker, **more: Any) -> list[ClipDescription]:
    view = view_of(two_animals(COUNT * LENGTH), Film())
    form = more.pop("form", ClipForm(most_frames=3, max_pixels=20_000))
    describer = VlmClipDescriber(asker, PROMPTS, form=form, **more)
    return describer.describe(view, segments_of("animal0", count=COUNT, length=LENGTH))


def test_every_segment_is_described_and_every_picture_arrives() -> None:
    with ChatServer(answer=right) as server, asking(server) as asker:
        said = describe(asker)
    assert [one.behavior for one in said] == [f"walking of 3 after {place % CHAIN}" for place in range(COUNT)]
    assert len(server.requests) == COUNT
    for request in server.requests:
        assert sum(part["type"] == "image_url" for part in parts_of(request)) == 3
        assert request["response_format"]["json_schema"]["strict"] is True


def test_a_malformed_and_a_wrong_answer_are_asked_again_with_the_complaint() -> None:
    bad = ["It walks.", json.dumps({**GOOD, "target": "animal7"}), json.dumps({**GOOD, "confidence": 1e15})]
    first_of_chain = iter(bad)
    lock = threading.Lock()

    def answer(request: Request) -> str:
        with lock:
            is_first = "Just before" not in words_of(request) and len(request["messages"]) == 1
            return next(first_of_chain, json.dumps(GOOD)) if is_first else json.dumps(GOOD)

    with ChatServer(answer=answer) as server, asking(server) as asker:
        said = describe(asker)
    assert {one.behavior for one in said} == {"walking"}
    again = [request["messages"][-1]["content"] for request in server.requests if len(request["messages"]) > 1]
    assert len(again) == 3
    complaints = "\n".join(again)
    assert "holds no JSON" in complaints
    assert "target" in complaints
    assert "confidence" in complaints


@pytest.mark.parametrize("with_fallback", [True, False])
def test_a_server_that_answers_garbage_leaves_no_hole_unsaid(with_fallback: bool) -> None:
    fallback = Fallback() if with_fallback else None
    with ChatServer(answer=lambda request: "No.") as server, asking(server, attempts=2) as asker:
        said = describe(asker, fallback=fallback)
    assert len(server.requests) == 2 * COUNT
    if with_fallback:
        assert {(one.behavior, one.source, one.status) for one in said} == {("measured thing", "fallback", "answered")}
    else:
        assert {(one.behavior, one.status) for one in said} == {("", "refused")}


def test_a_spent_budget_leaves_the_rest_to_the_fallback() -> None:
    with ChatServer(answer=right) as server, asking(server, budget=Budget(max_calls=5)) as asker:
        said = describe(asker, fallback=Fallback())
        assert asker.counts.asked == 5
    assert sum(one.source == "vlm" for one in said) == 5
    assert sum(one.source == "fallback" for one in said) == COUNT - 5


def test_faults_of_the_line_are_ridden_out() -> None:
    faults = [
        Fault("status", status=500),
        Fault("malformed"),
        Fault("cut"),
        Fault("status", status=429),
        None,
        Fault("reset"),
    ]
    with ChatServer(answer=right, fault=faults_in_order(faults)) as server, asking(server) as asker:
        said = describe(asker)
    assert [one.status for one in said] == ["answered"] * COUNT
    assert server.counts["answered"] == COUNT


def test_a_slow_server_is_asked_side_by_side() -> None:
    latency_s = 0.3
    with ChatServer(answer=right, latency_s=latency_s) as server, asking(server) as asker:
        began = time.monotonic()
        describe(asker, at_once=8)
        took_s = time.monotonic() - began
    assert 2 <= server.most_in_flight <= -(-COUNT // CHAIN)
    assert took_s >= CHAIN * latency_s  # along a chain each question waits for the answer before


def test_a_server_that_dies_is_named_and_what_it_said_is_not_asked_again() -> None:
    store, answers = Store(), itertools.count(1)

    def answer(request: Request) -> str:
        if next(answers) == 8:
            threading.Thread(target=server.stop).start()
        return right(request)

    with ChatServer(answer=answer) as server:
        with asking(server, store, patience_s=1.0) as asker, pytest.raises(ModelServerError) as caught:
            describe(asker)
        assert server.url in str(caught.value)
        kept = len(store.records)
        assert 5 <= kept < COUNT
        before = server.counts["answered"]
        server.start()
        with asking(server, store) as asker:
            resumed = describe(asker)
        assert server.counts["answered"] - before == COUNT - kept
    with ChatServer(answer=right) as server, asking(server) as asker:
        assert describe(asker) == resumed


def test_the_same_again_asks_nothing() -> None:
    store = Store()
    with ChatServer(answer=right) as server:
        with asking(server, store) as asker:
            first = describe(asker)
        with asking(server, store) as asker:
            second = describe(asker)
            assert asker.counts.asked == 0
    assert first == second


@pytest.mark.parametrize("kind", ["sheet", "video_url", "input_video"])
def test_a_clip_travels_as_a_sheet_or_a_video(kind: str) -> None:
    def answer(request: Request) -> str:
        return json.dumps(GOOD)

    with ChatServer(answer=answer) as server, asking(server) as asker:
        describe(asker, form=ClipForm(kind=kind, most_frames=5, max_pixels=100_000))
    for request in server.requests:
        shown = [part for part in parts_of(request) if part["type"] != "text"]
        assert len(shown) == 1
        part = shown[0]
        assert part["type"] == ("image_url" if kind == "sheet" else kind)
        content = base64.b64decode(part[part["type"]]["url"].partition(",")[2])
        if kind == "sheet":
            assert cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) is not None
        else:
            import av

            with av.open(io.BytesIO(content)) as file:
                assert sum(1 for _ in file.decode(video=0)) == 5


# Stage 4 ----------------------------------------------------------------------------------------------------------


def stream() -> list[DescribedSegment]:
    names = [name for name in ("walk", "gait", "rest", "sniff") for _ in range(25)]
    segments = segments_of("animal0", count=len(names), length=LENGTH)
    return [
        DescribedSegment(segment, ClipDescription(name, description=f"It does {name}.", confidence=0.5))
        for segment, name in zip(segments, names, strict=True)
    ]


def librarian(request: Request) -> str:
    """Merge and define as somebody would for whom walk and gait are one."""
    alike = {"walk": "walking", "gait": "walking"}
    text = words_of(request)
    if "Task: decide which of these names" in text:
        found = re.findall(r'^(\d+)\. "(.*?)":', text, re.MULTILINE)
        members: dict[str, list[int]] = {}
        for number, name in found:
            members.setdefault(alike.get(name, name), []).append(int(number))
        behaviors = [
            {"name": name, "members": numbers, "definition": f"{name}.", "kind": "state", "social": False}
            for name, numbers in members.items()
        ]
        return json.dumps({"behaviors": behaviors})
    groups: list[dict[str, Any]] = []
    for number, name in re.findall(r'^(\d+)\. frames .*?: "(.*?)"', text, re.MULTILINE):
        name = alike.get(name, name)
        if groups and groups[-1]["behavior"] == name:
            groups[-1]["last"] = int(number)
        else:
            group = {"first": int(number), "last": int(number), "behavior": name, "target": "none"}
            groups.append({**group, "confidence": 70, "reason": "the same"})
    return json.dumps({"groups": groups})


def merged(asker: ModelAsker) -> list[tuple[int, str, str]]:
    merger = LlmSegmentMerger(asker, PROMPTS, fallback=EqualNeighbours())
    return [(len(one.segments), one.behavior, one.source) for one in merger.merge(stream())]


def test_a_row_is_merged_over_windows_and_its_ethogram_written() -> None:
    with ChatServer(answer=librarian) as server, asking(server) as asker:
        assert merged(asker) == [(50, "walking", "llm"), (25, "rest", "llm"), (25, "sniff", "llm")]
        merger = LlmSegmentMerger(asker, PROMPTS, fallback=EqualNeighbours())
        rows = stream()
        catalogue = merger.write_ethogram(EqualNeighbours().merge(rows), by_key(rows))
    assert catalogue.renamed == {"walk": "walking", "gait": "walking"}
    assert {one.name: one.definition for one in catalogue.ethogram.behaviors} == {
        "walking": "walking.",
        "rest": "rest.",
        "sniff": "sniff.",
    }


def test_crossed_groups_are_asked_again_with_the_complaint() -> None:
    answers = itertools.count()

    def answer(request: Request) -> str:
        if next(answers) == 0:
            crossed = json.loads(librarian(request))
            crossed["groups"].append({**crossed["groups"][0], "first": 1, "last": 2})
            return json.dumps(crossed)
        return librarian(request)

    with ChatServer(answer=answer) as server, asking(server) as asker:
        assert merged(asker)[0] == (50, "walking", "llm")
    again = [request["messages"][-1]["content"] for request in server.requests if len(request["messages"]) > 1]
    assert len(again) == 1
    assert "Segments 1, 2 are in more than one group" in again[0]


def test_garbage_is_left_to_rules() -> None:
    with ChatServer(answer=lambda request: "{}") as server, asking(server, attempts=2) as asker:
        found = merged(asker)
    assert found == [(25, "walk", "rule"), (25, "gait", "rule"), (25, "rest", "rule"), (25, "sniff", "rule")]


def test_a_dead_server_ends_the_merging_at_once_and_is_named() -> None:
    with ChatServer(answer=librarian) as server:
        server.stop()
        began = time.monotonic()
        with asking(server, patience_s=0.5) as asker, pytest.raises(ModelServerError) as caught:
            merged(asker)
        assert server.url in str(caught.value)
        assert time.monotonic() - began < 10


def test_a_stalled_server_is_given_up_after_its_time() -> None:
    with ChatServer(answer=librarian, fault=lambda request: Fault("stall")) as server:
        binding = ModelBinding(url=server.url, name="m", timeout_s=0.3, patience_s=0.5)
        bound = dict.fromkeys(ROLES, binding)
        with ModelAsker(models_at_servers(bound, {}), bound, store=Store()) as asker, pytest.raises(ModelServerError):
            merged(asker)
