import asyncio
import random

import pytest
from chat_server import ChatServer, Fault, faults_in_order, random_faults
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.chat import openai_compatible_server
from behaviorvlm.chat.asker import ModelAsker
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.budget import Budget
from behaviorvlm.chat.message import Message
from behaviorvlm.chat.model import ChatReply, ChatRequest
from behaviorvlm.chat.openai_compatible import OpenAICompatibleModel, models_at_servers
from behaviorvlm.chat.openai_compatible_faults import Fault as LineFault
from behaviorvlm.chat.openai_compatible_form import FAILURES_IN_A_ROW, FORMS, AnswerForm, RequestForm
from behaviorvlm.chat.question import Question
from behaviorvlm.errors import ModelServerError

SCHEMA = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
MESSAGES = (Message.of("user", "Which dot?"),)
REQUEST = ChatRequest(MESSAGES, schema=SCHEMA)
BROKEN = Fault("status", 500)
PEG = Fault("status", 500, text="The model produced output that does not match the expected peg-native format")
NAMING = [
    Fault("status", 400, text="This response_format type is unavailable now"),
    Fault("status", 400, text="Invalid schema for response_format 'answer'"),
    Fault("status", 400, text="Failed to initialize samplers: failed to parse grammar"),
    Fault("status", 404, text="guided decoding is not built in"),
    Fault("status", 422, text="body.response_format.type: Input should be 'text' or 'json_object'"),
    Fault("status", 500, text='response_format type must be one of "text" or "json_object", but got: json_schema'),
    Fault("status", 501, text="no such thing"),
]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(openai_compatible_server, "SHORTEST_PAUSE_S", 0.02)
    monkeypatch.setattr(openai_compatible_server, "LONGEST_PAUSE_S", 0.1)


def form_of(request):
    return request.get("response_format", {}).get("type", "text")


def refusing(*forms, by):
    """Return a script by which requests in these forms meet a fault."""
    return lambda request: by if form_of(request) in forms else None


def ask_rounds(server, *rounds, **more):
    """Put so many questions at once, in rounds; return all replies, and the form at the end."""

    async def scene():
        binding = ModelBinding(**{"url": server.url, "name": "m", "timeout_s": 5.0, "patience_s": 5.0, **more})
        model = OpenAICompatibleModel(binding, api_key=None)
        try:
            replies = [await asyncio.gather(*(model.complete(REQUEST) for _ in range(times))) for times in rounds]
            return [reply for several in replies for reply in several], model.structured
        finally:
            await model.close()

    return asyncio.run(scene())


def forms(server):
    return [form_of(request) for request in server.requests]


def test_a_server_that_has_schemas_is_asked_by_them():
    with ChatServer() as server:
        assert ask_rounds(server, 1, 4)[1] == "json_schema"
    assert set(forms(server)) == {"json_schema"}


@pytest.mark.parametrize("fault", NAMING, ids=lambda fault: f"{fault.status} {fault.text[:20]}")
@pytest.mark.parametrize("known", ["json_object", "text"])
def test_a_server_that_says_what_it_does_not_know_is_believed_once(fault, known):
    refused = FORMS[: FORMS.index(known)]
    with ChatServer(fault=refusing(*refused, by=fault)) as server:
        replies, found = ask_rounds(server, 1, 5)
    assert found == known
    assert [reply.text for reply in replies] == ['{"number": 3}'] * 6
    assert forms(server) == [*refused, *[known] * 6]
    assert "number" in str(server.requests[-1]["messages"])  # the schema, in words


@pytest.mark.parametrize("known", ["json_object", "text"])
def test_a_server_that_only_breaks_is_found_out(known):
    refused = FORMS[: FORMS.index(known)]
    with ChatServer(fault=refusing(*refused, by=BROKEN)) as server:
        replies, found = ask_rounds(server, 1, 1, 1, 1, 5)
    assert found == known
    assert len(replies) == 9
    assert server.counts["500"] == len(refused) * (FAILURES_IN_A_ROW + 1)
    assert forms(server)[-5:] == [known] * 5


def test_many_first_questions_at_once_go_down_one_step_together():
    with ChatServer(fault=refusing("json_schema", by=NAMING[0]), latency_s=0.01) as server:
        replies, found = ask_rounds(server, 100)
    assert (len(replies), found) == (100, "json_object")
    assert forms(server).count("json_schema") <= 8  # those in flight, not those in the queue
    assert forms(server).count("text") == 0


def test_many_first_questions_at_once_at_a_server_that_only_breaks():
    with ChatServer(fault=refusing("json_schema", by=BROKEN), latency_s=0.01) as server:
        replies, found = ask_rounds(server, 100)
    assert (len(replies), found) == (100, "json_object")
    assert forms(server).count("json_schema") <= 20


def test_a_schema_that_is_dropped_without_a_word_is_noticed():
    def answer(request):
        return "The third." if form_of(request) == "json_schema" else '{"number": 3}'

    with ChatServer(answer=answer) as server:
        assert ask_rounds(server, *[1] * 8)[1] == "json_object"
    assert forms(server)[-3:] == ["json_object"] * 3


def test_answers_that_are_cut_off_say_nothing_of_the_form():
    with ChatServer(fault=lambda request: Fault("answer", text='{"num', finish_reason="length")) as server:
        assert ask_rounds(server, *[1] * 8)[1] == "json_schema"


def test_a_server_that_breaks_while_it_starts_is_no_server_without_schemas():
    with ChatServer(fault=faults_in_order([BROKEN] * FAILURES_IN_A_ROW)) as server:
        assert ask_rounds(server, 1, 3)[1] == "json_schema"
    assert forms(server) == [*["json_schema"] * FAILURES_IN_A_ROW, "text", *["json_schema"] * 3]


def test_a_server_that_breaks_whatever_it_is_asked_is_ridden_out():
    with ChatServer(fault=faults_in_order([BROKEN] * 8)) as server:
        assert ask_rounds(server, 1)[1] == "json_schema"
    with ChatServer(fault=lambda request: BROKEN) as server, pytest.raises(ModelServerError, match="gave no answer in"):
        ask_rounds(server, 1, patience_s=0.4)


def test_what_fails_in_every_form_ends_with_what_the_server_said():
    with ChatServer(fault=lambda request: NAMING[0]) as server, pytest.raises(ModelServerError) as caught:
        ask_rounds(server, 1)
    assert "response_format type is unavailable" in caught.value.actual
    assert forms(server) == list(FORMS)


def test_a_proven_form_outlasts_every_later_fault():
    with ChatServer(fault=faults_in_order([None, *[BROKEN] * 6])) as server:
        assert ask_rounds(server, 1, 3)[1] == "json_schema"
    assert set(forms(server)) == {"json_schema"}


def test_one_schema_that_is_refused_later_is_said_in_words_that_once():
    with ChatServer(fault=faults_in_order([None, NAMING[1]])) as server:
        assert ask_rounds(server, 1, 1, 1)[1] == "json_schema"
    assert forms(server) == ["json_schema", "json_schema", "json_object", "json_schema"]


@pytest.mark.parametrize("seed", range(3))
def test_faults_at_random_do_not_degrade_a_server(seed):
    with ChatServer(fault=random_faults({BROKEN: 0.05, Fault("malformed"): 0.02}, seed=seed)) as server:
        assert ask_rounds(server, 4, 60)[1] == "json_schema"
    assert set(forms(server)) == {"json_schema"}


def test_faults_at_random_do_not_degrade_any_of_many_servers():
    dice, fault = random.Random(0), LineFault("passing", "HTTP 500", on_form="perhaps")
    for _ in range(20_000):
        shared = AnswerForm("auto")
        request = RequestForm(shared, SCHEMA)
        while not shared.is_settled:
            request.begin()
            if dice.random() < 0.05:
                request.failed(fault)
            else:
                request.answered(ChatReply('{"number": 3}'))
        assert shared.found == "json_schema"


@given(events=st.lists(st.tuples(st.sampled_from(FORMS), st.sampled_from(["yes", "perhaps", "no"]))))
def test_nothing_moves_a_form_that_gave_an_answer(events):
    shared = AnswerForm("auto")
    shared.answered("json_schema")
    for form, on_form in events:
        shared.failed(form, surely=on_form == "yes")
        shared.answered(form)
    assert (shared.found, shared.next()) == ("json_schema", "json_schema")


def test_an_answer_on_its_way_brings_a_form_back():
    shared = AnswerForm("auto")
    shared.failed("json_schema", surely=True)
    assert shared.next() == "json_object"
    shared.answered("json_schema")
    assert (shared.found, shared.is_settled) == ("json_schema", True)


@pytest.mark.parametrize("wanted", FORMS)
def test_a_form_that_was_asked_for_is_kept(wanted):
    with ChatServer(fault=refusing(wanted, by=NAMING[0])) as server, pytest.raises(ModelServerError, match="HTTP 400"):
        ask_rounds(server, 1, structured=wanted)
    assert forms(server) == [wanted]


@pytest.mark.parametrize("wanted", FORMS)
def test_what_a_server_cannot_read_of_its_model_is_a_malformed_answer(wanted):
    with ChatServer(fault=lambda request: PEG) as server:
        (reply,), _ = ask_rounds(server, 1, structured=wanted)
    assert (reply.text, reply.finish_reason) == ("", "unreadable")
    assert server.counts["http"] == 1


def test_a_question_without_a_schema_proves_and_refutes_nothing():
    async def scene(server):
        model = OpenAICompatibleModel(ModelBinding(url=server.url, name="m"), api_key=None)
        try:
            await model.complete(ChatRequest(MESSAGES))
            await model.complete(REQUEST)
            return model.structured
        finally:
            await model.close()

    with ChatServer(fault=refusing("json_schema", by=NAMING[0])) as server:
        assert asyncio.run(scene(server)) == "json_object"
    assert forms(server) == ["text", "json_schema", "json_object"]


@pytest.mark.parametrize("fault", [NAMING[0], BROKEN])
def test_no_attempt_is_counted_and_the_question_keeps_its_key(fault):
    def ask(**script):
        records = {}

        class Store:
            load = staticmethod(records.get)

            @staticmethod
            def save(record, pictures):
                records[record.asked.key] = record

        question = Question("region_detector", "s", "a", MESSAGES, SCHEMA, lambda answer: answer["number"])
        with ChatServer(**script) as server:
            bindings = {"region_detector": ModelBinding(url=server.url, name="m")}
            budget = Budget(max_calls=1)
            with ModelAsker(models_at_servers(bindings, {}), bindings, store=Store(), budget=budget) as asker:
                assert asker.ask(question).value == 3
                assert (asker.counts.calls, budget.spent.calls) == (1, 1)
        (record,) = records.values()
        assert len(record.attempts) == 1
        return record.asked.key

    assert ask(fault=refusing("json_schema", by=fault)) == ask()


def test_models_of_one_name_at_one_server_learn_together():
    bindings = {
        "region_detector": ModelBinding(url="http://h:1", name="a"),
        "keypoint_assigner": ModelBinding(url="http://h:1", name="a", max_tokens=9),
        "clip_describer": ModelBinding(url="http://h:1", name="b"),
        "segment_merger": ModelBinding(url="http://h:1", name="a", structured="text"),
    }
    models = models_at_servers(bindings, {})
    models["region_detector"]._form.failed("json_schema", surely=True)
    assert {role: model.structured for role, model in models.items()} == {
        "region_detector": "json_object",
        "keypoint_assigner": "json_object",
        "clip_describer": "json_schema",
        "segment_merger": "text",
    }
