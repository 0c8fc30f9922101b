"""One server, asked bluntly: no second try, no patience, no queue, and every failure in words."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

from behaviorvlm.chat.binding import OPENAI_HOST, ModelBinding
from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.model import ChatReply, ChatRequest
from behaviorvlm.chat.openai_compatible_faults import fault_of
from behaviorvlm.chat.openai_compatible_server import ModelServer
from behaviorvlm.chat.openai_compatible_text import Structured, read_reply, request_body
from behaviorvlm.chat.structured_schema import Json

REACH_S = 5.0
"""A server on this machine or next door answers sooner, however busy it is."""
SLOWEST_ANSWER_S = 120.0
"""A probe waits no longer for one short answer."""

Clip = tuple[str, bytes]
"""An MP4, and the kind of part it is sent in: ``video_url`` to vLLM and SGLang, ``input_video`` to llama.cpp."""

T = TypeVar("T")


class ProbeFailedError(Exception):
    """What came instead of an answer; ends inside the probe that met it.

    Args:
        said: In words, without the key.
        remedy: What the user can do.
    """

    def __init__(self, said: str, *, remedy: str = "") -> None:
        self.remedy = remedy
        super().__init__(said)


class ProbedServer(ModelServer):
    """A model's server while it is probed.

    Args:
        binding: The model.
        api_key: What to show to the server; None = nothing.
    """

    def __init__(self, binding: ModelBinding, *, api_key: str | None) -> None:
        super().__init__(binding.url, api_key=api_key)
        self.binding = binding
        self.timeout_s = min(binding.timeout_s, SLOWEST_ANSWER_S)

    async def get(self, path: str) -> Json:
        """Return the JSON at a path; one that starts with ``/`` starts at the server's root.

        Raises:
            ProbeFailedError: If there is none.
        """
        return await self._sent(self.exchange(self._address(path), timeout_s=REACH_S), timeout_s=REACH_S)

    async def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """Return the JSON that comes for a body; see `get`."""
        content = json.dumps(body).encode()
        request = self.exchange(self._address(path), content=content, timeout_s=REACH_S)
        return await self._sent(request, timeout_s=REACH_S)

    def _address(self, path: str) -> str:
        return urljoin(f"{self.url}/", path)

    async def ask(
        self,
        *parts: str | Picture,
        clip: Clip | None = None,
        schema: Mapping[str, Any] | None = None,
        structured: Structured = "text",
        max_tokens: int = 1024,
    ) -> ChatReply:
        """Put one question, in the form in which a run would put it.

        Raises:
            ProbeFailedError: If no answer comes.
        """
        request = ChatRequest((Message.of("user", *parts),), schema=schema, max_tokens=max_tokens)
        official = urlsplit(self.url).hostname == OPENAI_HOST
        limit_name = "max_completion_tokens" if official else "max_tokens"
        content = request_body(request, model=self.binding.name, structured=structured, limit_name=limit_name)
        content = content if clip is None else _with_clip(content, clip)
        began_s = time.perf_counter()
        reply = await self._sent(self._read(content), timeout_s=self.timeout_s)
        return replace(reply, seconds=time.perf_counter() - began_s)

    async def _read(self, content: bytes) -> ChatReply:
        return read_reply(await self.exchange("/chat/completions", content=content, timeout_s=self.timeout_s))

    async def _sent(self, request: Awaitable[T], *, timeout_s: float) -> T:
        try:
            async with asyncio.timeout(timeout_s):
                return await request
        except Exception as error:
            fault = fault_of(error, timeout_s=timeout_s)  # anything but a fault of the line is raised again
            raise ProbeFailedError(self.redacted(fault.words), remedy=self.remedy(fault)) from None


def _with_clip(content: bytes, clip: Clip) -> bytes:
    kind, video = clip
    body = json.loads(content)
    part = {"type": kind, kind: {"url": f"data:video/mp4;base64,{base64.b64encode(video).decode()}"}}
    body["messages"][-1]["content"] = [part, {"type": "text", "text": body["messages"][-1]["content"]}]
    return json.dumps(body).encode()
