"""Assistant, customer and agents at the same moment, many times over: nobody talks past a take-over, and no word is lost.

Fifty rounds of each in the suite; `RACES=1000 pytest tests/conversations/test_races.py` for a thousand.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import close_old_connections, connection

from apps.conversations import services
from apps.conversations.errors import NotPossibleNow
from apps.conversations.models import Conversation, Handoff, Message
from apps.conversations.replying import replies
from tests.conversations.cast import Cast, an_answer, say

ROUNDS = int(os.environ.get("RACES", "50"))

pytestmark = pytest.mark.timeout(max(120, ROUNDS * 2))


def together(*calls: Callable[[], object]) -> list[object]:
    """What each came to; a refusal is a result too."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        close_old_connections()
        try:
            gate.wait(10)
            return call()
        except NotPossibleNow as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def spoken_after(conversation: Conversation, handoff: Handoff) -> list[Message]:
    """What the assistant told the customer after a person had come."""
    said = conversation.messages.filter(sender=Message.Sender.ASSISTANT, private=False)
    return [one for one in said if one.settled_at is None or one.settled_at > handoff.taken_at]


def check_nothing_lost(conversation: Conversation, *texts: str) -> None:
    rows = list(conversation.messages.order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    for text in texts:
        assert [row.text for row in rows].count(text) == 1, text


def test_an_answer_that_ends_as_a_person_comes(cast: Cast) -> None:
    first = 0
    for number in range(ROUNDS):
        conversation = services.start_conversation(cast.customer)
        posted = say(conversation, f"question {number}")
        assert posted.reply is not None
        claim = replies.claim(posted.reply.pk)
        assert claim is not None
        together(
            lambda claim=claim: replies.settle(claim, an_answer("The answer. [1]")),
            lambda conversation=conversation: services.take_over(conversation, by=cast.agent),
            lambda conversation=conversation: say(conversation, "one thing more"),
        )
        conversation.refresh_from_db()
        handoff = conversation.handoffs.get()
        assert conversation.status == Conversation.Status.AGENT
        assert spoken_after(conversation, handoff) == []
        check_nothing_lost(conversation, f"question {number}", "The answer. [1]", "one thing more")
        first += not conversation.messages.get(pk=posted.reply.pk).private
    assert ROUNDS < 500 or 0 < first < ROUNDS, "one side always won: this was no race"


def test_two_who_take_over_and_a_third_who_gives_back(cast: Cast) -> None:
    for _ in range(ROUNDS):
        conversation = services.start_conversation(cast.customer)
        services.request_handoff(conversation)
        agents = (cast.agent, cast.second_agent)
        came = together(
            *(
                lambda one=one, it=conversation: services.take_over(it, by=one, from_line=True)
                for one in agents
            )
        )
        conversation.refresh_from_db()
        assert sum(isinstance(result, NotPossibleNow) for result in came) == 1
        owner = next(one for one in agents if one.user_id == conversation.assignee_id)
        together(
            lambda it=conversation, by=owner: services.reply_as_agent(
                it, by=by, text="I am here", client_msg_id="1"
            ),
            lambda it=conversation, by=owner: services.reply_as_agent(
                it, by=by, text="I am here", client_msg_id="1"
            ),
            lambda it=conversation: say(it, "at last"),
        )
        check_nothing_lost(conversation, "I am here", "at last")
