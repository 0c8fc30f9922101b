import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from chat_server import ChatServer, Fault

from behaviorvlm.chat.asker import AskedCounts, ModelAsker
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.budget import Budget
from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.model import ChatReply
from behaviorvlm.chat.openai_compatible import models_at_servers
from behaviorvlm.chat.prices import PriceTable
from behaviorvlm.chat.question import Question
from behaviorvlm.chat.scripted import ScriptedModel
from behaviorvlm.errors import ModelServerError, RefusedAnswerError, SettingsError

ROLE = "keypoint_assigner"
SCHEMA = {
    "type": "object",
    "properties": {"number": {"type": "integer", "minimum": 0}},
    "required": ["number"],
    "additionalProperties": False,
}
PICTURE = Picture(b"a picture")


class Store:
    """A journal in memory."""

    def __init__(self):
        self.records, self.pictures = {}, {}

    def load(self, key):
        return self.records.get(key)

    def save(self, record, pictures):
        self.records.setdefault(record.asked.key, record)
        self.pictures.update({picture.content_hash: picture for picture in pictures})


def question(text: str = "Which dot?", understand: Callable[[Any], Any] = lambda answer: answer["number"]):
    message = Message.of("user", text, PICTURE, PICTURE)
    return Question(ROLE, "keypoint_assignment", "timepoint=1", (message,), SCHEMA, understand)


def asker(script, *, store=None, url="http://h", binding=None, **more):
    model = script if isinstance(script, ScriptedModel) else ScriptedModel(script)
    binding = binding or ModelBinding(url=url, name="m", seed=10)
    return ModelAsker({ROLE: model}, {ROLE: binding}, store=store or Store(), **more)


def said(number, **more):
    return ChatReply(json.dumps({"number": number}), model="m", prompt_tokens=100, answer_tokens=10, **more)


def test_a_question_is_answered_and_journalled():
    store, prices = Store(), PriceTable.model_validate({"models": {"m": {"prompt": 1.0, "answer": 10.0}}})
    with asker([said(3, thinking="Hm.", seconds=0.5)], store=store, prices=prices) as asking:
        answer = asking.ask(question())
        assert asking.counts == AskedCounts(asked=1, calls=1, prompt_tokens=100, answer_tokens=10)
    assert (answer.status, answer.value) == ("answered", 3)
    record = store.records[answer.key]
    assert (record.role, record.stage, record.about) == (ROLE, "keypoint_assignment", "timepoint=1")
    assert (record.url, record.status, record.answer) == ("http://h/v1", "answered", {"number": 3})
    assert record.asked.model == "m"
    (attempt,) = record.attempts
    assert (attempt.reply, attempt.thinking, attempt.served_model) == ('{"number": 3}', "Hm.", "m")
    assert (attempt.seconds, attempt.cost) == (0.5, pytest.approx(2e-4))
    assert list(store.pictures) == [PICTURE.content_hash]


def test_a_journalled_question_is_never_asked_again():
    store = Store()
    with asker([said(3)], store=store) as asking:
        first = asking.ask(question())
    with asker([], store=store, budget=Budget(max_calls=0)) as asking:
        second = asking.ask(question())
        assert asking.counts == AskedCounts(from_journal=1)
    assert (second.status, second.value, second.key) == (first.status, first.value, first.key)


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        ("no idea", "JSON"),
        ('{"number": -1}', "number"),
        ('{"number": 99}', "There is no dot 99"),
        ("", "empty"),
        (ChatReply('{"number": 3}', finish_reason="length", answer_tokens=7), "cut off at the limit of 7 tokens"),
    ],
)
def test_a_refused_answer_is_asked_again_with_the_complaint(reply, complaint):
    def understand(answer):
        if answer["number"] == 99:
            raise RefusedAnswerError("There is no dot 99.")
        return answer["number"]

    store, model = Store(), ScriptedModel([reply, said(3)])
    with asker(model, store=store) as asking:
        answer = asking.ask(question(understand=understand))
    assert answer.value == 3
    first, second = model.requests
    assert (first.seed, second.seed) == (10, 11)
    assert first.messages == second.messages[:1]
    assert [message.role for message in second.messages] == ["user", "assistant", "user"]
    assert complaint in second.messages[-1].parts[0].text
    assert second.messages[1].parts[0].text.strip()  # some servers take no empty message
    attempts = store.records[answer.key].attempts
    assert complaint in attempts[0].complaint
    assert attempts[1].complaint == ""


def test_a_runaway_reply_is_not_shown_again_whole():
    model = ScriptedModel(["x" * 100_000, said(3)])
    with asker(model) as asking:
        asking.ask(question())
    assert len(model.requests[1].messages[1].parts[0].text) < 5000


def test_after_all_attempts_the_question_is_refused_and_stays_so():
    store = Store()
    with asker(["no"] * 3, store=store) as asking:
        answer = asking.ask(question())
        assert (answer.status, answer.value) == ("refused", None)
        assert asking.ask(question()).status == "refused"  # from the journal: the script is at its end
        assert asking.counts == AskedCounts(asked=1, from_journal=1, refused=1, calls=3)
    record = store.records[answer.key]
    assert (record.status, record.answer, len(record.attempts)) == ("refused", None, 3)


def test_an_answer_that_is_no_longer_understood_is_refused():
    def understand(answer):
        raise RefusedAnswerError("There is no such dot.")

    store = Store()
    with asker([said(3)], store=store) as asking:
        asking.ask(question())
        assert asking.ask(question(understand=understand)).status == "refused"


def test_equal_questions_at_the_same_time_are_asked_once():
    async def slow(request):
        await asyncio.sleep(0.2)
        return said(3)

    model, answers = ScriptedModel(slow), []
    with asker(model) as asking:
        threads = [threading.Thread(target=lambda: answers.append(asking.ask(question()))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert asking.counts.asked == 1
        assert asking.counts.from_journal == 7
    assert [answer.value for answer in answers] == [3] * 8
    assert len(model.requests) == 1


def test_a_spent_budget_leaves_questions_unasked():
    store = Store()
    with asker(lambda request: said(3), store=store, budget=Budget(max_calls=2)) as asking:
        statuses = [asking.ask(question(f"Which dot {number}?")).status for number in range(4)]
        assert statuses == ["answered", "answered", "unasked", "unasked"]
        assert asking.ask(question("Which dot 0?")).status == "answered"  # the journal is free
        assert asking.counts.unasked == 2
    assert len(store.records) == 2


def test_a_budget_spent_between_attempts_ends_the_question_and_keeps_what_was_paid():
    store, budget = Store(), Budget(max_calls=1)
    with asker(["no", said(3)], store=store, budget=budget) as asking:
        answer = asking.ask(question())
    assert answer.status == "refused"
    assert len(store.records[answer.key].attempts) == budget.spent.calls == 1


def test_a_call_without_reply_is_not_paid():
    budget = Budget(max_calls=1)
    with asker([ModelServerError("gone"), said(3)], budget=budget) as asking:
        with pytest.raises(ModelServerError, match="gone"):
            asking.ask(question())
        assert asking.ask(question()).status == "answered"
    assert (budget.spent.calls, budget.spent.tokens) == (1, 110)


def test_a_mistake_of_our_own_is_not_hidden():
    with asker([said(3)]) as asking, pytest.raises(KeyError):
        asking.ask(question(understand=lambda answer: answer["other"]))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"attempts": 0}, "needs an attempt"),
        ({"budget": Budget(max_cost=1.0)}, "no price"),
        ({"budget": Budget(max_cost=1.0), "prices": PriceTable(models={})}, "no price"),
    ],
)
def test_settings_that_cannot_work_are_refused(more, words):
    with pytest.raises(SettingsError, match=words):
        asker([], **more)


def test_a_role_without_model_is_named():
    with asker([]) as asking, pytest.raises(SettingsError, match="--model clip_describer=URL#NAME"):
        asking.ask(Question("clip_describer", "s", "a", (Message.of("user", "?"),), SCHEMA, lambda answer: answer))


def test_closing_wakes_everybody_who_waits():
    stalled, errors = Fault("stall"), []
    with ChatServer(fault=lambda request: stalled) as server:
        bindings = {ROLE: ModelBinding(url=server.url, name="m")}
        asking = ModelAsker(models_at_servers(bindings, {}), bindings, store=Store())

        def work(number):
            try:
                asking.ask(question(f"Which dot {number % 4}?"))
            except ModelServerError as error:
                errors.append(error.message)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        while server.counts["stall"] < 4:
            time.sleep(0.01)
        start_s = time.monotonic()
        asking.close()
        for thread in threads:
            thread.join()
        assert time.monotonic() - start_s < 2
        assert errors == ["asking was stopped before an answer came"] * 12
        with pytest.raises(ModelServerError, match="stopped"):
            asking.ask(question())
        asking.close()


def test_hundreds_of_threads_over_a_server_with_faults_get_their_own_answers():
    kinds = [Fault("status", 500), Fault("cut"), Fault("answer", text="no"), Fault("malformed"), None, None]
    store, answers, met = Store(), {}, set()

    def number_in(request):
        return int(request["messages"][0]["content"][0]["text"])

    def fault(request):  # one to each of the first sixty: a question that met three bad answers would be refused
        number = number_in(request)
        first = number < 60 and number not in met
        met.add(number)
        return kinds[number % len(kinds)] if first else None

    def reply(request):
        return json.dumps({"number": number_in(request)})

    with ChatServer(answer=reply, latency_s=0.005, fault=fault) as server:
        bindings = {ROLE: ModelBinding(url=server.url, name="m", patience_s=30.0)}
        with ModelAsker(models_at_servers(bindings, {}), bindings, store=store) as asking:

            def work(number):
                answers[number] = asking.ask(question(str(number)))

            threads = [threading.Thread(target=work, args=(number,)) for number in range(200)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            counts = asking.counts
        answered = server.counts["answered"]
    assert {number: answer.value for number, answer in answers.items()} == {number: number for number in range(200)}
    assert counts.asked == len(store.records) == 200
    assert counts.calls == answered  # every reply the server gave is in the journal, and none was asked for twice


INTERRUPTED = """
import sys
from behaviorvlm.chat.asker import ModelAsker
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.message import Message
from behaviorvlm.chat.openai_compatible import models_at_servers
from behaviorvlm.chat.question import Question
import threading

class Store:
    def load(self, key): return None
    def save(self, record, pictures): pass

bindings = {"clip_describer": ModelBinding(url=sys.argv[1], name="m")}
def ask(asker, text):
    asker.ask(Question("clip_describer", "s", "a", (Message.of("user", text),), {"type": "object"}, dict))
def quietly(asker, text):
    try: ask(asker, text)
    except Exception as error: sys.stdout.write(type(error).__name__ + "\\n")
try:
    with ModelAsker(models_at_servers(bindings, {}), bindings, store=Store()) as asker:
        threads = [threading.Thread(target=quietly, args=(asker, str(n))) for n in range(3)]
        for thread in threads: thread.start()
        ask(asker, "main")
except KeyboardInterrupt:
    sys.stdout.write("interrupted\\n")
for thread in threads: thread.join()
"""


def test_ctrl_c_ends_everything_at_once_and_quietly():
    with ChatServer(fault=lambda request: Fault("stall")) as server:
        command = [sys.executable, "-W", "error", "-c", INTERRUPTED, server.url]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline_s = time.monotonic() + 60
        while server.counts["stall"] < 4 and time.monotonic() < deadline_s:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGINT)
        start_s = time.monotonic()
        out, err = process.communicate(timeout=30)
    assert time.monotonic() - start_s < 5
    assert sorted(out.split()) == ["ModelServerError"] * 3 + ["interrupted"]
    assert err == ""
