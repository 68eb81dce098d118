"""What RERANK_URL and RERANK_MODEL name orders the chat's own search, and its trace says whether it did."""

import json
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from apps.knowledge.searching import forget_indexes
from retrieval.testing.servers import RerankServer
from tests.conversations.cast import FACTS, Cast, teach


@pytest.fixture
def server(settings: Settings) -> Iterator[RerankServer]:
    with RerankServer() as running:
        settings.RERANK_URL, settings.RERANK_MODEL = running.url, running.model
        forget_indexes()
        yield running
    forget_indexes()


def test_searches_say_who_ordered_them(
    server: RerankServer, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    teach(cast.shop, FACTS)
    search = ["search", "--site", cast.shop.key, "--json", "how long do returns take"]
    call_command(*search)
    row = json.loads(capsys.readouterr().out)
    assert (row["reranker"], row["degraded"]) == (server.model, [])
    scores = [passage["reranked"] for passage in row["passages"]]
    assert scores == sorted(scores, reverse=True)
    server.misbehave("503")
    call_command(*search)
    row = json.loads(capsys.readouterr().out)
    assert (row["reranker"], row["degraded"]) == ("", ["rerank"])
    assert row["passages"]
