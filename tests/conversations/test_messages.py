"""What a customer writes: stored once, answered once, in order."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.conversations import queries, services
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.models import Conversation, Message
from tests.conversations.cast import Cast, say


def test_message_and_reply_are_stored_together(cast: Cast) -> None:
    posted = say(cast.conversation, "Hello?")
    assert posted.created
    assert (posted.message.seq, posted.message.sender, posted.message.state) == (1, "contact", "sent")
    assert posted.reply is not None
    assert (posted.reply.seq, posted.reply.sender, posted.reply.state) == (2, "assistant", "generating")


def test_same_client_msg_id_gives_the_same_rows(cast: Cast) -> None:
    first = say(cast.conversation, "Hello?", id="one")
    again = say(cast.conversation, "Hello?", id="one")
    assert not again.created
    assert (again.message, again.reply) == (first.message, first.reply)
    assert cast.conversation.messages.count() == 2


def test_other_text_under_a_used_client_msg_id_is_refused(cast: Cast) -> None:
    say(cast.conversation, "Hello?", id="one")
    with pytest.raises(NotPossibleNow) as refused:
        say(cast.conversation, "Something else", id="one")
    assert refused.value.code == "client_msg_id_reused"


def test_client_msg_ids_of_two_conversations_do_not_collide(cast: Cast) -> None:
    second = services.start_conversation(cast.customer)
    assert say(cast.conversation, id="one").message != say(second, id="one").message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t　", "empty"),
        ("\u200b\u200e", "empty"),
        ("x" * 8001, "too_long"),
        ("字" * 8001, "too_long"),
        ("nul\x00byte", "bad_text"),
        ("half \ud83d of a pair", "bad_text"),
    ],
)
def test_text_that_cannot_be_taken_is_refused_and_leaves_nothing(cast: Cast, text: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        say(cast.conversation, text)
    assert refused.value.code == code
    assert not cast.conversation.messages.exists()


@pytest.mark.parametrize("text", ["x" * 8000, "  padded  ", "👩‍👩‍👧‍👦", "line\nbreak", "\x07 bell", "م‌ن"])
def test_text_is_stored_as_it_was_typed(cast: Cast, text: str) -> None:
    assert Message.objects.get(pk=say(cast.conversation, text).message.pk).text == text


@pytest.mark.parametrize("id", ["x" * 65, "a\x00b", "a\nb"])
def test_client_msg_id_has_a_form(cast: Cast, id: str) -> None:
    with pytest.raises(BadInput):
        say(cast.conversation, id=id)


def test_no_reply_while_a_person_has_the_conversation_or_will_have(cast: Cast) -> None:
    services.request_handoff(cast.conversation)
    assert say(cast.conversation).reply is None
    services.take_over(cast.conversation, by=cast.agent)
    assert say(cast.conversation).reply is None
    services.give_back(cast.conversation, by=cast.agent)
    assert say(cast.conversation).reply is not None


def test_message_after_a_resolve_begins_a_new_episode(cast: Cast) -> None:
    say(cast.conversation, "First")
    services.resolve(cast.conversation, by=cast.agent)
    posted = say(cast.conversation, "Second")
    assert posted.message.episode == 2
    assert posted.reply is not None
    assert Conversation.objects.get(pk=cast.conversation.pk).status == "assistant"


def test_many_posts_at_once_are_stored_exactly_once_and_numbered_without_a_gap(cast: Cast) -> None:
    ids = [f"m{number % 12}" for number in range(48)]  # each of twelve messages, four times at once
    posted = at_once([lambda id=id: say(cast.conversation, f"text of {id}", id=id) for id in ids])
    rows = list(cast.conversation.messages.order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, 25))
    assert sorted(row.client_msg_id for row in rows if row.client_msg_id) == sorted(set(ids))
    assert sum(one.created for one in posted) == 12
    assert {(one.message.client_msg_id, one.message.pk, one.reply.pk) for one in posted if one.reply} == {
        (row.client_msg_id, row.pk, row.reply.pk) for row in rows if row.client_msg_id
    }


def test_posts_to_many_conversations_at_once_do_not_disturb_each_other(cast: Cast) -> None:
    conversations = [services.start_conversation(cast.customer) for _ in range(8)]
    at_once([lambda one=one: say(one) for one in conversations for _ in range(3)])
    for conversation in conversations:
        assert list(conversation.messages.values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_unread_counts_what_came_from_our_side(cast: Cast) -> None:
    say(cast.conversation)
    services.take_over(cast.conversation, by=cast.agent)
    services.reply_as_agent(cast.conversation, by=cast.agent, text="Hello!", client_msg_id="a1")
    services.reply_as_agent(cast.conversation, by=cast.agent, text="Still there?", client_msg_id="a2")
    assert queries.contact_conversations(cast.customer).get().unread == 2
    services.mark_read(cast.conversation, up_to=99)
    services.mark_read(cast.conversation, up_to=1)
    assert queries.contact_conversations(cast.customer).get().unread == 0


def at_once(calls: list[Callable[[], services.Posted]]) -> list[services.Posted]:
    gate = threading.Barrier(len(calls) if len(calls) < 8 else 8)

    def run(call: Callable[[], services.Posted]) -> services.Posted:
        gate.wait(timeout=60)
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(run, calls))
