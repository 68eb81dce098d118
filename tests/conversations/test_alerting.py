"""Mails about promises: to who is to answer, later to the admins, once each, while the site is open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from apps.accounts.models import User
from apps.conversations import services
from apps.conversations.desk import alerting
from apps.conversations.live import bells
from apps.conversations.models import Alert, Conversation, Handoff, Member, Message, Site
from tests.conversations.cast import Cast, member, say

MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def mails_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def ring(name: str, id: Any) -> None:
        if name == bells.MAIL_ALERTS:
            alerting.mail_alerts(id)

    monkeypatch.setattr(bells, "ring", ring)


@pytest.fixture
def admin(cast: Cast) -> Member:
    found = member(cast.shop, "Amara", role=Member.Role.ADMIN)
    for one in (cast.agent, cast.second_agent, found, cast.foreign_agent):
        User.objects.filter(pk=one.user_id).update(email=f"{one.user.first_name.lower()}@shop.example")
    return found


@pytest.fixture
def shop(cast: Cast, admin: Member) -> Site:
    """It promises, and its agents and not its admin are at their desks at nine."""
    cast.shop.hours = {"mon": [["09:00", "12:00"]], "tue": [["09:00", "12:00"]]}
    cast.shop.targets = {"first_reply": 30, "next_reply": 30}
    cast.shop.alerts = {"before": 5, "admins_after": 15}
    cast.shop.save()
    Member.objects.filter(pk__in=[cast.agent.pk, cast.second_agent.pk]).update(seen_at=MONDAY)
    return cast.shop


def at(minutes: float) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def sweep(site: Site, *, minutes: float) -> None:
    """Whoever was at the desk still is."""
    Member.objects.filter(site=site, seen_at__gte=MONDAY).update(seen_at=at(minutes))
    alerting.raise_alerts(site, now=at(minutes))


def mailed(site: Site, *, minutes: float) -> list[str]:
    """Who was told by then."""
    mail.outbox.clear()
    sweep(site, minutes=minutes)
    return sorted(one.to[0].partition("@")[0] for one in mail.outbox)


def waits(conversation: Conversation, *, since: datetime = MONDAY) -> None:
    services.request_handoff(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(waiting_since=since)
    Handoff.objects.update(created_at=since)


def test_who_is_at_the_desk_is_told_before_and_the_admins_after_and_each_once(cast: Cast, shop: Site) -> None:
    waits(cast.conversation)
    assert mailed(shop, minutes=24) == []
    assert mailed(shop, minutes=25) == ["ada", "ben"]
    assert mailed(shop, minutes=30) == []
    assert mailed(shop, minutes=44) == []
    assert mailed(shop, minutes=45) == ["amara"]
    assert mailed(shop, minutes=90) == []
    assert not Alert.objects.filter(mailed_at=None).exists()


def test_only_the_assignee_is_told_of_a_further_reply_and_again_of_the_next(cast: Cast, shop: Site) -> None:
    services.take_over(cast.conversation, by=cast.agent)
    say(cast.conversation, "Are you there?")
    Message.objects.update(created_at=MONDAY)
    assert mailed(shop, minutes=29) == ["ada"]
    services.reply_as_agent(cast.conversation, by=cast.agent, text="Yes.", client_msg_id="a")
    assert mailed(shop, minutes=60) == []
    say(cast.conversation, "And now?")
    Message.objects.filter(text="And now?").update(created_at=at(60))
    assert mailed(shop, minutes=86) == ["ada"]


def test_minutes_are_working_minutes_and_a_closed_site_sends_nothing(cast: Cast, shop: Site) -> None:
    waits(cast.conversation, since=at(170))  # ten minutes before it closes
    assert mailed(shop, minutes=60 * 12) == []
    tuesday = 60 * 24
    assert mailed(shop, minutes=tuesday + 14) == []
    assert mailed(shop, minutes=tuesday + 15) == ["ada", "ben"]
    waits(services.start_conversation(cast.neighbour), since=at(tuesday + 100))
    assert mailed(shop, minutes=tuesday + 181) == []  # due, and closed


def test_what_comes_together_is_one_mail_that_names_nobody(cast: Cast, shop: Site) -> None:
    cast.customer.name = "Clara\nBcc: everybody@example.org"
    cast.customer.save()
    others = [services.start_conversation(cast.customer) for _ in range(alerting.LINES + 1)]
    for one in (cast.conversation, *others):
        waits(one)
    User.objects.filter(pk=cast.second_agent.user_id).update(locale="zh-hans")
    assert mailed(shop, minutes=26) == ["ada", "ben"]
    english, chinese = sorted(mail.outbox, key=lambda one: one.to)
    assert "… and 2 more." in english.body
    assert "2026-11-30 09:30 (UTC)" in english.body
    assert f"/dashboard/sites/{shop.pk}/conversations/" in english.body
    assert "Clara" not in english.body
    assert "首次回复" in chinese.body


def test_a_promise_that_was_kept_meanwhile_is_not_complained_of(
    cast: Cast, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bells, "ring", lambda name, id: None)  # the bell is lost
    waits(cast.conversation)
    sweep(shop, minutes=26)
    services.take_over(cast.conversation, by=cast.agent)
    assert not alerting.mail_alerts(cast.agent.pk)
    assert not Alert.objects.filter(member=cast.agent).exists()
    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_asked_again(
    cast: Cast, shop: Site, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(bells, "ring", lambda name, id: None)
    waits(cast.conversation)
    sweep(shop, minutes=26)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(OSError):
        alerting.mail_alerts(cast.agent.pk)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert alerting.mail_alerts(cast.agent.pk)
    assert not alerting.mail_alerts(cast.agent.pk)
    assert len(mail.outbox) == 1


def test_nobody_is_mailed_where_it_is_not_wished(cast: Cast, shop: Site) -> None:
    shop.alerts = {}
    waits(cast.conversation)
    assert mailed(shop, minutes=90) == []
