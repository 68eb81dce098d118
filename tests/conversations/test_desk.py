"""What keeps an inbox in order, notes between colleagues, phrases, and how content customers were."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from apps.conversations import queries, services
from apps.conversations.desk import mentioning, noting, rating, sorting
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.models import Conversation, Label, Mention, Rating
from tests.conversations.cast import Cast, say, texts_seen_by_contact


def now(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def test_a_note_is_for_colleagues_only_and_calls_them(cast: Cast) -> None:
    ben, finn = cast.second_agent.user, cast.foreign_agent.user
    text = f"@{ben.username} and @{finn.username}: he is angry. @nobody"
    note = noting.add_note(cast.conversation, by=cast.agent, text=text, client_msg_id="n1")
    again = noting.add_note(cast.conversation, by=cast.agent, text=text, client_msg_id="n1")
    assert note == again
    assert [mention.user for mention in Mention.objects.all()] == [ben]
    assert texts_seen_by_contact(cast.conversation) == []
    assert note not in queries.messages_of_contact(cast.customer)
    with pytest.raises(Conversation.DoesNotExist):
        noting.add_note(cast.conversation, by=cast.foreign_agent, text="x", client_msg_id="n2")


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@LéaMartin please look", ["Léa Martin"]),
        ("@léamartin, @lea.martin and @lea.martin@example.org are the same", ["Léa Martin"]),
        ("请@子涵看一下。", ["子涵"]),
        ("@lea: yours.", ["Lea"]),
        ("请@lea看一下。", ["Lea"]),
        ("@lea.martin: yours.", ["Léa Martin"]),
        ("write to info@lea or @lea2, not @leander", []),
        ("@@ @ @nobody @(", []),
    ],
)
def test_a_colleague_is_mentioned_by_any_of_their_names(cast: Cast, text: str, called: list[str]) -> None:
    for username, first, last in [
        ("lea.martin@example.org", "Léa", "Martin"),
        ("zh@example.org", "子涵", ""),
        ("lea", "Lea", ""),
    ]:
        user = get_user_model().objects.create(username=username, first_name=first, last_name=last)
        services.add_member(cast.shop, user=user)
    noting.add_note(cast.conversation, by=cast.agent, text=text, client_msg_id="n1")
    assert sorted(one.user.display_name for one in Mention.objects.all()) == sorted(called)


def test_whom_a_note_offers_it_calls(cast: Cast) -> None:
    for username in ("sam", "sam.other"):  # by the same name
        user = get_user_model().objects.create(username=username, first_name="Sam", last_name="Lee")
        services.add_member(cast.shop, user=user)
    offered = mentioning.colleagues_of(cast.agent)
    assert {"Ben", "Olga", "sam", "sam.other"} == {one.name for one in offered}
    for number, one in enumerate(offered):
        noting.add_note(cast.conversation, by=cast.agent, text=f"@{one.name} ", client_msg_id=str(number))
    called = [one.user.username for one in Mention.objects.select_related("user").order_by("pk")]
    assert len(called) == len(set(called)) == len(offered)


def test_a_note_is_not_what_the_assistant_remembers(cast: Cast) -> None:
    from apps.conversations.replying import replies

    noting.add_note(cast.conversation, by=cast.agent, text="He is rude", client_msg_id="n1")
    posted = say(cast.conversation)
    assert posted.reply is not None
    claim = replies.claim(posted.reply.pk)
    assert claim is not None
    assert claim.turn.history == ()


def test_phrases_are_filled_in_as_text(cast: Cast) -> None:
    cast.customer.name = "{agent} {{7*7}}"
    noting.keep_phrase(cast.agent, name="/hello", text="Dear {contact}, I am {agent} of {site}. {unknown}")
    phrase = noting.keep_phrase(
        cast.agent, name="hello", text="Dear {contact}, this is {agent}. {unknown} {0.__class__}"
    )
    cast.conversation.contact = cast.customer
    filled = noting.filled_in(phrase.text, values=noting.values_for(cast.conversation, by=cast.agent))
    assert filled == "Dear {agent} {{7*7}}, this is Ada. {unknown} {0.__class__}"
    assert [one.name for one in noting.phrases_of(cast.agent)] == ["hello"]
    assert noting.phrases_of(cast.foreign_agent) == []
    noting.forget_phrase(cast.foreign_agent, name="hello")
    assert len(noting.phrases_of(cast.agent)) == 1
    noting.forget_phrase(cast.agent, name="hello")
    assert noting.phrases_of(cast.agent) == []


@pytest.mark.parametrize("name", ["", "/", "a b", "x" * 41, "a/b"])
def test_a_phrase_has_a_name_that_can_be_typed(cast: Cast, name: str) -> None:
    with pytest.raises(BadInput):
        noting.keep_phrase(cast.agent, name=name, text="x")


def test_labels_belong_to_a_site(cast: Cast) -> None:
    sorting.label(cast.conversation, by=cast.agent, name="  VIP ")
    sorting.label(cast.conversation, by=cast.operator, name="vip")
    assert [one.name for one in now(cast.conversation).labels.all()] == ["VIP"]
    assert list(sorting.labels_of(cast.foreign_agent)) == []
    sorting.unlabel(cast.conversation, by=cast.agent, name="VIP")
    assert not now(cast.conversation).labels.exists()
    assert Label.objects.count() == 1


def test_snoozed_until_then_or_until_news(cast: Cast) -> None:
    say(cast.conversation)
    sorting.snooze(cast.conversation, by=cast.agent, until=timezone.now() + timedelta(hours=4))
    assert now(cast.conversation).snoozed_until is not None
    say(cast.conversation, "Any news?")
    assert now(cast.conversation).snoozed_until is None


@pytest.mark.parametrize("delta", [timedelta(minutes=-1), timedelta(days=400)])
def test_nobody_snoozes_into_the_past_or_for_ever(cast: Cast, delta: timedelta) -> None:
    with pytest.raises(BadInput):
        sorting.snooze(cast.conversation, by=cast.agent, until=timezone.now() + delta)


def test_a_stranger_sorts_nothing(cast: Cast) -> None:
    for sort in (
        lambda: sorting.set_priority(cast.conversation, by=cast.foreign_agent, priority=2),
        lambda: sorting.label(cast.conversation, by=cast.foreign_agent, name="x"),
        lambda: sorting.unlabel(cast.conversation, by=cast.foreign_agent, name="x"),
        lambda: sorting.snooze(cast.conversation, by=cast.foreign_agent, until=None),
    ):
        with pytest.raises(Conversation.DoesNotExist):
            sort()


def talked_and_resolved(cast: Cast) -> None:
    services.take_over(cast.conversation, by=cast.agent)
    services.reply_as_agent(cast.conversation, by=cast.agent, text="Here you are", client_msg_id="a1")
    services.resolve(cast.conversation, by=cast.agent)


def test_contentment_is_asked_once_per_part(cast: Cast) -> None:
    with pytest.raises(NotPossibleNow):
        rating.rate(cast.conversation, score=5)
    talked_and_resolved(cast)
    assert rating.parts_of(now(cast.conversation)) == ["agent"]
    rating.rate(cast.conversation, score=4, comment="Quick")
    assert rating.parts_of(now(cast.conversation)) == []
    for fields in ({"score": 5}, {"score": 5, "part": "agent"}, {"score": 5, "part": "assistant"}):
        with pytest.raises(NotPossibleNow):
            rating.rate(cast.conversation, **fields)  # type: ignore[arg-type] # a dict of both
    assert [(one.part, one.score, one.comment) for one in Rating.objects.all()] == [("agent", 4, "Quick")]


@pytest.mark.parametrize(
    "fields",
    [
        {"score": 0},
        {"score": 6},
        {"score": 3, "comment": "x" * 2_001},
        {"score": 3, "part": "x"},
        {"score": 3, "comment": "\x00"},
    ],
)
def test_what_is_no_rating_is_refused(cast: Cast, fields: dict[str, Any]) -> None:
    talked_and_resolved(cast)
    with pytest.raises(BadInput):
        rating.rate(cast.conversation, **fields)
