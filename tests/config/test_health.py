"""Health tells the truth about dependencies, and a missing one does not take the web process out of rotation."""

import socket
from collections.abc import Iterator

import pytest
from django.test import AsyncClient, Client
from pytest_django import Settings

from apps.config import health
from apps.conversations.services import create_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_probe() -> Iterator[None]:
    health.forget_probe()
    yield
    health.forget_probe()


@pytest.fixture
def _nothing_runs(settings: Settings) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    settings.CHROMA_URL = f"http://127.0.0.1:{port}"
    settings.LLM_BASE_URL = f"http://127.0.0.1:{port}/v1"


async def test_alive_needs_nothing(async_client: AsyncClient) -> None:
    assert (await async_client.get("/healthz")).json() == {"status": "alive"}


@pytest.mark.usefixtures("_nothing_runs")
async def test_without_services_it_still_serves_and_says_what_is_missing(async_client: AsyncClient) -> None:
    answer = await async_client.get("/readyz")
    body = answer.json()
    assert answer.status_code == 200
    assert body["status"] == "degraded"
    assert {name: it["state"] for name, it in body["dependencies"].items()} == {
        "database": "ready",
        "broker": "unavailable",
        "chroma": "unavailable",
        "model": "unavailable",
    }


def test_figures_count_rows_and_stay_on_this_machine(client: Client) -> None:
    create_site(name="Shop", locale="en", origins=[])
    figures = client.get("/metrics")
    assert figures.status_code == 200
    assert b"seekdesk_conversations" in figures.content
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_figures_are_read_from_elsewhere_with_the_token(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token-of-our-own"
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    right, wrong = ({"Authorization": f"Bearer {token}"} for token in ("a-token-of-our-own", "another"))
    assert client.get("/metrics", headers=right, **elsewhere).status_code == 200
    assert client.get("/metrics", headers=wrong, **elsewhere).status_code == 403
