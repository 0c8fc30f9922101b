import asyncio
import json
import logging
import time

import pytest
from chat_server import ChatServer, Fault, faults_in_order

from behaviorvlm.chat import openai_compatible_server
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.model import ChatRequest
from behaviorvlm.chat.openai_compatible import OpenAICompatibleModel, models_at_servers
from behaviorvlm.errors import ModelServerError

SECRET = "sk-0123456789abcdef"
QUESTION = (Message.of("system", "Be brief."), Message.of("user", "Which dot?", Picture(b"abc", "image/webp")))
SCHEMA = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}


@pytest.fixture(autouse=True, params=[True, False], ids=["straight", "sdk"])
def _both_ways(request, monkeypatch):
    """Ask straight, as a server nearby is asked, and by the SDK, as all others are."""
    monkeypatch.setattr(openai_compatible_server, "reached_plainly", lambda url: request.param)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(openai_compatible_server, "SHORTEST_PAUSE_S", 0.02)
    monkeypatch.setattr(openai_compatible_server, "FIRST_CONTACT_S", 0.3)


def ask(url, *, key=None, times=1, request=None, **more):
    """Ask a model that many times at once and return its replies."""

    async def scene():
        binding = ModelBinding(**{"url": url, "name": "m", "timeout_s": 5.0, "patience_s": 5.0, **more})
        model = OpenAICompatibleModel(binding, api_key=key)
        try:
            asked = request or ChatRequest(QUESTION, schema=SCHEMA, max_tokens=77, seed=5)
            return await asyncio.gather(*(model.complete(asked) for _ in range(times)))
        finally:
            await model.close()

    return asyncio.run(scene())


def refusal(url, **more):
    with pytest.raises(ModelServerError) as caught:
        ask(url, **more)
    return caught.value


def test_a_question_goes_out_and_a_reply_comes_back():
    with ChatServer(message={"reasoning_content": "Hm."}) as server:
        (reply,) = ask(server.url)
    assert (reply.text, reply.thinking, reply.model, reply.finish_reason) == ('{"number": 3}', "Hm.", "m", "stop")
    assert (reply.prompt_tokens, reply.answer_tokens) == (10, 5)
    assert 0 < reply.seconds < 5
    sent = server.requests[0]
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert sent["messages"][1]["content"][1]["image_url"]["url"] == "data:image/webp;base64,YWJj"
    assert (sent["model"], sent["temperature"], sent["seed"], sent["max_tokens"]) == ("m", 0.0, 5, 77)
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA


PASSING = [
    Fault("status", 500),
    Fault("status", 502),
    Fault("status", 503),
    Fault("status", 504),
    Fault("status", 429, retry_after="0.1"),
    Fault("cut"),
    Fault("reset"),
    Fault("malformed"),
    Fault("stall"),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.kind} {fault.status}")
def test_faults_that_pass_are_ridden_out(fault):
    with ChatServer(fault=faults_in_order([fault, fault])) as server:
        (reply,) = ask(server.url, timeout_s=0.3)
    assert reply.text == '{"number": 3}'
    assert server.counts["answered"] == 1


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.kind} {fault.status}")
def test_faults_that_do_not_pass_end_in_an_error_that_says_what_was_tried(fault):
    with ChatServer(fault=lambda request: fault) as server:
        error = refusal(server.url, timeout_s=0.2, patience_s=0.4)
    assert "the model m gave no answer in " in error.message
    assert error.where == server.url
    assert error.actual
    assert error.remedy


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "too long"),
        (401, "BEHAVIORVLM_API_KEY"),
        (403, "BEHAVIORVLM_API_KEY"),
        (404, "model's name"),
        (413, "max_pixels"),
    ],
)
def test_what_no_waiting_mends_is_said_at_once(status, words):
    fault = Fault("status", status, text="the prompt is too long\n" + "x" * 5000)
    with ChatServer(fault=lambda request: fault) as server:
        error = refusal(server.url, key=SECRET)
    assert server.counts["http"] == 1
    assert f"HTTP {status}: the prompt is too long x" in error.actual
    assert words in str(error)
    assert len(str(error)) < 1000


def test_redirects_are_not_followed():
    with ChatServer() as other, ChatServer(fault=lambda request: Fault("status", 307, location=other.url)) as server:
        error = refusal(server.url, key=SECRET)
        assert other.counts["http"] == 0
        assert other.url in error.actual
    assert "give the address" in error.remedy


def test_a_wrong_key_is_said_and_not_repeated():
    with ChatServer(key="another") as server:
        error = refusal(server.url, key=SECRET)
        assert "put the right key" in error.remedy
        assert "***" in error.actual  # this server repeats what it was shown
        assert SECRET[:8] not in str(error)
        assert "wants a key" in refusal(server.url).remedy


def test_a_key_on_the_edge_of_a_shortened_message_is_not_shown_in_part():
    fault = Fault("status", 400, text="x" * 280 + SECRET)
    with ChatServer(fault=lambda request: fault) as server:
        assert "sk-0" not in str(refusal(server.url, key=SECRET))


def test_the_key_reaches_the_server_and_nothing_else(caplog, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-private")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Private: 1\nAuthorization: Bearer private")
    caplog.set_level(logging.DEBUG)
    with ChatServer(key=SECRET, answer=lambda request: json.dumps({"number": 3, "key": SECRET})) as server:
        (reply,) = ask(server.url, key=SECRET)
        shown = json.dumps(server.headers)
        refusal(server.url)
    assert SECRET not in caplog.text + reply.text + repr(reply)
    assert "***" in reply.text
    assert SECRET in shown
    assert "private" not in shown
    assert "authorization" not in server.headers[-1]  # no key: nothing is shown, whatever the environment holds


def test_no_object_shows_the_key():
    binding = ModelBinding(url="http://localhost:1", name="m")
    models = models_at_servers({"region_detector": binding}, {"BEHAVIORVLM_API_KEY": SECRET})
    model = models["region_detector"]
    assert SECRET not in f"{model!r} {model._server!r} {binding!r}"


def test_nobody_listening_is_an_error_within_the_time_of_a_first_contact():
    with ChatServer() as server:
        url = server.url
    start_s = time.monotonic()
    error = refusal(url, patience_s=600.0)
    assert time.monotonic() - start_s < 3
    assert "Connect" in error.actual
    assert "start the server" in error.remedy


def test_a_restart_is_ridden_out():
    async def scene(server):
        model = OpenAICompatibleModel(ModelBinding(url=server.url, name="m", patience_s=20.0), api_key=None)
        try:
            await model.complete(ChatRequest(QUESTION))
            tasks = [asyncio.create_task(model.complete(ChatRequest(QUESTION))) for _ in range(8)]
            await asyncio.sleep(0.05)  # some are in flight
            server.restart(down_s=1.0)  # longer than a first contact may take
            return await asyncio.gather(*tasks)
        finally:
            await model.close()

    with ChatServer(latency_s=0.1, slots=1) as server:
        assert [reply.text for reply in asyncio.run(scene(server))] == ['{"number": 3}'] * 8


@pytest.mark.parametrize("date", [False, True])
def test_a_server_that_asks_to_wait_is_obeyed(date):
    later = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2)) if date else "0.5"
    with ChatServer(fault=faults_in_order([Fault("status", 429, retry_after=later)])) as server:
        start_s = time.monotonic()
        ask(server.url)
    assert time.monotonic() - start_s > 0.5


def test_a_wait_longer_than_our_patience_is_not_begun():
    with ChatServer(fault=lambda request: Fault("status", 429, retry_after="3600")) as server:
        error = refusal(server.url)
    assert server.counts["http"] == 1
    assert "asks to wait 3600 s" in error.actual


@pytest.mark.parametrize(("reason", "text"), [("length", '{"number"'), ("stop", ""), ("content_filter", "")])
def test_poor_answers_are_no_faults_of_the_line(reason, text):
    with ChatServer(fault=lambda request: Fault("answer", text=text, finish_reason=reason)) as server:
        (reply,) = ask(server.url)
    assert (reply.text, reply.finish_reason) == (text, reason)
    assert server.counts["http"] == 1


def test_another_model_than_asked_is_refused():
    with ChatServer(model="other-7b", models=("m", "other-7b")) as server:
        error = refusal(server.url)
    assert (error.expected, error.actual) == ("m", "other-7b")
    assert "another model than asked" in error.message


def test_two_names_of_one_model_are_one(monkeypatch):
    async def roots(self):
        return {"m": "org/model", "alias": "org/model"}

    monkeypatch.setattr(openai_compatible_server.ModelServer, "roots", roots)
    with ChatServer(model="alias") as server:
        assert ask(server.url)[0].model == "alias"


def test_models_of_one_address_share_its_queue():
    bindings = {
        "region_detector": ModelBinding(url="http://h:1", name="a"),
        "keypoint_assigner": ModelBinding(url="http://h:1/v1", name="b", max_in_flight=2),
        "clip_describer": ModelBinding(url="http://h:2", name="c"),
        "segment_merger": ModelBinding(url="/models/tiny", name="tiny"),
    }
    models = models_at_servers(bindings, {})
    assert set(models) == {"region_detector", "keypoint_assigner", "clip_describer"}
    assert models["region_detector"]._server is models["keypoint_assigner"]._server
    assert models["region_detector"]._server is not models["clip_describer"]._server
    assert models["region_detector"]._server.throttle.limit == 2


def test_many_requests_at_once_stay_below_the_limit():
    with ChatServer(latency_s=0.01) as server:
        assert len(ask(server.url, times=60, max_in_flight=6)) == 60
        assert server.most_in_flight <= 6


def test_a_cancelled_request_leaves_room_and_no_warning():
    async def scene(server):
        model = OpenAICompatibleModel(ModelBinding(url=server.url, name="m", max_in_flight=1), api_key=None)
        task = asyncio.create_task(model.complete(ChatRequest(QUESTION)))
        while not server.counts["stall"]:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        reply = await asyncio.wait_for(model.complete(ChatRequest(QUESTION)), 5)
        await model.close()
        return reply

    with ChatServer(fault=faults_in_order([Fault("stall")])) as server:
        assert asyncio.run(scene(server)).text == '{"number": 3}'
