"""Another program, as the web server meets it: through the lane that its calls really take."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from apps.config.asgi import application


def client() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type] # Lanes takes the same three
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


@dataclass
class Program:
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers = {**bearer, **self.headers, **options.pop("headers", {})}
        async with client() as http:
            return await http.request(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.call("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        given = {} if body is None else {"json": body}
        return await self.call("POST", path, **given, **options)
