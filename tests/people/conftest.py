"""A desk with its people, whose mails are sent at once and can be read."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.accounts import tasks as account_tasks
from apps.audit.models import Entry
from apps.conversations.models import Site
from apps.people import tasks as people_tasks
from tests.dashboard.conftest import as_person, bells, desk, quick_and_alone  # noqa: F401 - fixtures
from tests.dashboard.seeding import Desk

LINK = re.compile(r"https?://[^/\s]+(/\S+)")


@pytest.fixture(autouse=True)
def mails_are_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for task in (people_tasks.mail_invitation, account_tasks.mail_reset):
        monkeypatch.setattr(task, "delay", task)


@pytest.fixture(autouse=True)
def nobody_tried_before() -> None:
    cache.clear()


def mailed_link() -> str:
    """The address in the last mail, without its host."""
    found = LINK.search(str(mail.outbox[-1].body))
    assert found
    return found[1]


Ask = Callable[..., Any]


@pytest.fixture
def post(desk: Desk) -> Ask:  # noqa: F811
    """Posts to a route of the site; `ids` follow the site's own."""

    def ask(client: Client, route: str, *ids: object, **fields: str) -> Any:
        return client.post(reverse(route, args=[desk.site.pk, *ids]), fields)

    return ask


def logged(site: Site) -> list[tuple[str, str, str]]:
    """Who, what, to whom: the oldest first."""
    rows = Entry.objects.filter(site_id=site.pk).order_by("pk")
    return [(row.who, row.kind, row.subject) for row in rows]
