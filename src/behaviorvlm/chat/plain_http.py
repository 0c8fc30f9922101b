"""HTTP/1.1 without encryption, straight on asyncio: how the SDK's requests reach a server nearby.

The SDK's own transport asks every connection it holds before each request and goes through four libraries; it takes
more of the processor than a question's pictures. This one keeps a pile of idle connections and takes the top one. It
knows no proxies and no certificates: where there are any, the SDK's own is used.
"""

from __future__ import annotations

import asyncio
import importlib
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from httpx2 import Request, Response

LONGEST_HEAD = 2**18
"""Bytes of a reply's head, or of one line of its body; a longer one is none."""
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
NO_BODY = {204, 304}

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Headers = list[tuple[bytes, bytes]]


def reached_plainly(url: str) -> bool:
    """Return whether a server is spoken to without encryption and without a proxy between."""
    parts = urlsplit(url)
    return parts.scheme == "http" and (parts.hostname in LOOPBACK or not urllib.request.getproxies())


class PlainHttp:
    """Sends requests of the SDK's HTTP client; a transport in its sense. For one event loop."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int], list[Stream]] = {}

    async def handle_async_request(self, request: Request) -> Response:
        """Return the reply to a request of the HTTP library, its body read to the end.

        Raises:
            TransportError: Of the HTTP library: if the server cannot be reached, or breaks off.
        """
        address = request.url.host, request.url.port or 80
        body = await request.aread()
        reader, writer = await self._connected(address, request.extensions.get("timeout", {}).get("connect"))
        try:
            with _as_transport_errors(_library()):
                writer.write(_head(request) + body)
                status, headers = await _read_head(reader)
                content, ended = await _read_body(reader, status, dict(headers))
        except BaseException:  # cancelled, too: what is still to come would be taken for the next reply
            writer.transport.abort()
            raise
        if ended:
            writer.close()
        else:
            self._idle.setdefault(address, []).append((reader, writer))
        reply: Response = _library().Response(status, headers=headers, content=content, request=request)
        return reply

    async def aclose(self) -> None:
        """Close all idle connections."""
        for streams in self._idle.values():
            for _, writer in streams:
                writer.close()
        self._idle.clear()

    async def _connected(self, address: tuple[str, int], timeout_s: float | None) -> Stream:
        """Return the connection that was used last, if the server has not closed it; else a new one."""
        idle = self._idle.get(address, [])
        while idle:
            reader, writer = idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        library = _library()
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.open_connection(*address, limit=LONGEST_HEAD)
        except TimeoutError as error:
            raise library.ConnectTimeout(f"no connection within {timeout_s:g} s") from error
        except OSError as error:
            raise library.ConnectError(str(error)) from error


@cache
def _library() -> ModuleType:
    """Return the HTTP library that the SDK is built on: its name is not the same in every version."""
    import openai

    client = next(kind for kind in openai.DefaultAsyncHttpxClient.__mro__ if not kind.__module__.startswith("openai"))
    return importlib.import_module(client.__module__.partition(".")[0])


@contextmanager
def _as_transport_errors(library: ModuleType) -> Iterator[None]:
    try:
        yield
    except asyncio.IncompleteReadError as error:
        what = "in the middle of its reply" if error.partial else "without a reply"
        raise library.RemoteProtocolError(f"the server closed the connection {what}") from error
    except (asyncio.LimitOverrunError, ValueError) as error:
        raise library.RemoteProtocolError(f"the reply is not HTTP: {error}") from error
    except OSError as error:
        raise library.ReadError(str(error)) from error


def _head(request: Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    return b"\r\n".join([*lines, b"", b""])


async def _read_head(reader: asyncio.StreamReader) -> tuple[int, Headers]:
    """Return status and headers, names in lower case; what a server says before its reply (1xx) is passed over."""
    status = 100
    while 100 <= status < 200:
        first, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
        version, _, rest = first.partition(b" ")
        if not version.startswith(b"HTTP/1."):
            raise ValueError(first[:40].decode("latin-1"))
        status = int(rest[:3])
    named = (line.partition(b":") for line in lines)
    headers = [(name.strip().lower(), value.strip()) for name, _, value in named]
    if version == b"HTTP/1.0" and b"connection" not in dict(headers):
        headers.append((b"connection", b"close"))
    return status, headers


async def _read_body(reader: asyncio.StreamReader, status: int, headers: dict[bytes, bytes]) -> tuple[bytes, bool]:
    """Return the body, and whether the connection is of no more use."""
    ended = headers.get(b"connection", b"").lower() == b"close"
    if status in NO_BODY:
        return b"", ended
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return b"".join([chunk async for chunk in _chunks(reader)]), ended
    if b"content-length" in headers:
        return await reader.readexactly(int(headers[b"content-length"])), ended
    return await reader.read(), True


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        yield (await reader.readexactly(size + 2))[:-2]
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
