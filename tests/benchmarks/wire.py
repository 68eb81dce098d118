"""HTTP for load: as little of it as a server needs, so that the one who asks costs less than the one who answers.

Both sides of a comparison go through this same client. Knows nothing of what is asked.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    reader: asyncio.StreamReader
    headers: Mapping[str, str]

    async def body(self) -> bytes:
        if "content-length" in self.headers:
            return await self.reader.readexactly(int(self.headers["content-length"]))
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """The chunks of a chunked body as they come."""
        while size := int(await self.reader.readline() or b"0", 16):
            yield (await self.reader.readexactly(size + 2))[:-2]

    async def lines(self) -> AsyncIterator[str]:
        rest = b""
        async for piece in self.pieces():
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.decode()


@asynccontextmanager
async def request(
    url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: Any = None
) -> AsyncIterator[Response]:
    """Over a connection of its own, which closes with the block. Raises when the answer is an error."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        content = b"" if body is None else json.dumps(body).encode()
        told = {"Host": parts.netloc, "Content-Type": "application/json", "Content-Length": len(content)}
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        response = await _response(reader)
        if response.status >= 400:
            raise RuntimeError(f"{method} {url}: {response.status} {(await response.body())[:500]!r}")
        yield response
    finally:
        writer.close()


async def _response(reader: asyncio.StreamReader) -> Response:
    status = int((await reader.readline()).split()[1])
    headers = {}
    while line := (await reader.readline()).strip():
        name, _, value = line.decode().partition(": ")
        headers[name.lower()] = value
    return Response(status, reader, headers)


async def ask(url: str, *, headers: Mapping[str, str] | None = None, body: Any = None) -> Any:
    """The JSON that a POST answers with."""
    async with request(url, method="POST", headers=headers, body=body or {}) as response:
        return json.loads(await response.body())
