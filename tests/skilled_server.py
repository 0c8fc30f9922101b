"""A server on loopback with a model that can do what a test says, for what asks servers about themselves."""

from __future__ import annotations

import base64
import json
import struct
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from behaviorvlm.chat.capabilities_pictures import COLORS, plain_mp4

ODD = '{"word": "zorbl", "number": 42}'


@dataclass
class Skills:
    """What the model can do and how its server shows it.

    ``modes``: obeyed ways of asking for JSON; ``refused``: what an HTTP error answers, by ``json_schema``, ``picture``,
    ``pictures``, ``video_url``, ``input_video``; ``sees``: False = it says red whatever is shown; ``pages``: JSON by
    path; ``key``: the key that is wanted; ``slots``: requests worked on at once, each for ``seconds``.
    """

    names: tuple[str, ...] = ("tiny",)
    modes: frozenset[str] = frozenset({"json_schema", "json_object", "text"})
    refused: Mapping[str, int] = field(default_factory=dict)
    sees: bool = True
    entry: Mapping[str, Any] = field(default_factory=dict)
    pages: Mapping[str, Any] = field(default_factory=dict)
    message: Mapping[str, Any] = field(default_factory=dict)
    served: str = ""
    key: str | None = None
    slots: int = 64
    seconds: float = 0.0


class SkilledServer:
    """A context manager; ``url`` ends in ``/v1``."""

    def __init__(self, **skills: Any) -> None:
        self.skills = Skills(**skills)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.room = threading.Semaphore(self.skills.slots)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> SkilledServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reply(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Return status and JSON for a request."""
        if path == "/v1/models":
            return 200, {"data": [{"id": name, **self.skills.entry} for name in self.skills.names]}
        if path in self.skills.pages:
            return 200, self.skills.pages[path]
        if (method, path) != ("POST", "/v1/chat/completions"):
            return 404, {"error": {"message": "no such page"}}
        return self._chat(body)

    def _chat(self, body: dict[str, Any]) -> tuple[int, Any]:
        self.requests.append(body)
        if self.skills.names and body["model"] not in self.skills.names:
            return 404, {"error": {"message": f"the model {body['model']} does not exist"}}
        for feature in _features(body):
            if feature in self.skills.refused:
                return self.skills.refused[feature], {"error": {"message": f"no {feature} here"}}
        with self.room:
            time.sleep(self.skills.seconds)
            message = {"role": "assistant", "content": self._answer(body), **self.skills.message}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        name = self.skills.served or body["model"]
        return 200, {"model": name, "choices": [choice], "usage": {"completion_tokens": 7, "prompt_tokens": 9}}

    def _answer(self, body: dict[str, Any]) -> str:
        mode = body.get("response_format", {}).get("type", "text")
        text = _text(body)
        if mode == "json_schema" or "zorbl" in text:
            return ODD if mode in self.skills.modes else "Hello there."
        if "color" in text:
            return f"It is {_color(body) if self.skills.sees else 'red'}."
        return "Hello there."


class _Handler(BaseHTTPRequestHandler):
    owner: SkilledServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for each other

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        self._serve(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def _serve(self, body: dict[str, Any]) -> None:
        self.owner.headers.append({name.lower(): value for name, value in self.headers.items()})
        key, shown = self.owner.skills.key, self.headers.get("authorization", "")
        status, value = self.owner.reply(self.command, self.path, body)
        if key is not None and shown != f"Bearer {key}":
            status, value = 401, {"error": {"message": f"wrong key {shown}"}}
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    content = body["messages"][-1]["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text(body: dict[str, Any]) -> str:
    return "\n".join(part["text"] for part in _parts(body) if part["type"] == "text")


def _features(body: dict[str, Any]) -> list[str]:
    kinds = [part["type"] for part in _parts(body)]
    pictures = kinds.count("image_url")
    features = [kind for kind in kinds if kind in ("video_url", "input_video")]
    features += ["picture"] * (pictures > 0) + ["pictures"] * (pictures > 1)
    return [*features, body.get("response_format", {}).get("type", "text")]


def _color(body: dict[str, Any]) -> str:
    part = next(part for part in _parts(body) if part["type"] != "text")
    content = base64.b64decode(part[part["type"]]["url"].partition(",")[2])
    if part["type"] != "image_url":
        return next(color for color in COLORS if plain_mp4(color) == content)
    return next(color for color, value in COLORS.items() if value == _first_pixel(content))


def _first_pixel(png: bytes) -> tuple[int, ...]:
    at = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[at - 4 : at])
    return tuple(zlib.decompress(png[at + 4 : at + 4 + length])[1:4])
