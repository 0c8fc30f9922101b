"""A scriptable OpenAI-compatible server on loopback, with slots, latency and faults.

In a thread of a test::

    with ChatServer(answer=lambda request: '{"number": 3}', slots=4, latency_s=0.01) as server:
        ...  # server.url, server.requests, server.restart(down_s=1.0)

or in a process of its own, for benchmarks: ``python tests/chat_server.py --slots 32 --latency 0.2`` prints its URL and
serves until its standard input ends. It is lean on purpose (HTTP/1.1, keep-alive, nothing else): it must not be what a
benchmark measures.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Request = Mapping[str, Any]
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}
STEPS_TO_LET_IN = 8
"""Turns of the event loop; from accepting a connection to the first line of its task it takes fewer."""
KEPT_REQUESTS = 1000
"""What a test can look at afterwards; a server that runs long with large pictures keeps none."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    ``kind``: ``status`` (an HTTP error), ``stall`` (no reply for `seconds`), ``malformed`` (a body that is no JSON),
    ``cut`` (the connection ends in the middle of the body), ``reset`` (it ends before anything is said),
    ``answer`` (a sound reply with `text` in it, ending by `finish_reason`).
    """

    kind: str
    status: int = 500
    retry_after: str | None = None
    location: str | None = None
    seconds: float = 3600.0
    text: str = ""
    finish_reason: str = "stop"


def faults_in_order(faults: Iterable[Fault | None]) -> Callable[[Request], Fault | None]:
    """Return a script: the first request meets the first fault; later ones than the last meet none."""
    left = iter(faults)
    return lambda request: next(left, None)


def random_faults(shares: Mapping[Fault, float], *, seed: int) -> Callable[[Request], Fault | None]:
    """Return a script in which each fault meets its share of the requests, at random."""
    dice, kinds = random.Random(seed), list(shares)
    weights = [shares[kind] for kind in kinds]
    return lambda request: dice.choices([*kinds, None], [*weights, 1 - sum(weights)])[0]


@dataclass
class Script:
    """What the server does.

    ``answer``: the text of the reply to a request's JSON; ``latency_s``: how long a slot is busy with it;
    ``model``: the name it serves, "" = whatever is asked for; ``models``: what it lists and takes, empty = any;
    ``key``: the key it wants; ``message``: more fields of the reply's message; ``usage``: tokens it counts.
    """

    answer: Callable[[Request], str] = lambda request: '{"number": 3}'
    slots: int = 64
    latency_s: float = 0.0
    fault: Callable[[Request], Fault | None] = lambda request: None
    model: str = ""
    models: tuple[str, ...] = ()
    key: str | None = None
    message: Mapping[str, Any] = field(default_factory=dict)
    usage: Mapping[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    )


class Connections:
    """The server's side of every connection, on one event loop."""

    def __init__(self, script: Script, *, kept_requests: int = KEPT_REQUESTS) -> None:
        self.script = script
        self.kept_requests = kept_requests
        self.requests: list[dict[str, Any]] = []  # the first `kept_requests`
        self.headers: list[dict[str, str]] = []
        self.counts: Counter[str] = Counter()
        self.in_flight = self.most_in_flight = 0
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._slots = asyncio.Semaphore(script.slots)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=512, limit=2**22)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        if self._server is not None:
            # Who is being let in when asyncio closes a server is left with half a transport: the door first, and wait.
            for listening in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listening)
            for _ in range(STEPS_TO_LET_IN):
                await asyncio.sleep(0)
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._slots = asyncio.Semaphore(self.script.slots)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()  # the client left, or we are told to die
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.counts["http"] += 1
        if len(self.headers) < self.kept_requests:
            self.headers.append(headers)
        if self.script.key is not None and headers.get("authorization") != f"Bearer {self.script.key}":
            said = f"Incorrect API key provided: {headers.get('authorization', '')}"
            return self._send(writer, 401, {"error": {"message": said, "code": "invalid_api_key"}})
        if method == "GET" and path == "/v1/models":
            listed = [{"id": name, "object": "model"} for name in self.script.models]
            return self._send(writer, 200, {"object": "list", "data": listed})
        if path != "/v1/chat/completions":
            return self._send(writer, 404, {"detail": "Not Found"})
        return await self._chat(json.loads(body), reader, writer)

    async def _chat(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if len(self.requests) < self.kept_requests:
            self.requests.append(dict(request))
        if self.script.models and request["model"] not in self.script.models:
            return self._send(writer, 404, {"error": {"message": f"The model `{request['model']}` does not exist."}})
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            fault = self.script.fault(request)
            if fault is not None and fault.kind != "answer":
                return await self._fail(fault, writer)
            async with self._slots:
                if self.script.latency_s:
                    await asyncio.sleep(self.script.latency_s)
            return self._send(writer, 200, self._reply(request, fault))
        finally:
            self.in_flight -= 1

    async def _fail(self, fault: Fault, writer: asyncio.StreamWriter) -> bool:
        self.counts[fault.kind if fault.kind != "status" else str(fault.status)] += 1
        if fault.kind == "stall":
            await asyncio.sleep(fault.seconds)
            return False
        if fault.kind == "malformed":
            return self._send_raw(writer, 200, b'{"choices": [{"message": {"content": "{')
        if fault.kind == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{")
            await writer.drain()
            return False
        if fault.kind == "reset":
            return False
        named = {"retry-after": fault.retry_after, "location": fault.location}
        more = {name: value for name, value in named.items() if value is not None}
        return self._send(writer, fault.status, {"error": {"message": fault.text or "a fault on purpose"}}, more)

    def _reply(self, request: Request, fault: Fault | None) -> dict[str, Any]:
        self.counts["answered"] += 1
        text = self.script.answer(request) if fault is None else fault.text
        reason = "stop" if fault is None else fault.finish_reason
        message = {"role": "assistant", "content": text, **self.script.message}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": self.script.model or request["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": reason}],
            **({} if self.script.usage is None else {"usage": self.script.usage}),
        }

    def _send(
        self, writer: asyncio.StreamWriter, status: int, value: object, headers: Mapping[str, str] | None = None
    ) -> bool:
        return self._send_raw(writer, status, json.dumps(value).encode(), headers)

    def _send_raw(
        self, writer: asyncio.StreamWriter, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> bool:
        lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        head = (
            f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n{lines}\r\n"
        )
        writer.write(head.encode() + body)
        return True


class ChatServer:
    """The server in a thread; a context manager. What it was asked stands in `requests`, `headers` and `counts`."""

    def __init__(self, **script: Any) -> None:
        self.script = Script(**script)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._connections = Connections(self.script)

    def __enter__(self) -> ChatServer:
        self._thread.start()
        self._call(self._connections.open())
        return self

    def __exit__(self, *error: object) -> None:
        self._call(self._connections.shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._connections.port}/v1"

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self._connections.requests

    @property
    def headers(self) -> list[dict[str, str]]:
        return self._connections.headers

    @property
    def counts(self) -> Counter[str]:
        return self._connections.counts

    @property
    def most_in_flight(self) -> int:
        return self._connections.most_in_flight

    def stop(self) -> None:
        """Drop every connection and refuse new ones."""
        self._call(self._connections.shut())

    def start(self) -> None:
        """Listen again, at the same address."""
        self._call(self._connections.open())

    def restart(self, *, down_s: float) -> None:
        """Stop now and start again after a while; returns at once."""
        self.stop()
        threading.Timer(down_s, self.start).start()

    def _call(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()


async def _serve(script: Script) -> None:
    connections = Connections(script)
    await connections.open()
    print(f"http://127.0.0.1:{connections.port}/v1", flush=True)  # noqa: T201 - its only word to the process that started it
    await asyncio.to_thread(sys.stdin.read)
    await connections.shut()


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds a slot is busy with an answer")
    parser.add_argument("--answer", default='{"number": 3}')
    options = parser.parse_args()
    script = Script(answer=lambda request: options.answer, slots=options.slots, latency_s=options.latency)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(script))


if __name__ == "__main__":
    main()
