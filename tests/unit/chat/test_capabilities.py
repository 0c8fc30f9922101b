"""Servers of different skill, on loopback: what is found, what is suggested."""

from __future__ import annotations

import asyncio
import io
import socket

import pytest
from skilled_server import SkilledServer

from behaviorvlm.chat import capabilities_probes
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.capabilities import Capabilities, find_capabilities, list_models, suggest_binding
from behaviorvlm.chat.capabilities_pictures import COLORS, plain_mp4, plain_png
from behaviorvlm.chat.capabilities_server import ProbedServer

LEVELS = capabilities_probes.LEVELS
KEY = "sk-secret-of-the-lab"


@pytest.fixture
def all_levels(monkeypatch):
    monkeypatch.setattr(capabilities_probes, "LEVELS", LEVELS)


@pytest.fixture(autouse=True)
def one_level(monkeypatch):
    """Sixteen at once take their time; only what is about them needs them."""
    monkeypatch.setattr(capabilities_probes, "LEVELS", (1,))


def found_at(server, *, name="tiny", key=None, **more):
    binding = ModelBinding(url=server.url, name=name, **more)
    return asyncio.run(find_capabilities(binding, api_key=key))


def test_a_server_that_can_do_everything():
    with SkilledServer(entry={"owned_by": "vllm", "max_model_len": 32768}) as server:
        found = found_at(server)
    assert found.reachable and found.answers
    assert (found.server, found.models, found.served_model) == ("vLLM", ("tiny",), "tiny")
    assert found.structured == ("json_schema", "json_object", "text")
    assert found.takes_pictures and found.sees_pictures
    assert found.takes_several_pictures and found.tells_pictures_apart
    assert (found.video, found.sees_video) == ("video_url", True)
    assert found.context_tokens == 32768
    assert found.thinking == "none"
    assert found.tokens_per_s > 0
    assert found.answers_per_s[1] > 0
    assert not found.said


def test_taking_pictures_is_not_seeing_them():
    with SkilledServer(sees=False) as server:
        found = found_at(server)
    assert found.takes_pictures and not found.sees_pictures
    assert found.takes_several_pictures and not found.tells_pictures_apart
    assert found.video and not found.sees_video


def test_no_pictures():
    with SkilledServer(refused={"picture": 400, "video_url": 400, "input_video": 400}) as server:
        found = found_at(server)
    assert not (found.takes_pictures or found.takes_several_pictures or found.video)
    assert found.said["pictures"] == "HTTP 400: no picture here"
    assert found.said["video"] == "video_url: HTTP 400: no video_url here; input_video: HTTP 400: no input_video here"
    assert found.structured  # the others went on


def test_one_picture_but_not_two():
    with SkilledServer(refused={"pictures": 400}) as server:
        found = found_at(server)
    assert found.takes_pictures and not found.takes_several_pictures


def test_the_clip_form_of_llama_cpp():
    with SkilledServer(refused={"video_url": 400}) as server:
        assert found_at(server).video == "input_video"


@pytest.mark.parametrize(
    ("modes", "refused", "structured"),
    [
        ({"json_object", "text"}, {"json_schema": 500}, ("json_object", "text")),  # llama-cpp-python
        ({"json_object", "text"}, {}, ("json_object", "text")),  # taken and not obeyed
        ({"text"}, {"json_schema": 400, "json_object": 400}, ("text",)),
        ({"json_schema"}, {}, ("json_schema",)),
        (set(), {}, ()),
    ],
)
def test_a_schema_must_be_obeyed_not_only_taken(modes, refused, structured):
    with SkilledServer(modes=frozenset(modes), refused=refused) as server:
        found = found_at(server)
    assert found.structured == structured
    missing = {"json_schema", "json_object", "text"} - set(structured)
    assert set(found.said) == missing
    assert all(found.said[mode].startswith("HTTP" if mode in refused else "the schema") for mode in missing)
    binding = suggest_binding(found, ModelBinding(url=server.url, name="tiny"))
    assert binding.structured == (structured[0] if structured else "auto")


@pytest.mark.parametrize(
    ("message", "thinking"),
    [
        ({"reasoning_content": "hm"}, "apart"),
        ({"reasoning": "hm"}, "apart"),
        ({"content": "<think>hm</think>Hello"}, "in_answer"),
        ({"content": "hm</think>Hello"}, "in_answer"),
    ],
)
def test_where_it_thinks(message, thinking):
    with SkilledServer(message=message) as server:
        assert found_at(server).thinking == thinking


def test_context_and_slots_of_llama_cpp():
    pages = {"/props": {"default_generation_settings": {"n_ctx": 8192}, "total_slots": 2}}
    with SkilledServer(entry={"owned_by": "llamacpp", "meta": {"n_ctx_train": 262144}}, pages=pages) as server:
        found = found_at(server)
    assert (found.server, found.context_tokens, found.slots) == ("llama.cpp", 8192, 2)
    assert suggest_binding(found, ModelBinding(url=server.url, name="tiny")).max_in_flight == 2


@pytest.mark.parametrize(
    ("pages", "tokens"),
    [
        ({"/api/ps": {"models": [{"name": "tiny:latest", "context_length": 4096}]}}, 4096),
        ({"/api/ps": {"models": []}, "/api/show": {"parameters": 'stop "x"\nnum_ctx    16384'}}, 16384),
        ({"/api/ps": {"models": []}, "/api/show": {"model_info": {"qwen.context_length": 262144}}}, None),
        ({"/api/ps": {"models": []}}, None),
        ({"/api/ps": [], "/props": "nothing"}, None),
    ],
)
def test_context_of_ollama_is_what_it_keeps_not_what_it_was_trained_on(pages, tokens):
    with SkilledServer(pages=pages) as server:
        assert found_at(server).context_tokens == tokens


def measured_at(server):
    async def measured():
        probed = ProbedServer(ModelBinding(url=server.url, name="tiny"), api_key=None)
        try:
            return (await capabilities_probes.find_parallelism(probed))["answers_per_s"]
        finally:
            await probed.close()

    return asyncio.run(measured())


def test_one_slot_is_never_faster_than_one_slot(all_levels):
    with SkilledServer(slots=1, seconds=0.1) as server:
        assert max(measured_at(server).values()) <= 10


def test_many_slots_are_faster_than_one_could_be(all_levels):
    with SkilledServer(slots=16, seconds=0.4) as server:
        assert max(measured_at(server).values()) > 1 / 0.4


@pytest.mark.parametrize(
    ("rates", "slots", "in_flight"),
    [
        ({1: 2.0, 4: 7.5, 16: 25.0}, None, 64),  # still growing: more than were tried
        ({1: 2.0, 4: 6.0, 16: 5.0}, None, 4),
        ({1: 2.0, 4: 2.0}, None, 1),
        ({1: 2.0, 4: 7.5, 16: 25.0}, 4, 4),
        ({}, None, 64),
        ({}, 128, 64),  # never more than the user allows
    ],
)
def test_how_many_in_flight_are_worth_it(rates, slots, in_flight, all_levels):
    found = Capabilities(url="http://localhost:1/v1", name="tiny", answers_per_s=rates, slots=slots)
    assert suggest_binding(found, ModelBinding(url="http://localhost:1", name="tiny")).max_in_flight == in_flight


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    found = asyncio.run(find_capabilities(ModelBinding(url=url, name="tiny")))
    assert not found.reachable
    assert "no connection" in found.said["models"]
    assert "start the server" in found.remedies["models"]


@pytest.mark.parametrize("page", [{"hello": "world"}, [1], b"<html>", {"data": [3]}, None])
def test_something_else_listens_there(page):
    with SkilledServer() as server:
        server.reply = lambda method, path, body: (200, page)
        found = found_at(server)
    assert not found.reachable
    assert found.said["models"]
    assert not server.requests


def test_a_model_that_is_not_there():
    with SkilledServer(names=("other", "another")) as server:
        found = found_at(server)
    assert found.reachable and not found.answers
    assert found.models == ("other", "another")
    assert "tiny does not exist" in found.said["answer"]
    assert len(server.requests) == 1  # the rest would only fail as well


def test_another_model_than_asked_answers():
    with SkilledServer(served="other-7b") as server:
        found = found_at(server)
    assert not found.answers
    assert "another model" in found.said["answer"] and "other-7b" in found.said["answer"]


def test_a_server_that_lists_nothing_may_answer_all_the_same():
    with SkilledServer() as server:
        whole = server.reply
        server.reply = lambda method, path, body: (404, {}) if path == "/v1/models" else whole(method, path, body)
        found = found_at(server)
    assert found.reachable and found.answers and found.models == ()


def test_a_wrong_key_is_a_finding_and_the_key_is_never_told():
    with SkilledServer(key="another") as server:
        found = found_at(server, key=KEY)
    assert found.reachable and not found.answers
    assert found.said["models"].startswith("HTTP 401")
    assert "BEHAVIORVLM_API_KEY" in found.remedies["models"]
    assert KEY not in found.model_dump_json()


def test_the_right_key_is_shown_with_every_request():
    with SkilledServer(key=KEY) as server:
        assert found_at(server, key=KEY).answers
    assert {headers.get("authorization") for headers in server.headers} == {f"Bearer {KEY}"}


def test_a_stall_is_a_finding():
    with SkilledServer(seconds=1.0) as server:
        found = found_at(server, timeout_s=0.2)
    assert not found.answers
    assert "no reply within 0.2 s" in found.said["answer"]


def test_listing_asks_no_model():
    with SkilledServer(names=("a", "b")) as server:
        found = asyncio.run(list_models(server.url))
    assert (found.reachable, found.models, found.name) == (True, ("a", "b"), "")
    assert not server.requests


def test_steps_are_told_as_they_begin():
    steps = []
    with SkilledServer() as server:
        binding = ModelBinding(url=server.url, name="tiny")
        asyncio.run(find_capabilities(binding, say=steps.append))
    assert steps[:3] == ["models", "answer", "structured"]
    assert steps[-1] == "context"


def test_found_comes_back_from_json():
    with SkilledServer() as server:
        found = found_at(server)
    assert Capabilities.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("color", COLORS)
def test_pictures_and_clips_have_their_color(color):
    import av
    import cv2
    import numpy as np

    picture = cv2.imdecode(np.frombuffer(plain_png(color), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert picture.shape == (128, 128, 3)
    assert (picture == COLORS[color]).all()
    with av.open(io.BytesIO(plain_mp4(color))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 8
    assert abs(np.mean(frames[3], axis=(0, 1)) - COLORS[color]).max() < 12


@pytest.mark.parametrize(("takes", "several", "most"), [(True, False, 1), (True, True, 16), (False, False, 16)])
def test_a_server_that_takes_one_picture_is_shown_one(takes: bool, several: bool, most: int) -> None:
    found = Capabilities(url="http://h/v1", name="m", takes_pictures=takes, takes_several_pictures=several)
    assert suggest_binding(found, ModelBinding(url="http://h", name="m")).max_pictures == most
