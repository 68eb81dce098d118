"""A conversation as a file, as a page to print, and by mail: what its customer knows, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.conversations.desk import mailing, transcripts
from apps.conversations.live import bells
from apps.conversations.models import Contact, Conversation, Message
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, attached, say

HTMX = {"HX-Request": "true"}
SCRIPT = "<script>alert(1)</script>"
HIDDEN = ("She is a collector", "working day leave our warehouse", "Why this answer", "SECRET TRACE")


@pytest.fixture
def agent(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["agent"])


@pytest.fixture
def conversation(desk: Desk) -> Conversation:
    """With a draft that was never sent, a note, a trace, a file, and words that would like to be a page."""
    found = desk.conversations["mine"]
    say(found, "contact", f"{SCRIPT} {{{{7*7}}}} \u202eevil")
    say(found, "agent", "She is a collector; be kind.", author=desk.colleague, private=True)
    say(found, "assistant", "Of course.", trace={"prompt": "SECRET TRACE"})
    attached(found, name='"><img src=x>.png')
    return found


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Mails go when the request is over, as a worker would send them."""
    rung: list[Any] = []
    monkeypatch.setattr(bells, "ring", lambda name, id: rung.append(id))
    return rung


def address(name: str, conversation: Conversation) -> str:
    return reverse(name, args=[conversation.site_id, conversation.pk])


def ask(client: Client, conversation: Conversation) -> Any:
    return client.post(address("mail_transcript", conversation), headers=HTMX)


def verify(conversation: Conversation, *, email: str = "clara@example.org") -> None:
    Contact.objects.filter(pk=conversation.contact_id).update(external_id="c-1", email=email)


def test_a_page_to_print_holds_what_was_said_as_text(agent: Client, conversation: Conversation) -> None:
    file = agent.get(address("transcript", conversation), {"as": "html"})
    assert file["Content-Type"].startswith("text/html")
    assert file["Content-Disposition"] == f'attachment; filename="{conversation.reference}.html"'
    page = file.content.decode()
    assert "I ordered the wool blanket in sand, but a grey one came." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}}" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "http" not in page.replace("http-equiv", "")  # nothing is fetched
    for hidden in HIDDEN:
        assert hidden not in page


@pytest.mark.parametrize(("locale", "expected"), [("en", "Assistant"), ("zh-hans", "助手")])
def test_it_speaks_the_readers_language(
    agent: Client, conversation: Conversation, locale: str, expected: str
) -> None:
    for form in ("html", "text"):
        file = agent.get(
            address("transcript", conversation), {"as": form}, headers={"Accept-Language": locale}
        )
        assert expected in file.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_verified_customer_is_mailed_it_in_their_language(
    agent: Client, conversation: Conversation, sent: list[Any]
) -> None:
    verify(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(locale="zh-hans")
    page = ask(agent, conversation).content.decode()
    assert "The transcript was mailed to the customer." in page
    mailing.send(sent[-1], now=timezone.now())
    (letter,) = mail.outbox
    assert letter.to == ["clara@example.org"]
    assert conversation.reference in letter.subject
    assert "会话记录" in letter.subject
    (html, kind) = letter.alternatives[0]  # type: ignore[attr-defined] # it has one
    assert kind == "text/html"
    for text in (str(letter.body), str(html)):
        assert "I ordered the wool blanket in sand" in text
        for hidden in (*HIDDEN, "transcript was mailed"):
            assert hidden not in text


def test_nobody_is_mailed_whom_the_site_has_not_vouched_for(
    agent: Client, conversation: Conversation, sent: list[Any]
) -> None:
    Contact.objects.filter(pk=conversation.contact_id).update(external_id="", email="clara@example.org")
    assert ask(agent, conversation).status_code == 409
    for wrong in ("", "clara", "a@example.org\nBcc: b@example.org"):
        verify(conversation, email=wrong)
        assert ask(agent, conversation).status_code == 409
    assert not Message.objects.filter(reason="transcript_mailed").exists()


def test_three_an_hour_are_enough(agent: Client, conversation: Conversation) -> None:
    verify(conversation)
    for _ in range(3):
        assert ask(agent, conversation).status_code == 200
    refused = ask(agent, conversation)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert "three times within an hour" in refused.content.decode()
    Message.objects.filter(reason="transcript_mailed").update(created_at=timezone.now() - timedelta(hours=2))
    assert ask(agent, conversation).status_code == 200


def test_who_was_erased_meanwhile_is_mailed_nothing(
    agent: Client, conversation: Conversation, sent: list[Any]
) -> None:
    verify(conversation)
    ask(agent, conversation)
    line = Message.objects.get(reason="transcript_mailed")
    Contact.objects.filter(pk=conversation.contact_id).update(email="")
    transcripts.mail(line.pk)
    Contact.objects.filter(pk=conversation.contact_id).delete()
    transcripts.mail(line.pk)
    assert mail.outbox == []
