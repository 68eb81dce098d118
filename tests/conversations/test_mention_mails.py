"""Mails to colleagues whom a note names while they are away: seldom, of use, and to nobody who may not read it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations import tasks
from apps.conversations.desk import editing, mention_mails, mentioning, noting
from apps.conversations.live import bells
from apps.conversations.models import Conversation, Member, Mention, Message
from tests.conversations.cast import Cast

PAUSE = mention_mails.PAUSE


@pytest.fixture(autouse=True)
def mails_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def ring(name: str, id: Any) -> None:
        if name == bells.MAIL_MENTIONS:
            tasks.mail_mentions(str(id))

    monkeypatch.setattr(bells, "ring", ring)


@pytest.fixture
def office(cast: Cast) -> Cast:
    """Everybody has an address, and nobody is at their desk."""
    for one in (cast.agent, cast.second_agent, cast.operator, cast.foreign_agent):
        User.objects.filter(pk=one.user_id).update(email=f"{one.user.first_name.lower()}@shop.example")
    return cast


def write(office: Cast, text: str, *, by: Member | None = None, to: Conversation | None = None) -> Message:
    number = Message.objects.count()
    return noting.add_note(
        to or office.conversation, by=by or office.agent, text=text, client_msg_id=f"n{number}"
    )


def pass_by(time: timedelta = PAUSE) -> None:
    """What was written and mailed was so long ago."""
    for row in Mention.objects.all():
        row.mailed_at = row.mailed_at and row.mailed_at - time
        row.mail_at = row.mail_at and row.mail_at - time
        row.save()


def sweep() -> None:
    for message_id in mention_mails.notes_to_mail(now=timezone.now()):
        tasks.mail_mentions(str(message_id))


def mailed() -> list[str]:
    """Who was, since one last looked."""
    told = sorted(one.to[0].partition("@")[0] for one in mail.outbox)
    mail.outbox.clear()
    return told


def test_who_is_away_is_mailed_who_wrote_what_and_where(office: Cast) -> None:
    note = write(office, "@Ben: she wants <b>her</b>\nmoney\u202e back\n" + "and so on " * 80)
    (letter,) = mail.outbox
    assert letter.to == ["ben@shop.example"]
    assert letter.subject == f"Shop: Ada mentioned you ({office.conversation.reference})"
    assert letter.content_subtype == "plain"
    assert "Ada wrote:\n> @Ben: she wants <b>her</b> money back and so on" in letter.body
    assert len(letter.body) < 700
    assert (
        f"/dashboard/sites/{office.shop.pk}/conversations/{office.conversation.pk}/#m-{note.pk}"
        in letter.body
    )
    assert "/account/" in letter.body


def test_it_is_in_the_colleagues_language(office: Cast) -> None:
    User.objects.filter(pk=office.second_agent.user_id).update(locale="zh-hans")
    write(office, "请@Ben看一下")
    assert "Ada 写道：\n> 请@Ben看一下" in mail.outbox[0].body


def test_who_is_at_the_desk_is_told_there_and_by_mail_if_they_leave_without_a_look(office: Cast) -> None:
    Member.objects.filter(pk=office.second_agent.pk).update(seen_at=timezone.now(), is_available=False)
    write(office, "@Ben: please")
    sweep()
    assert mailed() == []
    Member.objects.filter(pk=office.second_agent.pk).update(seen_at=timezone.now() - timedelta(minutes=5))
    sweep()
    sweep()
    assert mailed() == ["ben"]


def test_who_has_looked_is_not_mailed(office: Cast) -> None:
    Member.objects.filter(pk=office.second_agent.pk).update(seen_at=timezone.now())
    write(office, "@Ben: please")
    mentioning.see_mentions(office.conversation, by=office.second_agent)
    Member.objects.filter(pk=office.second_agent.pk).update(seen_at=None)
    sweep()
    assert mailed() == []


def test_a_talk_in_notes_is_one_mail_and_what_came_meanwhile_another(office: Cast) -> None:
    first = write(office, "@Ben: please")
    assert mailed() == ["ben"]
    write(office, "@Ben: today")
    editing.edit(first, by=office.agent, text="@Ben and @Olga: please")
    write(office, "@Ben: before noon", by=office.operator)
    write(
        office,
        "@Ben: here as well",
        to=Conversation.objects.create(site=office.shop, contact=office.neighbour),
    )
    sweep()
    assert mailed() == ["ben", "olga"]  # of the other conversation, and of the new words
    pass_by()
    sweep()
    (letter,) = mail.outbox
    assert (letter.to, letter.subject.split(" (")[0]) == (["ben@shop.example"], "Shop: Olga mentioned you")
    assert "Ada wrote:\n> @Ben: today\n\nOlga wrote:\n> @Ben: before noon" in letter.body
    mailed()
    pass_by()
    sweep()
    assert mailed() == []


def test_of_two_workers_one_mails(office: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    others: list[int] = []
    compose = mention_mails._compose

    def while_another_looks(mentions: Any) -> Any:
        others.append(len(mention_mails.notes_to_mail(now=timezone.now())))
        return compose(mentions)

    monkeypatch.setattr(mention_mails, "_compose", while_another_looks)
    write(office, "@Ben: please")
    assert (mailed(), others) == (["ben"], [0])


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "@Ada: a note to myself"),
        ({}, "@Finn: of another site"),
        ({"mails_mentions": False}, "@Ben: please"),
        ({"email": ""}, "@Ben: please"),
        ({"is_active": False}, "@Ben: please"),
    ],
)
def test_nobody_else_is_mailed(office: Cast, changes: dict[str, Any], text: str) -> None:
    User.objects.filter(pk=office.second_agent.user_id).update(**changes)
    write(office, text)
    sweep()
    assert mailed() == []


def test_who_has_left_the_site_meanwhile_is_not_mailed(office: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bells, "ring", lambda name, id: None)  # the bell is lost
    write(office, "@Ben and @Olga: please")
    Member.objects.get(pk=office.second_agent.pk).delete()
    Member.objects.create(site=office.other, user=office.second_agent.user)
    sweep()
    assert mailed() == ["olga"]


def test_a_mail_server_that_is_away_is_asked_again_for_a_day(office: Cast, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    write(office, "@Ben and @Olga: please")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sweep()
    assert mailed() == []  # not at once
    pass_by(mention_mails.LEASE)
    sweep()
    assert mailed() == ["ben", "olga"]
    write(office, "@Ben: please", to=Conversation.objects.create(site=office.shop, contact=office.neighbour))
    Mention.objects.update(mail_at=timezone.now(), mailed_at=None)
    mail.outbox.clear()
    Message.objects.update(created_at=timezone.now() - mention_mails.WORTH_A_MAIL)
    sweep()
    assert mailed() == []
    assert not Mention.objects.exclude(mail_at=None).exists()
