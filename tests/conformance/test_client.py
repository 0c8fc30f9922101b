"""The client against a real server. What its model answers may be nonsense; that it has the form asked for may not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest
from conformance.llama_server import LlamaServer

from behaviorvlm.chat.asker import ModelAsker
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.capabilities import find_capabilities, suggest_binding
from behaviorvlm.chat.capabilities_pictures import COLORS, plain_png
from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.model import ChatReply, ChatRequest
from behaviorvlm.chat.openai_compatible import OpenAICompatibleModel
from behaviorvlm.chat.question import Question
from behaviorvlm.chat.structured import parse_json, read_box, validate
from behaviorvlm.errors import ModelServerError, RefusedAnswerError

SCHEMA = {
    "type": "object",
    "properties": {
        "box": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": 1000},
            "minItems": 4,
            "maxItems": 4,
        },
        "dot": {"type": ["integer", "null"], "minimum": 1, "maximum": 12},
        "side": {"type": "string", "enum": ["left", "right"]},
        "why": {"type": "string", "pattern": "^[a-z ]{0,20}$"},
        "confidence": {"type": "integer", "minimum": 0, "maximum": 100},
    },
    "required": ["box", "dot", "side", "why", "confidence"],
    "additionalProperties": False,
}
PICTURES = tuple(Picture(plain_png(color)) for color in COLORS)


def request_about(*pictures: Picture, text: str = "Where is the mouse?", **more: object) -> ChatRequest:
    request = ChatRequest((Message.of("user", *pictures, text),), schema=SCHEMA, max_tokens=256)
    return replace(request, **more)


def answers(binding: ModelBinding, *requests: ChatRequest) -> Sequence[ChatReply]:
    async def ask() -> Sequence[ChatReply]:
        model = OpenAICompatibleModel(binding, api_key=None)
        try:
            return await asyncio.gather(*(model.complete(request) for request in requests))
        finally:
            await model.close()

    return asyncio.run(ask())


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_pictures_and_a_schema(binding: ModelBinding, count: int) -> None:
    (reply,) = answers(binding, request_about(*PICTURES[:count]))
    assert validate(parse_json(reply.text), SCHEMA)
    assert reply.finish_reason == "stop"
    assert reply.prompt_tokens > 0 and reply.answer_tokens > 0 and reply.seconds > 0


def test_pictures_count_in_the_prompt(binding: ModelBinding) -> None:
    without, with_four = answers(binding, request_about(), request_about(*PICTURES))
    assert with_four.prompt_tokens > without.prompt_tokens + 4


def test_wild_answers_obey_the_schema_too(binding: ModelBinding) -> None:
    wild = [request_about(PICTURES[0], temperature=1.5, seed=seed) for seed in range(20)]
    found = [validate(parse_json(reply.text), SCHEMA) for reply in answers(binding, *wild)]
    assert len({str(value) for value in found}) > 1  # seeds reach the server


def test_an_answer_cut_by_the_token_limit_is_said_to_be(binding: ModelBinding) -> None:
    (reply,) = answers(binding, request_about(max_tokens=4))
    assert reply.finish_reason == "length"
    with pytest.raises(RefusedAnswerError):
        parse_json(reply.text)


def test_more_in_flight_than_slots(binding: ModelBinding) -> None:
    many = [request_about(PICTURES[number % 4], text=f"Where is mouse {number}?") for number in range(32)]
    assert all(validate(parse_json(reply.text), SCHEMA) for reply in answers(binding, *many))


def test_another_model_than_asked(binding: ModelBinding) -> None:
    wrong = binding.model_copy(update={"name": "no-such-model-7b", "patience_s": 0.0})
    with pytest.raises(ModelServerError) as caught:
        answers(wrong, request_about())
    assert "no-such-model-7b" in str(caught.value)


def test_a_question_from_end_to_end(binding: ModelBinding) -> None:
    records = {}

    class Store:
        load = staticmethod(records.get)

        @staticmethod
        def save(record: object, pictures: object) -> None:
            records[record.asked.key] = record

    question = Question(
        role="region_detector",
        stage="body_region_detection",
        about="timepoint=0 camera=cam0",
        messages=(Message.of("user", *PICTURES[:2], "Where is the mouse?"),),
        schema=SCHEMA,
        understand=lambda value: read_box([0, 0, *value["box"][2:]], size_px=(640, 480)),
    )
    model = OpenAICompatibleModel(binding, api_key=None)
    with ModelAsker({"region_detector": model}, {"region_detector": binding}, store=Store()) as asker:
        first, again = asker.ask(question), asker.ask(question)
    assert first.status in ("answered", "refused")
    assert (again.status, again.value, again.key) == (first.status, first.value, first.key)
    (record,) = records.values()
    assert record.attempts[0].answer_tokens > 0
    assert (record.status == "answered") == (first.value is not None)


def test_what_the_doctor_finds(binding: ModelBinding) -> None:
    found = asyncio.run(find_capabilities(binding))
    assert found.answers and binding.name in found.models
    assert found.structured[0] == "json_schema"
    assert found.takes_pictures and found.takes_several_pictures
    assert found.context_tokens is not None
    assert suggest_binding(found, binding).structured == "json_schema"


def test_a_killed_server_is_waited_for(llama: LlamaServer, own_binding: ModelBinding) -> None:
    answered, killed_while_working = threading.Event(), threading.Event()

    def come_back() -> None:
        llama.kill()
        if not answered.wait(3):
            killed_while_working.set()
        llama.start()

    many = [request_about(PICTURES[number % 4], text=f"Where is rat {number}?") for number in range(64)]
    killer = threading.Timer(0.3, come_back)
    killer.start()
    replies = answers(own_binding, *many)
    answered.set()
    killer.join()
    llama.wait()
    assert killed_while_working.is_set()
    assert all(validate(parse_json(reply.text), SCHEMA) for reply in replies)
