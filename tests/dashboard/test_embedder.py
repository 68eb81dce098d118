"""The embedder in the dashboard: asking for another one, watching it come, cancelling, going back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from apps.audit.models import Entry
from apps.knowledge import tasks
from apps.knowledge.models import Collection, EmbedderSwitch, KnowledgeBase
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk


@pytest.fixture
def operator(desk: Desk, as_person: LogIn, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Client:
    monkeypatch.setattr(tasks.switch_embedder, "apply_async", lambda *_, **__: None)
    settings.EMBEDDING_BASE_URL, settings.EMBEDDING_MODEL = "http://127.0.0.1:9/v1", "bge-<m3>"
    return as_person(desk.people["operator"])


def page_of(client: Client, desk: Desk, name: str = "embedder") -> str:
    return client.get(reverse(name, args=[desk.site.pk])).content.decode()


def post(client: Client, desk: Desk, name: str, **form: str) -> str:
    return client.post(reverse(name, args=[desk.site.pk]), form, follow=True).content.decode()


def test_without_another_one_the_page_says_how_to_name_one(
    operator: Client, desk: Desk, settings: Settings
) -> None:
    settings.EMBEDDING_BASE_URL = ""
    page = page_of(operator, desk)
    assert "EMBEDDING_BASE_URL" in page
    assert reverse("switch_embedder", args=[desk.site.pk]) not in page


def test_it_is_asked_for_watched_and_cancelled(operator: Client, desk: Desk) -> None:
    page = post(operator, desk, "switch_embedder", model="bge-<m3>")
    assert "Changing to bge-&lt;m3&gt;" in page
    assert "bge-<m3>" not in page
    EmbedderSwitch.objects.update(state="running", stage="embedding", done=3, total=9, attempt=1)
    state = page_of(operator, desk, "embedder_state")
    assert "3 / 9" in state
    assert "hx-get" in state
    assert "A change is under way" in post(operator, desk, "switch_embedder", model="bge-<m3>")
    page = post(operator, desk, "cancel_embedder")
    assert "Cancelled" in page
    assert "hx-get" not in page_of(operator, desk, "embedder_state")
    assert "over already" in post(operator, desk, "cancel_embedder")
    entries = Entry.objects.filter(site_id=desk.site.pk, kind__startswith="embedder").order_by("pk")
    assert list(entries.values_list("kind", "by_id")) == [
        ("embedder_changed", desk.people["operator"].pk),
        ("embedder_cancelled", desk.people["operator"].pk),
    ]


def test_way_back_is_offered_as_long_as_it_is_kept(operator: Client, desk: Desk) -> None:
    assert "nothing to go back to" in post(operator, desk, "take_embedder_back")
    base = desk.site.knowledge_base
    new = Collection.objects.create(knowledge_base=base, model="bge-<m3>", suffix="1")
    KnowledgeBase.objects.filter(pk=base.pk).update(collection=new)
    Collection.objects.create(knowledge_base=base, retire_at=timezone.now() + timedelta(days=3))
    assert "Go back to the shipped one" in page_of(operator, desk)
    assert "Changing to the shipped one" in post(operator, desk, "take_embedder_back")


def test_failure_is_told_in_a_sentence(operator: Client, desk: Desk) -> None:
    base = desk.site.knowledge_base
    EmbedderSwitch.objects.create(
        knowledge_base=base, model="bge-<m3>", state="failed", reason_code="embedder_refuses"
    )
    assert "goes on answering" in page_of(operator, desk)
