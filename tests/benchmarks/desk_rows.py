"""A desk with a past: so many conversations, most of them resolved, in the database that settings name.

Rows are made in bulk, as no service would make them; the benchmark of the desk then asks for them as people do. Django
must be set up before this is imported.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations import services
from apps.conversations.desk import finding
from apps.conversations.models import Contact, Conversation, Label, Member, Message, Site, Words
from apps.widget import tokens

ORIGIN = "https://shop.example"
BATCH = 2_000
OPEN = 500  # the newest conversations; all before them are resolved
COMMON, RARE = (
    "Delivery",
    "Recall",
)  # one conversation in ten has the first label, one in five thousand the other
QUESTIONS = [
    "退货的运费由谁承担?",
    "订单什么时候发货?",
    "发票可以重开吗?",
    "优惠券为什么不能用?",
    "收货地址写错了怎么办?",
    "Who pays for the parcel when I return shoes?",
    "When does my order leave the warehouse?",
    "Can I get the invoice once more?",
    "My voucher is refused at the checkout.",
    "The charger that came with it is broken.",
]
ANSWERS = [
    "七天内退货免运费。",
    "Returns are free within 30 days.",
    "您的订单将在两天内发货。",
    "It leaves us in two days.",
]
Status = Conversation.Status


def fill(*, conversations: int, agents: int) -> dict[str, Any]:
    """Migrates, and makes everything. What a load needs to know: the site, a log-in for each agent, and who can write."""
    call_command("migrate", verbosity=0)
    site = services.create_site(name="Desk", origins=[ORIGIN])
    members = make_members(site, agents)
    made = make_conversations(site, conversations, members=members)
    make_messages(site, made)
    make_labels(site, made)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a database does by itself
    opened = [row for row in made if row.status != Status.RESOLVED]
    return {
        "site_id": str(site.pk),
        "cookies": [cookie_of(one.user) for one in members],
        "customers": [customer_in(row) for row in opened],
    }


def make_members(site: Site, number: int) -> list[Member]:
    users = [User(username=f"agent{n}", first_name="Agent", last_name=str(n)) for n in range(number)]
    return [services.add_member(site, user=user) for user in User.objects.bulk_create(users)]


def make_conversations(site: Site, number: int, *, members: list[Member]) -> list[Conversation]:
    """The latest first."""
    draw, now = random.Random(6), timezone.now()
    contacts = [
        Contact(site=site, name=f"Customer {n}", locale=draw.choice(["en", "zh-hans"])) for n in range(number)
    ]
    Contact.objects.bulk_create(contacts, batch_size=BATCH)
    rows = [
        Conversation(site=site, contact=contact, last_seq=2, **state_of(place, members=members, now=now))
        for place, contact in enumerate(contacts)
    ]
    with given_times(Conversation, "created_at", "updated_at"):
        return Conversation.objects.bulk_create(rows, batch_size=BATCH)


def state_of(place: int, *, members: list[Member], now: datetime) -> dict[str, object]:
    moment = now - timedelta(minutes=place)
    status = (
        Status.RESOLVED
        if place >= OPEN
        else (Status.AGENT, Status.ASSISTANT, Status.AGENT, Status.WAITING)[place % 4]
    )
    return {
        "status": status,
        "assignee": members[place % len(members)].user if status in (Status.AGENT, Status.RESOLVED) else None,
        "waiting_since": moment if status == Status.WAITING else None,
        "snoozed_until": now + timedelta(days=1) if place < OPEN and place % 25 == 2 else None,
        "priority": {0: 2, 1: 1}.get(place % 50, 0),
        "created_at": moment - timedelta(minutes=1),
        "updated_at": moment,
    }


def make_messages(site: Site, conversations: list[Conversation]) -> None:
    """A question and an answer each, which can be found by their words; the oldest first, as they would have come."""
    for start in reversed(range(0, len(conversations), BATCH)):
        rows = [row for one in reversed(conversations[start : start + BATCH]) for row in said_in(one)]
        with given_times(Message, "created_at"):
            Message.objects.bulk_create(rows, batch_size=BATCH)
        words = [Words(message=row, words=words_of(row.text, site_id=site.pk)) for row in rows]
        Words.objects.bulk_create(words, batch_size=BATCH)


def said_in(conversation: Conversation) -> Iterator[Message]:
    draw = random.Random(conversation.pk.int)
    common = {"conversation": conversation, "episode": 1}
    asked, answered = conversation.created_at, conversation.updated_at
    yield Message(
        **common, seq=1, sender=Message.Sender.CONTACT, text=draw.choice(QUESTIONS), created_at=asked
    )
    yield Message(
        **common,
        seq=2,
        sender=Message.Sender.ASSISTANT,
        state=Message.State.DONE,
        text=draw.choice(ANSWERS),
        created_at=answered,
    )


@cache
def words_of(text: str, *, site_id: UUID) -> str:
    return finding.words_in(text, site_id=site_id)


def make_labels(site: Site, conversations: list[Conversation]) -> None:
    on = Conversation.labels.through
    for name, every in ((COMMON, 10), (RARE, 5_000)):
        label = Label.objects.create(site=site, name=name)
        given = [on(conversation_id=row.pk, label_id=label.pk) for row in conversations[every - 1 :: every]]
        on.objects.bulk_create(given, batch_size=BATCH)


@contextmanager
def given_times(model: type[Conversation] | type[Message], *names: str) -> Iterator[None]:
    """Rows keep the times that they are made with, though the columns are set by themselves."""
    fields = [model._meta.get_field(name) for name in names]
    for field in fields:
        field.auto_now_add = False  # type: ignore[union-attr] # they are times
    try:
        yield
    finally:
        for field in fields:
            field.auto_now_add = True  # type: ignore[union-attr]


def cookie_of(user: User) -> str:
    browser = Client()
    browser.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


def customer_in(conversation: Conversation) -> dict[str, Any]:
    return {
        "conversation": str(conversation.pk),
        "token": tokens.issue(conversation.contact, origin=ORIGIN)[0],
        "is_answered_by_people": conversation.status in (Status.AGENT, Status.WAITING),
    }
