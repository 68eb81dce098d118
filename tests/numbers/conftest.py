"""A site with people and a history made by hand, of which every figure can be told beforehand."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.conversations.models import (
    Citation,
    Contact,
    Conversation,
    Handoff,
    Message,
    Rating,
    Resolution,
    Site,
)
from tests.dashboard.seeding import Desk, make_person, make_site

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def quick_and_alone(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def desk(db: None) -> Desk:
    site, other = make_site("Lantern & Loom"), make_site("Northwind Cycles")
    Site.objects.filter(pk=site.pk).update(zone="Asia/Shanghai")
    site.refresh_from_db()
    people = {role: make_person(role, site=site, role=role) for role in ("agent", "operator", "admin")}
    stranger = make_person("stranger", site=other, role="admin")
    return Desk(site, other, people, people["agent"], stranger, {}, {}, {})


@pytest.fixture
def operator(desk: Desk) -> Client:
    return logged_in(desk, "operator")


def logged_in(desk: Desk, who: str) -> Client:
    client = Client()
    client.force_login(desk.stranger if who == "stranger" else desk.people[who])
    return client


def days_ago(days: int, clock: str = "12:00") -> datetime:
    """A moment by the site's own clock."""
    day = timezone.now().astimezone(ZONE).date() - timedelta(days=days)
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


def begin(site: Site, *, at: datetime, locale: str = "en", name: str = "") -> Conversation:
    contact = Contact.objects.create(site=site, locale=locale, name=name)
    return Conversation.objects.create(site=site, contact=contact, locale=locale, created_at=at)


def say(
    conversation: Conversation, sender: str, text: str, *, at: datetime, seconds: float = 0, **fields: Any
) -> Message:
    conversation.last_seq += 1
    conversation.updated_at = at
    conversation.save()
    fields.setdefault("state", "done" if sender == "assistant" else "sent")
    message = Message.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        episode=conversation.episode,
        sender=sender,
        text=text,
        settled_at=at + timedelta(seconds=seconds) if sender == "assistant" else None,
        **fields,
    )
    Message.objects.filter(pk=message.pk).update(created_at=at)
    return message


def answer(
    conversation: Conversation,
    *,
    at: datetime,
    seconds: float,
    tokens: tuple[int, int] = (0, 0),
    **fields: Any,
) -> Message:
    """An assistant's, whole after so many seconds, half of which the model wrote."""
    fields = {"decision": "answer", "reason": "supported"} | fields
    trace = {
        "model": "home-v1",
        "usage": {"input_tokens": tokens[0], "output_tokens": tokens[1]},
        "timings": {"writing": seconds / 2},
    }
    return say(conversation, "assistant", "It is so.", at=at, seconds=seconds, trace=trace, **fields)


def cite(message: Message, title: str) -> None:
    Citation.objects.create(
        message=message, number=1, chunk_id="c", document_id=message.pk, title=title, text=""
    )


def hand_over(conversation: Conversation, *, at: datetime, reason: str) -> None:
    handoff = Handoff.objects.create(conversation=conversation, reason=reason, closed_at=at)
    Handoff.objects.filter(pk=handoff.pk).update(created_at=at)


def resolve(conversation: Conversation, *, at: datetime, part: str, **fields: Any) -> None:
    Resolution.objects.create(
        conversation=conversation, episode=conversation.episode, part=part, resolved_at=at, **fields
    )
    conversation.status = Conversation.Status.RESOLVED
    conversation.save()


def rate(conversation: Conversation, **scores: int) -> None:
    for part, score in scores.items():
        Rating.objects.create(conversation=conversation, episode=conversation.episode, part=part, score=score)


def history(site: Site) -> dict[str, Conversation]:
    """Four conversations, five episodes, of which three are resolved: by the assistant, by both, by a person."""
    return {
        "quiet": went_quiet(site, at=days_ago(10, "23:30")),
        "returned": came_back(site, at=days_ago(10)),
        "person": went_to_a_person(site, at=days_ago(3)),
        "open": left_open(site, at=days_ago(3, "00:30")),
    }


def went_quiet(site: Site, *, at: datetime) -> Conversation:
    conversation = begin(site, at=at, name="Quiet Quentin")
    say(conversation, "contact", "How long?", at=at)
    cite(answer(conversation, at=at, seconds=4, tokens=(1000, 100)), "Returns")
    resolve(conversation, at=at + timedelta(days=1), part="assistant", was_quiet=True)
    rate(conversation, assistant=5)
    return conversation


def came_back(site: Site, *, at: datetime) -> Conversation:
    conversation = begin(site, at=at, name="=cmd|' /C calc'!A0")
    say(conversation, "contact", "Where is it?", at=at)
    answer(
        conversation,
        at=at,
        seconds=6,
        tokens=(3000, 200),
        decision="handoff",
        reason="no_evidence",
        offer_person=True,
    )
    hand_over(conversation, at=at + timedelta(seconds=60), reason="no_evidence")
    say(conversation, "agent", "Here.", at=at + timedelta(seconds=360))
    back = at + timedelta(days=2)
    resolve(conversation, at=at + timedelta(seconds=600), part="both", reopened_at=back)
    rate(conversation, agent=4, assistant=2)
    conversation.episode, conversation.status = 2, Conversation.Status.ASSISTANT
    say(conversation, "contact", "And now?", at=back)
    answer(conversation, at=back, seconds=10, tokens=(500, 50))
    return conversation


def went_to_a_person(site: Site, *, at: datetime) -> Conversation:
    conversation = begin(site, at=at, locale="zh-hans", name="王小雨")
    say(conversation, "contact", "转人工", at=at)
    hand_over(conversation, at=at + timedelta(seconds=5), reason="contact_asked")
    say(conversation, "agent", "您好", at=at + timedelta(seconds=65))
    resolve(conversation, at=at + timedelta(seconds=125), part="agent")
    rate(conversation, agent=3)
    return conversation


def left_open(site: Site, *, at: datetime) -> Conversation:
    conversation = begin(site, at=at, name="Open Olga")
    say(conversation, "contact", "Do you deliver?", at=at)
    cite(answer(conversation, at=at, seconds=8, tokens=(700, 70)), "Delivery")
    return conversation
