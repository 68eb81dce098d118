"""What was answered and then left alone counts as resolved by the assistant: when it does, when not, and what follows."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.conversations import services, tasks
from apps.conversations.desk import rating
from apps.conversations.models import Conversation, Feedback, Message, Resolution, Site
from apps.conversations.replying import quiet, replies
from apps.numbers.models import Episode
from apps.numbers.sweeping import sweep
from dialogue import Answer
from tests.dashboard.seeding import Desk
from tests.numbers.conftest import answer, begin, say

Status = Conversation.Status
YESTERDAY = timedelta(hours=25)


def asked(site: Site, *, ago: timedelta = YESTERDAY) -> tuple[Conversation, datetime]:
    at = timezone.now() - ago
    conversation = begin(site, at=at)
    say(conversation, "contact", "How long?", at=at)
    return conversation, at


def is_resolved(conversation: Conversation) -> bool:
    quiet.resolve_quiet(Site.objects.get(pk=conversation.site_id))
    return Conversation.objects.get(pk=conversation.pk).status == Status.RESOLVED


# --- When --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields", [{}, {"decision": "act", "reason": "acted"}, {"reason": "quoted_unsupported"}]
)
def test_an_answer_and_a_day_of_silence_resolve(desk: Desk, fields: dict[str, str]) -> None:
    conversation, at = asked(desk.site)
    answer(conversation, at=at, seconds=1, **fields)
    assert is_resolved(conversation)
    row = Resolution.objects.get()
    assert (row.part, row.by, row.was_quiet, row.reopened_at) == ("assistant", None, True, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": "handoff", "reason": "no_evidence", "offer_person": True},
        {"decision": "clarify", "reason": "ambiguous"},
        {"decision": "act", "reason": "action_refused"},
        {"decision": "act", "reason": "proposed"},
        {"decision": "answer", "offer_person": True},
        {"state": "stopped"},
        {"state": "failed"},
        {"reason": "small_talk"},
    ],
)
def test_what_is_no_answer_does_not(desk: Desk, fields: dict[str, Any]) -> None:
    conversation, at = asked(desk.site)
    answer(conversation, at=at, seconds=1, **fields)
    assert not is_resolved(conversation)


def thumb_down(conversation: Conversation, at: datetime) -> None:
    Feedback.objects.create(message=conversation.messages.get(sender="assistant"), rating="down")


def one_more_question(conversation: Conversation, at: datetime) -> None:
    say(conversation, "contact", "And if it is late?", at=at)


def somebody_waits(conversation: Conversation, at: datetime) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(status=Status.WAITING)


def is_being_written(conversation: Conversation, at: datetime) -> None:
    answer(conversation, at=at, seconds=1, state="generating")


def people_resolve_here(conversation: Conversation, at: datetime) -> None:
    services.set_quiet_hours(conversation.site, hours=0)


def longer_patience(conversation: Conversation, at: datetime) -> None:
    services.set_quiet_hours(conversation.site, hours=26)


@pytest.mark.parametrize(
    "then",
    [
        thumb_down,
        one_more_question,
        somebody_waits,
        is_being_written,
        people_resolve_here,
        longer_patience,
    ],
)
def test_neither_does_an_answer_after_which(
    desk: Desk, then: Callable[[Conversation, datetime], None]
) -> None:
    conversation, at = asked(desk.site)
    answer(conversation, at=at, seconds=1)
    then(conversation, at)
    assert not is_resolved(conversation)


def test_thanks_and_notes_between_colleagues_change_nothing(desk: Desk) -> None:
    conversation, at = asked(desk.site)
    answer(conversation, at=at, seconds=1)
    say(conversation, "contact", "Thanks!", at=at)
    answer(conversation, at=at, seconds=1, reason="small_talk")
    say(conversation, "agent", "Nice.", at=at, private=True)
    assert is_resolved(conversation)


def test_an_answer_of_today_is_left_alone(desk: Desk) -> None:
    conversation, at = asked(desk.site, ago=timedelta(hours=23))
    answer(conversation, at=at, seconds=1)
    assert not is_resolved(conversation)


def test_one_who_writes_at_that_moment_keeps_the_conversation_open(desk: Desk) -> None:
    conversation, at = asked(desk.site)
    answer(conversation, at=at, seconds=1)
    say(conversation, "contact", "Wait!", at=timezone.now())
    assert not quiet._resolve(conversation.pk, site=desk.site, now=timezone.now())


def test_where_a_person_spoke_too_both_resolved_it(desk: Desk) -> None:
    conversation, at = asked(desk.site)
    say(conversation, "agent", "I am Ada.", at=at)
    say(conversation, "contact", "How long?", at=at)
    answer(conversation, at=at, seconds=1)
    assert is_resolved(conversation)
    assert Resolution.objects.get().part == "both"


# --- What follows ------------------------------------------------------------------------------------------------


def test_a_customer_who_comes_back_goes_on_and_it_did_not_last(desk: Desk, operator: Client) -> None:
    """From a first word to the numbers, by the services that customers reach."""
    contact = services.welcome_stranger(desk.site, locale="en")
    conversation = services.start_conversation(contact)
    posted = services.post_message(conversation, client_msg_id=str(uuid.uuid4()), text="How long?")
    assert posted.reply is not None
    settle(posted.reply)
    Conversation.objects.filter(pk=conversation.pk).update(updated_at=timezone.now() - YESTERDAY)
    tasks.sweep_quiet()
    conversation.refresh_from_db()
    assert rating.parts_of(conversation) == ["assistant"]
    rating.rate(conversation, score=5)
    assert numbers(operator, desk) == {"by_assistant": 1, "came_back": 0, "content_assistant": 1}
    assert Episode.objects.get().model == "home-v7"
    services.post_message(conversation, client_msg_id=str(uuid.uuid4()), text="And then?")
    assert numbers(operator, desk) == {"by_assistant": 1, "came_back": 1, "content_assistant": 1}
    assert [row.number for row in Episode.objects.order_by("number")] == [1, 2]


def settle(reply: Message) -> None:
    claim = replies.claim(reply.pk)
    assert claim is not None
    used = {"input_tokens": 900, "output_tokens": 40}
    told = Answer(
        decision="answer",
        text="Thirty days.",
        reason="supported",
        trace={"model": "home-v7", "language": "en"},
        usage=used,
        timings={"writing": 1.5},
    )
    assert replies.settle(claim, told)


def numbers(operator: Client, desk: Desk) -> dict[str, int]:
    sweep(desk.site)
    address = reverse("counted", args=[desk.site.pk])
    names = ("by_assistant", "came_back", "content_assistant")
    return {name: operator.get(address, {"figure": name}).context["page"].paginator.count for name in names}
