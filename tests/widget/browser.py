"""A customer's browser, as far as the API can tell."""

from dataclasses import dataclass, field
from typing import Any

from django.test import AsyncClient

from apps.conversations.models import Site
from tests.conversations.cast import SHOP

API = "/api/widget/v1/"


@dataclass
class Browser:
    token: str = ""
    origin: str = SHOP
    headers: dict[str, str] = field(default_factory=dict)
    client: AsyncClient = field(default_factory=AsyncClient)

    async def get(self, path: str, **headers: str) -> Any:
        return await self.client.get(API + path, headers=self._headers(headers))

    async def post(
        self, path: str, body: Any = None, *, raw: bytes | str | None = None, **headers: str
    ) -> Any:
        kind = headers.pop("content_type", "application/json")
        data = raw if raw is not None else ({} if body is None else body)
        return await self.client.post(
            API + path, data=data, content_type=kind, headers=self._headers(headers)
        )

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        ours = {"Origin": self.origin} if self.origin else {}
        if self.token:
            ours["Authorization"] = f"Bearer {self.token}"
        return {**ours, **self.headers, **{name.replace("_", "-"): value for name, value in given.items()}}

    async def begin(self, site: Site, **body: Any) -> Any:
        response = await self.post("sessions", {"site_key": site.key, **body})
        if response.status_code == 201:
            self.token = response.json()["token"]
        return response

    async def converse(self) -> str:
        id: str = (await self.post("conversations")).json()["id"]
        return id


async def visitor(site: Site, *, origin: str = SHOP, **body: Any) -> Browser:
    browser = Browser(origin=origin)
    response = await browser.begin(site, **body)
    assert response.status_code == 201, response.content
    return browser


def code_of(response: Any) -> str:
    body = response.json()
    assert set(body) == {"error"}, body
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["message"]
    code: str = body["error"]["code"]
    return code
