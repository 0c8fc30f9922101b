"""A model that says what it is told to say: for tests, of this package and of those who build on it."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterable

from behaviorvlm.chat.model import ChatReply, ChatRequest
from behaviorvlm.errors import ModelServerError

Said = str | ChatReply | Exception
"""A reply, its text alone, or an error that is raised instead."""

Script = Callable[[ChatRequest], Said | Awaitable[Said]]


class ScriptedModel:
    """Answers from a function, or from a list in its order. A `ChatModel`.

    Args:
        script: What is said to a request; or what is said first, second, third ...
        name: The model's name.
        latency_s: How long every answer takes.

    Attributes:
        requests: What it was asked, in order.
        closed: Whether it was closed.
    """

    def __init__(self, script: Script | Iterable[Said], *, name: str = "scripted", latency_s: float = 0.0) -> None:
        self.name = name
        self.requests: list[ChatRequest] = []
        self.closed = False
        self._script = script if callable(script) else _in_order(script)
        self._latency_s = latency_s
        self._lock = threading.Lock()

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Return what the script says.

        Raises:
            ModelServerError: If the script is at its end.
        """
        with self._lock:
            self.requests.append(request)
            said = self._script(request)
        if inspect.isawaitable(said):
            said = await said
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        if isinstance(said, Exception):
            raise said
        return ChatReply(said, model=self.name, seconds=self._latency_s) if isinstance(said, str) else said

    async def close(self) -> None:
        """Take note of it."""
        self.closed = True


def _in_order(said: Iterable[Said]) -> Script:
    left = iter(said)
    return lambda request: next(left, ModelServerError("the script of this model is at its end"))
