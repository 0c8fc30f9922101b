"""Who may talk to the app: this machine's browser alone, or whoever has the token; never another site's page.

A page anywhere on the web can make a browser send requests to a server on loopback. So every request, those of web
sockets included, must name a host that is ours, and must not come from another origin.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
COOKIE = "behaviorvlm_token"
UNKNOWN_VISITOR = "open the address with its token, as the command printed it"
FORBIDDEN, SEE_OTHER = 403, 303
POLICY_VIOLATION = 1008


@dataclass(frozen=True)
class Access:
    """An ASGI application in front of another one.

    Attributes:
        app: The one that answers.
        token: What a visitor must know; "" = none, and then only names of this machine are answered.
    """

    app: App
    token: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        fault = self._fault(headers)
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        if not fault and scope["type"] == "http" and self.token and _same(query.get("token", ""), self.token):
            await _answer(send, SEE_OTHER, "", headers=self._welcome(scope["path"], query))
        elif fault or (self.token and not _same(_cookie(headers), self.token)):
            await _refuse(
                scope, receive, send, fault=fault or "open the address with its token, as the command printed it"
            )
        else:
            await self.app(scope, receive, send)

    def _fault(self, headers: MutableMapping[str, str]) -> str:
        """Return why a request is not answered whoever sends it; "" if it may be."""
        host = headers.get("host", "")
        if not self.token and _name(host) not in LOOPBACK:
            return "this app answers to localhost only"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return "requests of another site's pages are refused"
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate":
            return "requests of another site's pages are refused"
        return ""

    def _welcome(self, path: str, query: MutableMapping[str, str]) -> list[tuple[bytes, bytes]]:
        """Return the headers that leave the token in a cookie, and take it out of the address."""
        kept = urlencode({key: value for key, value in query.items() if key != "token"})
        place = "/" + path.lstrip("/") + (f"?{kept}" if kept else "")
        cookie = f"{COOKIE}={self.token}; Path=/; HttpOnly; SameSite=Strict"
        return [(b"location", place.encode("latin-1")), (b"set-cookie", cookie.encode("latin-1"))]


def _name(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _cookie(headers: MutableMapping[str, str]) -> str:
    found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    return found.value if found else ""


async def _refuse(scope: Scope, receive: Receive, send: Send, *, fault: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": fault})
    else:
        await _answer(send, FORBIDDEN, fault, headers=[])


async def _answer(send: Send, status: int, words: str, *, headers: list[tuple[bytes, bytes]]) -> None:
    plain = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [plain, *headers]})
    await send({"type": "http.response.body", "body": words.encode()})
