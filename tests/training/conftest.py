"""A desk whose customers were helped, a folder for runs, a model server, and bells that are collected."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.accounts.models import User
from apps.conversations.models import Member, Site
from apps.knowledge.testing import indexes_in_memory
from apps.training import tasks
from tests.dashboard.seeding import make_person, make_site, ready_document
from tests.training.seeding import Cast, seed_conversations
from tests.training.servers import ModelServer, model_server


@pytest.fixture(scope="session")
def running_server() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def server(running_server: ModelServer, settings: Settings) -> ModelServer:
    running_server.adapters.clear()
    running_server.modes.clear()
    running_server.asked.clear()
    running_server.refuses, running_server.on_load = False, None
    settings.LLM_BASE_URL, settings.LLM_MODEL = running_server.url, "home"
    return running_server


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """Bells that were rung; nobody answers them by himself."""
    bells: list[uuid.UUID] = []
    for task in (tasks.train, tasks.deploy):
        monkeypatch.setattr(task, "apply_async", lambda args, **options: bells.append(uuid.UUID(args[0])))
    return bells


@pytest.fixture
def cast(transactional_db: None, settings: Settings, tmp_path: Path, rung: list[uuid.UUID]) -> Iterator[Cast]:
    settings.TRAINING_DIR = tmp_path / "training"
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with indexes_in_memory():
        site, other = make_site("Lantern & Loom"), make_site("Northwind Cycles")
        people = {role: make_person(role, site=site, role=role) for role in ("agent", "operator", "admin")}
        stranger = make_person("stranger", site=other, role="admin")
        yield Cast(site, other, people, stranger, seed_conversations(site, agent=people["agent"]))


def member(site: Site, user: User) -> Member:
    return Member.objects.select_related("site", "user").get(site=site, user=user)


__all__ = ["member", "ready_document"]
