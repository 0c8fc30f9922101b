import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.model import ChatRequest
from behaviorvlm.chat.openai_compatible_faults import MalformedReplyError, fault_of, retry_after_s
from behaviorvlm.chat.openai_compatible_text import read_reply, request_body, same_model

CLOSED = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
OPEN = {"type": "object", "properties": {"a": {"type": "integer"}}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "message", "content", "usage", "prompt_tokens", "x"]), inner)
    ),
)


QUESTION = (Message.of("user", "Which?", Picture(b"a")),)


def body(*, structured, schema=CLOSED, messages=QUESTION, **more):
    request = ChatRequest(messages, schema=schema, **more)
    return json.loads(request_body(request, model="m", structured=structured, limit_name="max_tokens"))


@pytest.mark.parametrize(("schema", "strict"), [(CLOSED, True), (OPEN, False)])
def test_a_schema_goes_along_strict_where_it_may_be(schema, strict):
    shape = body(structured="json_schema", schema=schema)["response_format"]["json_schema"]
    assert (shape["schema"], shape["strict"]) == (schema, strict)


@pytest.mark.parametrize(("structured", "response_format"), [("json_object", {"type": "json_object"}), ("text", None)])
def test_without_schemas_the_shape_is_said_in_words_at_the_end_of_the_question(structured, response_format):
    messages = (Message.of("user", "Which?"), Message.of("assistant", "3"), Message.of("user", "Again."))
    sent = body(structured=structured, messages=messages)
    assert sent.get("response_format") == response_format
    assert sent["messages"][0]["content"] == "Which?"
    assert sent["messages"][2]["content"][0]["text"] == "Again."
    assert "integer" in sent["messages"][2]["content"][1]["text"]


def test_pictures_stand_where_they_were_said():
    first, second = Picture(b"\xff\x00a", "image/jpeg"), Picture(b"b")
    messages = (Message.of("user", "One:", first, "two:", second, "and again:", first), Message.of("user", "Which?"))
    sent = body(structured="text", messages=messages)["messages"]
    urls = [part["image_url"]["url"] if part["type"] == "image_url" else part["text"] for part in sent[0]["content"]]
    assert urls[1::2] == ["data:image/jpeg;base64,/wBh", "data:image/png;base64,Yg==", "data:image/jpeg;base64,/wBh"]
    assert urls[::2] == ["One:", "two:", "and again:"]


def test_free_text_asks_for_no_shape_and_no_seed_for_none():
    sent = body(structured="json_schema", schema=None, seed=None)
    assert "response_format" not in sent
    assert "seed" not in sent


@pytest.mark.parametrize(
    ("message", "text", "thinking"),
    [
        ({"content": "a", "reasoning": "b"}, "a", "b"),
        ({"content": None, "reasoning_content": "b"}, "", "b"),
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab", ""),
        ({}, "", ""),
    ],
)
def test_replies_of_all_servers_are_read(message, text, thinking):
    reply = read_reply({"choices": [{"message": message}], "usage": None})
    assert (reply.text, reply.thinking, reply.finish_reason, reply.model) == (text, thinking, "stop", "")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "<html>",
        [],
        {},
        {"choices": []},
        {"choices": [{"message": {"content": 3}}]},
        {"error": {"message": "x"}},
    ],
)
def test_what_is_no_chat_completion_is_refused(value):
    with pytest.raises(MalformedReplyError):
        read_reply(value)


@given(JSON)
def test_any_json_is_read_or_refused(value):
    try:
        reply = read_reply(value)
    except MalformedReplyError:
        return
    assert isinstance(reply.text, str)
    assert reply.prompt_tokens >= 0


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("qwen", "qwen"),
        ("Qwen/Qwen3-8B", "qwen3-8b"),
        ("qwen3-8b", "/models/Qwen3-8B.gguf"),
        ("qwen3:8b", "qwen3:8b"),
        ("llava", "llava:latest"),
        ("gpt-x", "gpt-x-2026-01-01"),
        ("gpt-x-latest", "gpt-x-20260101"),
        ("model", "model-preview-05-20"),
        ("anything", ""),
    ],
)
def test_names_of_the_same_model(asked, served):
    assert same_model(asked, served)


@pytest.mark.parametrize(
    ("asked", "served"),
    [("gpt-x", "gpt-x-mini"), ("qwen3-8b", "qwen3-32b"), ("qwen3", "qwen3-8b"), ("a", "b"), ("qwen3:8b", "qwen3:32b")],
)
def test_names_of_different_models(asked, served):
    assert not same_model(asked, served)


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 0), ("3", 3), ("0.5", 0.5), ("soon", 0), ("-3", 0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0)]
)
def test_the_wait_that_a_server_asks_for(text, seconds):
    assert retry_after_s({"retry-after": text}) == seconds


def test_errors_of_our_own_are_no_faults_of_the_server():
    with pytest.raises(KeyError):
        fault_of(KeyError("a"), timeout_s=1)


def test_errors_of_other_making_are_raised_where_the_sdk_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(KeyError):
        fault_of(KeyError("a"), timeout_s=1)
