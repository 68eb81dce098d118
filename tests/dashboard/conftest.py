"""A desk with its people; no broker; bells for the worker are collected."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import User
from apps.knowledge import tasks
from tests.dashboard.seeding import Desk, open_desk
from tests.services import broker_url  # noqa: F401 - a fixture

NO_BROKER = "redis://127.0.0.1:9/0"  # the discard port: nothing answers there


@pytest.fixture(autouse=True)
def quick_and_alone(settings: Settings) -> None:
    settings.REDIS_URL = NO_BROKER
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    rung: list[uuid.UUID] = []
    monkeypatch.setattr(
        tasks.index_upload, "apply_async", lambda args, **options: rung.append(uuid.UUID(args[0]))
    )
    monkeypatch.setattr(tasks.discard_vectors, "delay", lambda knowledge_base_id: None)
    return rung


@pytest.fixture
def desk(db: None, bells: list[uuid.UUID]) -> Desk:
    return open_desk()


LogIn = Callable[[User], Client]


@pytest.fixture
def as_person() -> LogIn:
    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in
