import asyncio

import pytest

from behaviorvlm.chat.message import Message
from behaviorvlm.chat.model import ChatReply, ChatRequest
from behaviorvlm.chat.scripted import ScriptedModel
from behaviorvlm.errors import ModelServerError

REQUEST = ChatRequest((Message.of("user", "Which?"),))


def test_it_says_what_it_is_told_in_order_and_then_nothing():
    model = ScriptedModel(["a", ChatReply("b", model="other"), ValueError("c")], name="m")
    assert asyncio.run(model.complete(REQUEST)) == ChatReply("a", model="m")
    assert asyncio.run(model.complete(REQUEST)).model == "other"
    with pytest.raises(ValueError, match="c"):
        asyncio.run(model.complete(REQUEST))
    with pytest.raises(ModelServerError, match="at its end"):
        asyncio.run(model.complete(REQUEST))
    assert model.requests == [REQUEST] * 4


def test_it_answers_from_a_function_that_may_wait():
    async def script(request):
        await asyncio.sleep(0)
        return request.messages[0].parts[0].text

    assert asyncio.run(ScriptedModel(script).complete(REQUEST)).text == "Which?"
    assert asyncio.run(ScriptedModel(lambda request: "x", latency_s=0.01).complete(REQUEST)).seconds == 0.01


def test_it_remembers_that_it_was_closed():
    model = ScriptedModel([])
    asyncio.run(model.close())
    assert model.closed
