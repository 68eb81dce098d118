"""A way to a model server that costs little for each token: httpx's transport, over asyncio's streams and a parser in C.

httpx's own way passes each chunk of a stream through a dozen layers of Python, which on a busy web process costs more
than all the rest of an answer. Here whatever has come since the last look is one piece. HTTP/1.1; proxies, redirects and
errors are httpx's.
"""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import httptools
import httpx

_AT_ONCE = 256 * 1024  # bytes
_KEPT_IDLE = 100  # connections of one address
Address = tuple[str, int, bool]


class StreamTransport(httpx.AsyncBaseTransport):
    """Keeps connections open between requests. Belongs to one event loop, as they do."""

    def __init__(self) -> None:
        self._idle: dict[Address, list[_Connection]] = defaultdict(list)
        self._trust: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        timeout = request.extensions.get("timeout", {})
        connection = await self._connection(_address(request.url), timeout=timeout)
        try:
            await connection.send(_head(request) + content, patience=timeout.get("write"))
            answer = _Answer(connection, patience=timeout.get("read"))
            await answer.begin()
        except BaseException:
            connection.close()
            raise
        stream = _Body(answer, self._idle[connection.address])
        return httpx.Response(answer.status, headers=answer.headers, stream=stream)

    async def aclose(self) -> None:
        for connections in self._idle.values():
            while connections:
                connections.pop().close()

    async def _connection(self, address: Address, *, timeout: dict[str, Any]) -> "_Connection":
        idle = self._idle[address]
        while idle:
            connection = idle.pop()
            if connection.is_open:
                return connection
            connection.close()
        host, port, is_secret = address
        try:
            async with asyncio.timeout(timeout.get("connect")):
                reader, writer = await asyncio.open_connection(
                    host, port, ssl=self._certificates() if is_secret else None, limit=_AT_ONCE
                )
        except TimeoutError as error:
            raise httpx.ConnectTimeout(f"{host}:{port} does not answer.") from error
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        return _Connection(address, reader, writer)

    def _certificates(self) -> ssl.SSLContext:
        self._trust = self._trust or httpx.create_ssl_context()
        return self._trust


class _Connection:
    def __init__(self, address: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.address, self._reader, self._writer = address, reader, writer

    @property
    def is_open(self) -> bool:
        return not self._reader.at_eof() and not self._writer.is_closing()

    async def send(self, content: bytes, *, patience: float | None) -> None:
        try:
            async with asyncio.timeout(patience):
                self._writer.write(content)
                await self._writer.drain()
        except TimeoutError as error:
            raise httpx.WriteTimeout("The request was not taken.") from error
        except OSError as error:
            raise httpx.WriteError(str(error)) from error

    async def receive(self, *, patience: float | None) -> bytes:
        """What has come; empty at the end."""
        try:
            async with asyncio.timeout(patience):
                return await self._reader.read(_AT_ONCE)
        except TimeoutError as error:
            raise httpx.ReadTimeout("Nothing came.") from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error

    def close(self) -> None:
        self._writer.close()


class _Answer:
    """What the parser has understood so far; its methods without a line below are the parser's."""

    def __init__(self, connection: _Connection, *, patience: float | None) -> None:
        self.connection, self._patience = connection, patience
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._has_begun = False
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_over = self._is_kept = False

    @property
    def status(self) -> int:
        return int(self._parser.get_status_code())

    @property
    def may_be_followed(self) -> bool:
        """Whether the connection can be used again."""
        return self.is_over and self._is_kept and self.connection.is_open

    async def begin(self) -> None:
        """Until the headers are there."""
        while not self._has_begun:
            await self._read()

    async def pieces(self) -> AsyncIterator[bytes]:
        while True:
            if self._pieces:
                content, self._pieces = b"".join(self._pieces), []
                yield content
            elif self.is_over:
                return
            else:
                await self._read()

    async def _read(self) -> None:
        received = await self.connection.receive(patience=self._patience)
        if not received:
            self._end_without_length()
            return
        try:
            self._parser.feed_data(received)
        except httptools.HttpParserError as error:
            raise httpx.RemoteProtocolError(f"The server does not speak HTTP: {error}") from error

    def _end_without_length(self) -> None:
        """The connection was closed: which ends an answer whose length nobody told."""
        told = {name.lower() for name, _ in self.headers}
        if not self._has_begun or told & {b"content-length", b"transfer-encoding"}:
            raise httpx.RemoteProtocolError("The server left in the middle of its answer.")
        self.is_over = True

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self.status == 100:  # go on
            self.headers.clear()
        else:
            self._has_begun = True

    def on_body(self, content: bytes) -> None:
        self._pieces.append(content)

    def on_message_complete(self) -> None:
        self.is_over = self._has_begun
        self._is_kept = bool(self._parser.should_keep_alive())


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: _Answer, idle: list[_Connection]) -> None:
        self._answer, self._idle = answer, idle

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._answer.pieces():
            yield piece

    async def aclose(self) -> None:
        if self._answer.may_be_followed and len(self._idle) < _KEPT_IDLE:
            self._idle.append(self._answer.connection)
        else:
            self._answer.connection.close()


def _address(url: httpx.URL) -> Address:
    is_secret = url.scheme == "https"
    return url.host, url.port or (443 if is_secret else 80), is_secret


def _head(request: httpx.Request) -> bytes:
    lines = [f"{request.method} ".encode() + request.url.raw_path + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    return b"\r\n".join([*lines, b"", b""])
