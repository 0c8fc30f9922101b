"""HTTP/1.1 without encryption, straight on asyncio: how a server nearby is asked.

The SDK and its transport take more of the processor for a request than all that a question says and shows. This keeps a
pile of idle connections and takes the top one. It knows no proxies and no certificates: where there are any, the SDK's
own path is used.
"""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_HEAD = 2**18
"""Bytes of a reply's head, or of one line of its body; a longer one is none."""
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
NO_BODY = {204, 304}

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class LineError(Exception):
    """A server nearby broke off in the middle, or does not speak HTTP."""


class NoConnectionError(LineError):
    """A server nearby cannot be reached."""


@dataclass(frozen=True)
class PlainReply:
    """A reply, read to its end.

    Attributes:
        status: HTTP's.
        headers: Names in lower case.
        content: The body.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes


def reached_plainly(url: str) -> bool:
    """Return whether a server is spoken to without encryption and without a proxy between."""
    parts = urlsplit(url)
    direct = parts.hostname in LOOPBACK or not urllib.request.getproxies()
    return parts.scheme == "http" and url.isascii() and direct


class PlainHttp:
    """Asks servers, each request on a connection of its own. For one event loop."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int], list[Stream]] = {}

    async def send(
        self, url: str, *, headers: Mapping[str, str], content: bytes | None = None, connect_s: float = 30.0
    ) -> PlainReply:
        """Return the reply to a request, whatever its status.

        Args:
            url: Where it goes, ASCII.
            headers: What is said beside host and length.
            content: What is posted; None = get what is there.
            connect_s: How long to wait for a new connection.

        Raises:
            LineError: If the server cannot be reached, or breaks off.
        """
        parts = urlsplit(url)
        address = parts.hostname or "", parts.port or 80
        reader, writer = await self._connected(address, connect_s)
        try:
            with _as_line_errors():
                writer.write(_head(url, headers, content) + (content or b""))
                status, told = await _read_head(reader)
                body, ended = await _read_body(reader, status, told)
        except BaseException:  # cancelled, too: what is still to come would be taken for the next reply
            writer.transport.abort()
            raise
        if ended:
            writer.close()
        else:
            self._idle.setdefault(address, []).append((reader, writer))
        return PlainReply(status, told, body)

    async def close(self) -> None:
        """Close all idle connections."""
        for streams in self._idle.values():
            for _, writer in streams:
                writer.close()
        self._idle.clear()

    async def _connected(self, address: tuple[str, int], timeout_s: float) -> Stream:
        """Return the connection that was used last, if the server has not closed it; else a new one."""
        idle = self._idle.get(address, [])
        while idle:
            reader, writer = idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.open_connection(*address, limit=LONGEST_HEAD)
        except TimeoutError as error:
            raise NoConnectionError(f"no connection within {timeout_s:g} s") from error
        except OSError as error:
            raise NoConnectionError(f"no connection: {error}") from error


@contextmanager
def _as_line_errors() -> Iterator[None]:
    try:
        yield
    except asyncio.IncompleteReadError as error:
        what = "in the middle of its reply" if error.partial else "without a reply"
        raise LineError(f"the server closed the connection {what}") from error
    except (asyncio.LimitOverrunError, ValueError) as error:
        raise LineError(f"the reply is not HTTP: {error}") from error
    except OSError as error:
        raise LineError(str(error)) from error


def _head(url: str, headers: Mapping[str, str], content: bytes | None) -> bytes:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    method, length = ("GET", {}) if content is None else ("POST", {"Content-Length": str(len(content))})
    lines = [f"{name}: {value}" for name, value in {"Host": parts.netloc, **headers, **length}.items()]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode("latin-1")


async def _read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Return status and headers, names in lower case; what a server says before its reply (1xx) is passed over."""
    status = 100
    while 100 <= status < 200:
        first, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
        version, _, rest = first.partition(b" ")
        if not version.startswith(b"HTTP/1."):
            raise ValueError(first[:40].decode("latin-1"))
        status = int(rest[:3])
    named = (line.decode("latin-1").partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in named}
    if version == b"HTTP/1.0":
        headers.setdefault("connection", "close")
    return status, headers


async def _read_body(reader: asyncio.StreamReader, status: int, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    """Return the body, and whether the connection is of no more use."""
    ended = headers.get("connection", "").lower() == "close"
    if status in NO_BODY:
        return b"", ended
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return b"".join([chunk async for chunk in _chunks(reader)]), ended
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"])), ended
    return await reader.read(), True


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        yield (await reader.readexactly(size + 2))[:-2]
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
