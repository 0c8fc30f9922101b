"""How a server nearby is asked: every shape of reply, connections kept and given up, failures told apart."""

import asyncio
import gc
import socket
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

import pytest
from chat_server import ChatServer

from behaviorvlm.chat.plain_http import LineError, NoConnectionError, PlainHttp, reached_plainly

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"


class Server:
    """Answers the requests of all its connections from a list of raw replies; `None` closes without a word."""

    def __init__(self, replies):
        self.replies, self.requests, self.port = iter(replies), [], 0
        self.last_word, self.conversations = asyncio.Event(), []

    @property
    def connections(self):
        return len(self.conversations)

    async def accept(self, reader, writer):
        self.conversations.append(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(length[0].partition(b":")[2])) if length else b""
                self.requests.append((head, body))
                reply = next(self.replies)
                if reply is not None:
                    writer.write(reply.removesuffix(b"<close>"))
                if reply is None or reply.endswith(b"<close>"):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
        self.last_word.set()


@asynccontextmanager
async def asking(*replies):
    server = Server(replies)
    async with await asyncio.start_server(server.accept, "127.0.0.1", 0) as listening:
        server.port = listening.sockets[0].getsockname()[1]
        line = PlainHttp()
        yield partial(ask, line, f"http://127.0.0.1:{server.port}/v1"), server
        await line.close()
        await asyncio.wait_for(asyncio.gather(*server.conversations), 5)  # every connection was closed


async def ask(line, base, path, **more):
    return await line.send(base + path, **{"headers": {}, **more})


def test_a_request_goes_out_whole_and_the_connection_is_used_again():
    async def work():
        async with asking(OK, OK) as (ask, server):
            await ask("/chat?a=b", content=b"x" * 300_000, headers={"Authorization": "Bearer key"})
            reply = await ask("/models")
        (head, body), (second, nothing) = server.requests
        assert head.startswith(b"POST /v1/chat?a=b HTTP/1.1\r\n")
        assert b"\r\nauthorization: bearer key\r\n" in head.lower()
        assert f"\r\nhost: 127.0.0.1:{server.port}\r\n".encode() in head.lower()
        assert body == b"x" * 300_000
        assert (second.partition(b"\r\n")[0], nothing) == (b"GET /v1/models HTTP/1.1", b"")
        assert (reply.status, reply.content, server.connections) == (200, b"{}", 1)

    asyncio.run(work())


@pytest.mark.parametrize(
    ("reply", "status", "content", "connections"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, b"abc", 1),
        (CHUNKED + b"2\r\nab\r\n1;x=y\r\nc\r\n0\r\nEnd: 1\r\n\r\n", 200, b"abc", 1),
        (b"HTTP/1.1 200 OK\r\n\r\nabc<close>", 200, b"abc", 2),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc<close>", 200, b"abc", 2),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc<close>", 200, b"abc", 2),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", 200, b"abc", 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", 1),
        (b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n", 429, b"", 1),
    ],
)
def test_every_shape_of_reply_is_read_to_its_end_and_no_farther(reply, status, content, connections):
    async def work():
        async with asking(reply, OK) as (ask, server):
            first = await ask("/")
            second = await ask("/")
        assert (first.status, first.content) == (status, content)
        assert (second.status, second.content, server.connections) == (200, b"{}", connections)

    asyncio.run(work())


def test_a_connection_that_the_server_closed_meanwhile_is_not_used():
    async def work():
        async with asking(OK + b"<close>", OK) as (ask, server):
            await ask("/")
            await server.last_word.wait()
            await asyncio.sleep(0.05)  # until its end of the line has reached us
            assert (await ask("/")).content == b"{}"
        assert server.connections == 2

    asyncio.run(work())


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (None, "without a reply"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc<close>", "in the middle"),
        (CHUNKED + b"zz\r\n", "not HTTP"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "not HTTP: SSH-2.0"),
        (b"HTTP/1.1 OK\r\n\r\n", "not HTTP"),
    ],
)
def test_a_broken_reply_is_an_error_of_the_line_and_the_connection_is_given_up(reply, words):
    async def work():
        async with asking(reply, OK) as (ask, server):
            with pytest.raises(LineError, match=words) as caught:
                await ask("/")
            assert not isinstance(caught.value, NoConnectionError)
            assert (await ask("/")).content == b"{}"
        assert server.connections == 2

    asyncio.run(work())


def test_nobody_there_and_no_connection_in_time_are_told():
    async def work():
        async with asking() as (_, server):
            gone = server.port
        with pytest.raises(NoConnectionError, match="no connection: "):
            await PlainHttp().send(f"http://127.0.0.1:{gone}/", headers={})
        with pytest.raises(NoConnectionError, match="within 0 s"):
            await PlainHttp().send(f"http://127.0.0.1:{gone}/", headers={}, connect_s=0.0)

    asyncio.run(work())


def test_a_reply_that_is_not_waited_for_is_never_taken_for_the_next():
    async def work():
        async with asking(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab", OK) as (ask, server):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await ask("/")
            assert (await ask("/")).content == b"{}"
        assert server.connections == 2

    asyncio.run(work())


@pytest.mark.parametrize(
    ("url", "proxy", "plain"),
    [
        ("http://gpu1:8000/v1", None, True),
        ("http://gpu1:8000/v1", "http://proxy:3128", False),
        ("http://127.0.0.1:8000/v1", "http://proxy:3128", True),
        ("https://gpu1:8000/v1", None, False),
        ("https://localhost:8000/v1", None, False),
        ("http://zürich:8000/v1", None, False),
    ],
)
def test_only_servers_without_encryption_and_proxy_are_reached_plainly(monkeypatch, url, proxy, plain):
    monkeypatch.setattr("urllib.request.getproxies", lambda: {} if proxy is None else {"http": proxy})
    assert reached_plainly(url) is plain


def test_the_server_of_the_tests_can_stop_while_it_lets_clients_in():
    for _ in range(20):
        with ChatServer() as server, ExitStack() as clients:
            for _ in range(8):
                client = clients.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", urlsplit(server.url).port))
            server.stop()
        gc.collect()  # a connection that was left half open would be warned of here
