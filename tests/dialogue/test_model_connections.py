"""The way to a model server, against servers that answer as HTTP allows it, and as it does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
ENDS_WITH_CONNECTION = OK + b"\r\nhello"
AFTER_ALL = b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE


class Server:
    """Says one thing to each request that comes."""

    def __init__(self, answer: bytes, *, closes: bool = False) -> None:
        self.answer, self.closes = answer, closes
        self.connections = self.requests = 0
        self.heard = b""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while head := await self._head(reader):
            self.requests += 1
            self.heard = head + await reader.readexactly(
                int(head.partition(b"content-length: ")[2].split()[0])
            )
            writer.write(self.answer)
            await writer.drain()
            if self.closes:
                break
        writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return (await reader.readuntil(b"\r\n\r\n")).lower()
        except asyncio.IncompleteReadError:
            return b""


@asynccontextmanager
async def asking(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    listening = await asyncio.start_server(server, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    try:
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}/v1/", timeout=0.5) as client:
            yield client
    finally:
        listening.close()


@pytest.mark.parametrize(
    ("answer", "closes"),
    [(WHOLE, False), (CHUNKED, False), (ENDS_WITH_CONNECTION, True), (AFTER_ALL, False)],
)
async def test_an_answer_is_read_however_its_end_is_told(answer, closes):
    async with asking(Server(answer, closes=closes)) as client:
        assert (await client.post("chat?a=1", json={"ask": "x"})).text == "hello"


async def test_what_is_asked_arrives_whole():
    server = Server(WHOLE)
    async with asking(server) as client:
        await client.post("chat?a=1", json={"ask": "退货"}, headers={"Authorization": "Bearer k"})
    assert server.heard.startswith(b"post /v1/chat?a=1 http/1.1\r\n")
    assert b"authorization: bearer k" in server.heard
    assert server.heard.endswith('{"ask":"退货"}'.encode())


async def test_a_connection_is_used_again():
    server = Server(CHUNKED)
    async with asking(server) as client:
        for _ in range(3):
            await client.post("chat", json={})
    assert (server.requests, server.connections) == (3, 1)


async def test_a_connection_that_was_closed_meanwhile_is_not():
    server = Server(CHUNKED, closes=True)
    async with asking(server) as client:
        for _ in range(3):
            assert (await client.post("chat", json={})).text == "hello"
            await asyncio.sleep(0.02)
    assert server.connections == 3


async def test_whoever_leaves_early_takes_the_connection_along():
    server = Server(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n")
    async with asking(server) as client:
        for _ in range(2):
            async with client.stream("POST", "chat", json={}) as response:
                assert await anext(response.aiter_bytes()) == b"he"
    assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "closes", "error"),
    [
        (OK + b"Content-Length: 9\r\n\r\nhello", True, httpx.RemoteProtocolError),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nhello", True, httpx.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH_9.2\r\n", False, httpx.ReadTimeout),
        (b"", True, httpx.RemoteProtocolError),
        (b"", False, httpx.ReadTimeout),
    ],
)
async def test_what_goes_wrong_is_one_of_httpx_errors(answer, closes, error):
    async with asking(Server(answer, closes=closes)) as client:
        with pytest.raises(error):
            await client.post("chat", json={})


async def test_nobody_there():
    async with httpx.AsyncClient(timeout=0.5) as client:
        with pytest.raises(httpx.ConnectError):
            await client.post("http://127.0.0.1:9/chat", json={})
