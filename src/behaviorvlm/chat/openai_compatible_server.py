"""One server: its connections, the queue before it, and the patience with its faults."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from itertools import cycle
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from behaviorvlm.chat.binding import KEY_VARIABLE, ModelBinding, redact
from behaviorvlm.chat.model import ChatReply
from behaviorvlm.chat.openai_compatible_faults import Fault, RefusedRequestError, fault_of, shortened
from behaviorvlm.chat.openai_compatible_form import AnswerForm, RequestForm
from behaviorvlm.chat.openai_compatible_text import Structured, read_reply
from behaviorvlm.chat.plain_http import LOOPBACK, PlainHttp, PlainReply, reached_plainly
from behaviorvlm.chat.throttle import Throttle
from behaviorvlm.errors import ModelServerError
from behaviorvlm.extras import require

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CLIENTS = 8
"""They take turns: for each request a client looks at all connections it holds, which many in flight would feel."""
CONNECT_S = 30.0
FIRST_CONTACT_S = 30.0
"""How long a server is waited for that has never answered: it may be starting; its address may be wrong."""
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
MALFORMED_REPLIES = 5
"""So many replies to one request that are no chat completions are no accident."""

JSON = "application/json"

_KEPT_HEADERS = {"accept", "content-type", "user-agent"}


def require_sdk(url: str) -> None:
    """Refuse an address that only the SDK reaches where that is not installed; servers nearby need none.

    Raises:
        SettingsError: If it is needed, and not installed.
    """
    if not reached_plainly(url):
        require(
            "models",
            "asking a server by https or through a proxy needs a package that is not installed",
            where=url,
            instead="ask a server on this machine, at http://localhost",
        )


class ModelServer:
    """What all models of one address share. For one event loop.

    Args:
        url: The address.
        api_key: What to show to the server; None = nothing.
        max_in_flight: Most requests at the server at once.
        timeout_s: A reply that takes longer is a stall.

    Raises:
        SettingsError: If the SDK is needed for this address, and not installed.
    """

    def __init__(self, url: str, *, api_key: str | None, max_in_flight: int = 64, timeout_s: float = 300.0) -> None:
        require_sdk(url)
        self.url = url
        self.throttle = Throttle(max_in_flight, timeout_s=timeout_s)
        self.reached = False
        self._api_key = api_key
        self._is_near, self._plain = reached_plainly(url), PlainHttp()
        self._forms: dict[tuple[str, str], AnswerForm] = {}

    def __repr__(self) -> str:
        return f"ModelServer({self.url!r})"

    def answer_form(self, binding: ModelBinding) -> AnswerForm:
        """Return the form in which a model is asked for JSON, shared by all that ask it."""
        return self._forms.setdefault((binding.name, binding.structured), AnswerForm(binding.structured))

    async def complete(
        self, compose: Callable[[Structured], bytes], *, binding: ModelBinding, form: RequestForm
    ) -> ChatReply:
        """Return the reply to a chat completion request, faults ridden out and forms it refuses left aside.

        Args:
            compose: Gives the request's JSON; called whenever it goes out.
            binding: The model that is asked.
            form: Decides in which form it goes out.

        Raises:
            ModelServerError: If no reply can be had.
        """
        failures = _Failures(self, binding)
        while True:
            # In the form that is known when its turn comes: it may have waited long.
            outcome = await self._try(lambda: compose(form.begin()), timeout_s=binding.timeout_s)
            if isinstance(outcome, ChatReply):
                form.answered(outcome)
                text, thinking = self.redacted(outcome.text), self.redacted(outcome.thinking)
                return replace(outcome, text=text, thinking=thinking)
            if form.failed(outcome):
                continue
            if outcome.kind == "unreadable":  # the model's fault: it is told so, and asked again with another seed
                return ChatReply("", finish_reason="unreadable")
            await asyncio.sleep(failures.pause_after(outcome))

    async def roots(self) -> dict[str, str]:
        """Return the models that the server lists, by name, each with what it is made of ("" if it does not say)."""
        try:
            body: Any = await self.exchange("/models", timeout_s=CONNECT_S)
            return {str(entry["id"]): str(entry.get("root") or "") for entry in body["data"]}
        except Exception as error:
            fault_of(error, timeout_s=CONNECT_S)  # anything but a fault of the line is raised again
            return {}

    def redacted(self, text: str) -> str:
        """Return the text without the key."""
        return redact(text, self._api_key)

    def remedy(self, fault: Fault) -> str:
        """Return what the user can do about a fault."""
        if self._api_key is None and fault.words.startswith("HTTP 401"):
            return f"the server wants a key: put it into the environment variable {KEY_VARIABLE}"
        return fault.remedy

    async def close(self) -> None:
        """Let go of the connections."""
        await self._plain.close()
        for client in self.__dict__.get("_clients", ()):
            await client.close()

    async def _try(self, compose: Callable[[], bytes], *, timeout_s: float) -> ChatReply | Fault:
        """Send a request once, when there is room."""
        slot = await self.throttle.enter()
        leave = self.throttle.failed
        try:
            content = compose()
            async with asyncio.timeout(timeout_s):
                body = await self.exchange("/chat/completions", content=content, timeout_s=timeout_s)
            reply = read_reply(body)
            leave = partial(self.throttle.answered, slot)
            self.reached = True
            return replace(reply, seconds=asyncio.get_running_loop().time() - slot.start_s)
        except Exception as error:
            fault = fault_of(error, timeout_s=timeout_s)
            if fault.kind == "overload":
                leave = partial(self.throttle.overloaded, retry_after_s=fault.retry_after_s)
            self.reached = self.reached or fault.kind != "unreachable"
            return fault
        finally:
            leave()

    async def exchange(self, path: str, *, content: bytes | None = None, timeout_s: float) -> object:
        """Send one request, past the queue and without patience, and return the JSON of the reply.

        A server nearby is asked straight. To others goes the SDK's own path for requests that it has no words for: its
        typed call reads the request and the reply into classes that are thrown away here, for twice the time.

        Args:
            path: After ``/v1``, or a whole address.
            content: JSON to post; None = get what is there.
            timeout_s: How long to wait.

        Raises:
            Exception: Whatever `fault_of` understands.
        """
        connect_s = min(CONNECT_S, timeout_s)
        if self._is_near:
            url = path if "://" in path else self.url + path
            reply = await self._plain.send(url, headers=self._plain_headers, content=content, connect_s=connect_s)
            return _json_of(reply)
        import openai

        client = next(self._turns)
        options: Any = {"headers": self._headers, "timeout": openai.Timeout(timeout_s, connect=connect_s)}
        if content is None:
            return await client.get(path, cast_to=object, options=options)
        return await client.post(path, cast_to=object, content=content, options=options)

    @cached_property
    def _clients(self) -> tuple[AsyncOpenAI, ...]:
        return tuple(self._new_client() for _ in range(CLIENTS))

    @cached_property
    def _turns(self) -> Iterator[AsyncOpenAI]:
        return cycle(self._clients)

    def _new_client(self) -> AsyncOpenAI:
        import openai

        http_client = openai.DefaultAsyncHttpxClient(
            trust_env=urlsplit(self.url).hostname not in LOOPBACK,  # a proxy could not reach it
            verify=urlsplit(self.url).scheme == "https",  # loading certificates takes its time
            follow_redirects=False,  # pictures and key go to this server and to no other
        )
        return openai.AsyncOpenAI(
            base_url=self.url,
            max_retries=0,
            http_client=http_client,
            # Said outright, or the SDK would take them from the environment and show them to any server.
            api_key=self._api_key or "none",
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
        )

    @cached_property
    def _plain_headers(self) -> dict[str, str]:
        key = {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        return {"Accept": JSON, "Content-Type": JSON, "User-Agent": "behaviorvlm", **key}

    @cached_property
    def _headers(self) -> dict[str, Any]:
        """Headers of every request of the SDK: our key or none, and nothing that the SDK finds in the environment."""
        import openai

        omit = openai.Omit()
        dropped = [name for name in self._clients[0].default_headers if name.lower() not in _KEPT_HEADERS]
        headers: dict[str, Any] = dict.fromkeys([*dropped, "x-stainless-retry-count", "x-stainless-read-timeout"], omit)
        headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        headers["Authorization"] = f"Bearer {self._api_key}" if self._api_key else omit
        return headers


def _json_of(reply: PlainReply) -> object:
    """Return the JSON of a reply, or its text if it is none.

    Raises:
        RefusedRequestError: If its status is no success.
    """
    try:
        body = json.loads(reply.content)
    except ValueError:
        body = reply.content.decode("utf-8", "replace")
    if not 200 <= reply.status < 300:
        raise RefusedRequestError(reply.status, body, reply.headers)
    return body


class _Failures:
    """The failures of one request, and how long to go on."""

    def __init__(self, server: ModelServer, binding: ModelBinding) -> None:
        self._server, self._binding = server, binding
        self._count = self._malformed = 0
        self._first_s = 0.0

    def pause_after(self, fault: Fault) -> float:
        """Return the seconds to wait before the next try.

        Raises:
            ModelServerError: If there should be none.
        """
        now_s = asyncio.get_running_loop().time()
        self._first_s = self._first_s if self._count else now_s
        self._count += 1
        self._malformed += fault.kind == "malformed"
        tried_s = now_s - self._first_s
        left_s = self._patience_s(fault) - tried_s
        hopeless = fault.kind == "final" or self._malformed >= MALFORMED_REPLIES
        if hopeless or left_s <= 0 or fault.retry_after_s > left_s:
            raise self._error(fault, tried_s)
        pause_s = min(LONGEST_PAUSE_S, SHORTEST_PAUSE_S * 2.0 ** (self._count - 1)) * random.uniform(0.5, 1.0)
        return max(fault.retry_after_s, min(pause_s, left_s))

    def _patience_s(self, fault: Fault) -> float:
        patience_s = self._binding.patience_s
        if fault.kind == "unreachable" and not self._server.reached:
            return min(patience_s, FIRST_CONTACT_S)
        return patience_s

    def _error(self, fault: Fault, tried_s: float) -> ModelServerError:
        tried = f" in {self._count} tries over {tried_s:.0f} s" if self._count > 1 else ""
        waits = f"; it asks to wait {fault.retry_after_s:.4g} s" if fault.retry_after_s else ""
        return ModelServerError(
            f"the model {self._binding.name} gave no answer{tried}",
            where=self._server.url,
            actual=shortened(self._server.redacted(fault.words)) + waits,
            remedy=self._server.remedy(fault),
        )
