"""Admins let other programs in, and see what these were told."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.kinds import Kind
from apps.audit.models import Entry
from apps.conversations.models import Member
from apps.integrations import outbox, tokens, webhooks
from apps.integrations.models import AccessToken, Delivery, Webhook
from apps.people.members import members_of
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk

TOKEN = re.compile(r"sdt_[\w-]{43}")
HOOK = "https://shop.example/hook"


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    rung: list[Any] = []
    monkeypatch.setattr(outbox, "ring", lambda webhook: rung.append(webhook.pk))
    monkeypatch.setattr(webhooks, "ring", lambda webhook: rung.append(webhook.pk))
    return rung


@pytest.fixture
def admin(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["admin"])


def post(client: Client, route: str, /, *ids: object, **data: Any) -> Any:
    return client.post(reverse(route, args=ids), data)


def log_of(desk: Desk) -> list[tuple[str, str, str]]:
    rows = Entry.objects.filter(site_id=desk.site.pk).order_by("pk")
    return [(one.kind, one.subject, one.detail) for one in rows]


def make(client: Client, desk: Desk, **data: Any) -> str:
    given = {"name": "Shop <b>", "scopes": ["conversations:read", "answers:write"], **data}
    response = post(client, "make_token", desk.site.pk, **given)
    assert response.status_code == 200, response.content
    return TOKEN.findall(response.content.decode())[0]


def test_a_token_is_shown_once_works_and_is_revoked(desk: Desk, admin: Client) -> None:
    text = make(admin, desk)
    token = AccessToken.objects.get()
    assert token.scopes == ["conversations:read", "answers:write"]
    assert tokens.recognise(text) == token
    page = admin.get(reverse("integrations", args=[desk.site.pk])).content.decode()
    assert text not in page
    assert text[:9] in page
    assert "Shop &lt;b&gt;" in page
    assert "Shop <b>" not in page
    assert "last used" in page
    post(admin, "revoke_token", desk.site.pk, token.pk)
    assert tokens.recognise(text) is None
    assert log_of(desk) == [
        (Kind.TOKEN_MADE, "Shop <b>", "conversations:read, answers:write"),
        (Kind.TOKEN_REVOKED, "Shop <b>", ""),
    ]


def test_a_token_writes_under_its_own_name_or_its_makers(desk: Desk, admin: Client) -> None:
    before = members_of(desk.site).count()
    make(admin, desk, name="Bot")
    assert AccessToken.objects.get(name="Bot").member.user.display_name == "Bot"
    assert members_of(desk.site).count() == before  # a bot is none of the people
    make(admin, desk, name="Mine", acts_as="me")
    mine = AccessToken.objects.get(name="Mine")
    assert mine.member == Member.objects.get(site=desk.site, user=desk.people["admin"])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"name": " "}, "A name has 1 to 100 characters."),
        ({"scopes": []}, "Choose at least one of the scopes."),
        ({"scopes": ["everything"]}, "Choose at least one of the scopes."),
    ],
)
def test_a_bad_token_is_refused_and_the_form_kept(
    desk: Desk, admin: Client, data: dict[str, Any], sentence: str
) -> None:
    given = {"name": "Shop's server", "scopes": ["answers:write"], "acts_as": "me", **data}
    response = post(admin, "make_token", desk.site.pk, **given)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert 'value="me" selected' in response.content.decode()
    assert not AccessToken.objects.exists()


def add(client: Client, desk: Desk) -> Webhook:
    response = post(client, "add_webhook", desk.site.pk, address=HOOK, kinds=["message", "handoff"])
    assert response.status_code == 200
    webhook = Webhook.objects.get()
    assert webhook.secret in response.content.decode()
    return webhook


def test_a_webhook_is_added_changed_and_removed(desk: Desk, admin: Client) -> None:
    webhook = add(admin, desk)
    own = (desk.site.pk, webhook.pk)
    page = admin.get(reverse("webhook", args=own)).content.decode()
    assert webhook.secret not in page
    post(admin, "change_webhook", *own, address=f"{HOOK}/2", kinds=["resolved"])
    webhook.refresh_from_db()
    assert (webhook.address, webhook.kinds) == (f"{HOOK}/2", ["resolved"])
    rotated = post(admin, "rotate_webhook", *own).content.decode()
    old = webhook.secret
    webhook.refresh_from_db()
    assert webhook.secret != old == webhook.old_secret
    assert webhook.secret in rotated
    assert "For a day the old one signs as well." in rotated
    post(admin, "pause_webhook", *own)
    assert "Paused" in admin.get(reverse("integrations", args=[desk.site.pk])).content.decode()
    post(admin, "resume_webhook", *own)
    post(admin, "remove_webhook", *own)
    assert not Webhook.objects.exists()
    done = [detail.removeprefix("webhook: ") for _, _, detail in log_of(desk)]
    assert done == ["added", "changed", "new secret", "paused", "resumed", "removed"]


def test_a_bad_webhook_is_refused_in_its_place(desk: Desk, admin: Client) -> None:
    for data in ({"address": "javascript:alert(1)", "kinds": ["message"]}, {"address": HOOK, "kinds": []}):
        response = post(admin, "add_webhook", desk.site.pk, **data)
        assert response.status_code == 422
    webhook = add(admin, desk)
    response = post(admin, "change_webhook", desk.site.pk, webhook.pk, address="ftp://x", kinds=["message"])
    assert response.status_code == 422
    assert 'value="ftp://x"' in response.content.decode()
    webhook.refresh_from_db()
    assert webhook.address == HOOK


def test_what_was_sent_stands_in_a_log_and_is_sent_once_more(
    desk: Desk, admin: Client, rung: list[Any]
) -> None:
    webhook = add(admin, desk)
    own = (desk.site.pk, webhook.pk)
    post(admin, "test_webhook", *own)
    log = admin.get(reverse("webhook_log", args=own)).content.decode()
    assert "Waiting" in log
    assert "hx-trigger" in log  # it is looked at again as long as something is on its way
    Delivery.objects.update(
        state="failed", status_code=500, reason="bad_status", response="<script>alert(1)</script>", tries=11
    )
    log = admin.get(reverse("webhook_log", args=own)).content.decode()
    assert "The address answered with an error." in log
    assert "<script>" not in log
    assert "hx-trigger" not in log
    delivery = Delivery.objects.get()
    rung.clear()
    post(admin, "send_delivery", desk.site.pk, delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("pending", 0)
    assert rung == [webhook.pk]


def test_a_paused_webhook_sends_nothing_and_says_so(desk: Desk, admin: Client) -> None:
    webhook = add(admin, desk)
    post(admin, "pause_webhook", desk.site.pk, webhook.pk)
    response = post(admin, "test_webhook", desk.site.pk, webhook.pk)
    assert response.status_code == 409
    assert "Start it again first." in response.content.decode()
    assert not Delivery.objects.exists()
