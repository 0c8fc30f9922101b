"""Who is let in: this machine's own pages, or who knows the token; web sockets as well as requests."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from behaviorvlm.review.access import COOKIE, Access


async def _inside(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


def asked(*, token: str = "", kind: str = "http", query: str = "", **headers: str) -> list[dict[str, Any]]:
    """Return what is sent for one request."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": "/", "query_string": query.encode(), "headers": named}
    asyncio.run(Access(_inside, token)(scope, receive, send))
    return sent


def status(**request: Any) -> int:
    return int(asked(**request)[0]["status"])


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "localhost", "[::1]:8080", "[::1]"])
def test_this_machine_is_answered(host: str) -> None:
    assert status(host=host) == 200
    assert status(host=host, origin=f"http://{host}") == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:8080"},
        {"host": ""},
        {},
        {"host": "127.0.0.1:8080", "origin": "http://evil.example"},
        {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:9999"},
        {"host": "127.0.0.1:8080", "origin": "null"},
        {"host": "localhost:8080", "sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"},
    ],
)
def test_other_sites_are_refused_in_requests_and_sockets(headers: dict[str, str]) -> None:
    assert status(**headers) == 403
    assert asked(kind="websocket", **headers)[0]["type"] == "websocket.close"


def test_a_link_from_elsewhere_may_be_followed() -> None:
    assert status(host="localhost:80", sec_fetch_site="cross-site", sec_fetch_mode="navigate") == 200


def test_the_token_becomes_a_cookie_and_leaves_the_address() -> None:
    (start, _) = asked(token="secret", host="lab:80", query="token=secret&a=1")
    headers = dict(start["headers"])
    assert start["status"] == 303 and headers[b"location"] == b"/?a=1"
    assert headers[b"set-cookie"] == f"{COOKIE}=secret; Path=/; HttpOnly; SameSite=Strict".encode()


@pytest.mark.parametrize("cookie", ["", f"{COOKIE}=other", "token=secret", f"{COOKIE}="])
def test_without_the_token_nothing_is_answered(cookie: str) -> None:
    assert status(token="secret", host="lab:80", cookie=cookie) == 403
    assert status(token="secret", host="lab:80", cookie=cookie, query="token=wrong") == 403
    assert asked(token="secret", kind="websocket", host="lab:80", cookie=cookie)[0]["type"] == "websocket.close"


def test_who_has_the_cookie_is_answered_but_not_another_site() -> None:
    known = {"token": "secret", "host": "lab:80", "cookie": f"{COOKIE}=secret"}
    assert status(**known) == 200
    assert status(**known, origin="http://evil.example") == 403


def test_a_path_cannot_send_a_visitor_elsewhere() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = {"type": "http", "path": "//evil.example", "query_string": b"token=t", "headers": [(b"host", b"lab")]}
    asyncio.run(Access(_inside, "t")(scope, send, send))
    assert dict(sent[0]["headers"])[b"location"] == b"/evil.example"
