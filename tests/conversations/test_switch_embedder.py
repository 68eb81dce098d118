"""`manage.py switch_embedder`: another embedder for a site, the way back, and what its log says."""

import json
import uuid
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from apps.audit.models import Entry
from apps.conversations import embedder
from apps.conversations.models import Site
from apps.knowledge import tasks
from retrieval.testing.servers import EmbeddingServer
from tests.conversations.cast import FACTS, Cast, teach


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingServer]:
    monkeypatch.setattr(tasks.switch_embedder, "apply_async", lambda *_, **__: None)
    with EmbeddingServer() as running:
        running.model = f"embedder-{uuid.uuid4().hex[:8]}"
        settings.EMBEDDING_BASE_URL, settings.EMBEDDING_MODEL = running.url, running.model
        yield running


@pytest.fixture
def shop(cast: Cast) -> Site:
    teach(cast.shop, FACTS)
    return cast.shop


def switch(shop: Site, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, object]:
    call_command("switch_embedder", "--site", shop.key, "--json", *options)
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def test_there_and_back(shop: Site, server: EmbeddingServer, capsys: pytest.CaptureFixture[str]) -> None:
    there = switch(shop, capsys, "--here")
    assert (there["model"], there["state"], there["done"]) == (server.model, "done", there["total"])
    call_command("verify_index", "--site", shop.key, "--json")
    assert json.loads(capsys.readouterr().out)["ok"]
    back = switch(shop, capsys, "--back", "--here")
    assert (back["model"], back["state"]) == ("home", "done")
    entries = Entry.objects.filter(site_id=shop.pk, kind__startswith="embedder").order_by("pk")
    assert list(entries.values_list("kind", "subject")) == [
        ("embedder_changed", server.model),
        ("embedder_taken_back", "home"),
    ]


def test_it_is_cancelled_before_it_flips(
    shop: Site, server: EmbeddingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert switch(shop, capsys)["state"] == "pending"
    with pytest.raises(CommandError, match="under way"):
        call_command("switch_embedder", "--site", shop.key)
    assert switch(shop, capsys, "--cancel")["state"] == "cancelled"
    with pytest.raises(CommandError, match="over already"):
        call_command("switch_embedder", "--site", shop.key, "--cancel")


def test_failure_is_a_sentence_and_exit_code_1(shop: Site, server: EmbeddingServer) -> None:
    server.misbehave("404")
    with pytest.raises(CommandError, match="goes on answering"):
        call_command("switch_embedder", "--site", shop.key, "--here")


def test_unknown_names_are_refused(shop: Site, server: EmbeddingServer) -> None:
    with pytest.raises(CommandError, match="no embedder of this name"):
        call_command("switch_embedder", "--site", shop.key, "another")
    with pytest.raises(CommandError, match="answers already"):
        call_command("switch_embedder", "--site", shop.key, embedder.HOME)
