"""The row of a reply: claimed by one, kept alive, retried once, handed over; stopped; in order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.conversations import services
from apps.conversations.desk import noting
from apps.conversations.models import Conversation, Handoff, Message
from apps.conversations.replying import replies
from tests.conversations.cast import Cast, an_answer, say


def posted_reply(cast: Cast, text: str = "How long?") -> Message:
    reply = say(cast.conversation, text).reply
    assert reply is not None
    return reply


def claimed(reply: Message) -> replies.Claim:
    claim = replies.claim(reply.pk)
    assert claim is not None
    return claim


def lose(reply: Message) -> None:
    """As if its process had been killed a while ago."""
    Message.objects.filter(pk=reply.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=60))


def test_a_reply_is_claimed_by_one(cast: Cast) -> None:
    reply = posted_reply(cast)
    assert claimed(reply).attempt == 1
    assert replies.claim(reply.pk) is None


def test_settled_answer_keeps_citations_and_trace(cast: Cast) -> None:
    reply = posted_reply(cast)
    answer = an_answer(trace={"model": "home", "odd": "nul \x00 and \ud800"}, usage={"output_tokens": 5})
    replies.settle(claimed(reply), answer)
    reply.refresh_from_db()
    assert (reply.state, reply.decision, reply.reason) == ("done", "answer", "supported")
    assert [(one.number, one.title) for one in reply.citations.all()] == [(1, "Returns")]
    assert reply.trace["usage"] == {"output_tokens": 5}


def test_a_lost_reply_is_retried_once_and_then_handed_over_with_a_word(cast: Cast) -> None:
    reply = posted_reply(cast)
    claimed(reply)
    lose(reply)
    assert replies.lost_in(cast.conversation.pk) == [reply.pk]
    assert claimed(reply).attempt == 2
    assert replies.lost_in(cast.conversation.pk) == []
    lose(reply)
    assert replies.claim(reply.pk) is None
    reply.refresh_from_db()
    assert (reply.state, reply.reason) == ("failed", "reply_lost")
    assert reply.text
    assert Conversation.objects.get(pk=cast.conversation.pk).status == "waiting"
    assert Handoff.objects.get().reason == "reply_lost"


def test_who_lost_a_reply_can_neither_keep_it_alive_nor_settle_it(cast: Cast) -> None:
    reply = posted_reply(cast)
    first = claimed(reply)
    lose(reply)
    second = claimed(reply)
    assert replies.beat(first, shown="").lost
    assert not replies.settle(first, an_answer("The first."))
    assert not replies.settle_stopped(first, replies.Shown("The first."))
    assert replies.settle(second, an_answer("The second."))
    reply.refresh_from_db()
    assert reply.text == "The second."


def test_a_reply_that_was_let_go_can_be_taken_at_once(cast: Cast) -> None:
    reply = posted_reply(cast)
    replies.let_go(claimed(reply))
    assert replies.next_in(cast.conversation.pk) == reply.pk
    assert claimed(reply).attempt == 2


def test_a_reply_that_nobody_began_is_found_after_a_moment(cast: Cast) -> None:
    reply = posted_reply(cast)
    assert replies.lost_in(cast.conversation.pk) == []
    Message.objects.filter(pk=reply.pk).update(created_at=timezone.now() - timedelta(seconds=10))
    assert replies.lost_in(cast.conversation.pk) == [reply.pk]


def test_replies_are_written_one_after_the_other(cast: Cast) -> None:
    first, second = posted_reply(cast, "One?"), posted_reply(cast, "Two?")
    assert replies.claim(second.pk) is None
    claim = claimed(first)
    assert replies.claim(second.pk) is None
    replies.settle(claim, an_answer("Answer one."))
    assert replies.next_in(cast.conversation.pk) == second.pk
    turn = claimed(second).turn
    assert (turn.question, [said.text for said in turn.history]) == ("Two?", ["One?", "Answer one."])


def test_history_holds_this_episode_and_no_citation_marks(cast: Cast) -> None:
    replies.settle(claimed(posted_reply(cast, "Old question?")), an_answer("Old answer. [1]"))
    services.resolve(cast.conversation, by=cast.agent)
    replies.settle(claimed(posted_reply(cast, "New question?")), an_answer("New answer. [1][2]"))
    turn = claimed(posted_reply(cast, "And then?")).turn
    assert [(said.role, said.text) for said in turn.history] == [
        ("user", "New question?"),
        ("assistant", "New answer."),
    ]


def test_of_earlier_episodes_there_is_a_summary_and_no_note(cast: Cast) -> None:
    replies.settle(claimed(posted_reply(cast, "Hello!")), an_answer("Hello.", citations=()))
    replies.settle(claimed(posted_reply(cast, "Can I return MW-20418 within 30 days?")), an_answer())
    services.take_over(cast.conversation, by=cast.agent)
    noting.add_note(cast.conversation, by=cast.agent, text="A difficult one, MW-99999.", client_msg_id="n")
    services.reply_as_agent(cast.conversation, by=cast.agent, text="Of course.", client_msg_id="a")
    services.resolve(cast.conversation, by=cast.agent)
    turn = claimed(posted_reply(cast, "And the one from last time?")).turn
    assert turn.history == ()
    (earlier,) = turn.earlier
    assert earlier.asked == "Can I return MW-20418 within 30 days?"
    assert earlier.outcome == "It was answered from: Returns. A person answered."
    assert earlier.named == ("MW-20418",)


def test_history_is_capped(cast: Cast) -> None:
    for number in range(20):
        replies.settle(claimed(posted_reply(cast, f"{number} " + "x" * 900)), an_answer("y" * 900))
    turn = claimed(posted_reply(cast, "And then?")).turn
    assert sum(len(said.text) for said in turn.history) <= replies.HISTORY_CHARACTERS
    assert turn.history[-1].role == "assistant"


def test_a_question_that_was_asked_back_is_known_in_the_next_turn(cast: Cast) -> None:
    asked_back = an_answer("Which one?", decision="clarify", reason="ambiguous", citations=())
    replies.settle(claimed(posted_reply(cast, "Delivery?")), asked_back)
    assert claimed(posted_reply(cast, "The express one")).turn.asked_back


def test_asking_for_a_person_hands_over_in_the_same_transaction(cast: Cast) -> None:
    answer = an_answer("", decision="handoff", reason="asked_for_person", citations=())
    replies.settle(claimed(posted_reply(cast, "A person!")), answer)
    assert Conversation.objects.get(pk=cast.conversation.pk).status == "waiting"
    assert Message.objects.get(sender="assistant").text  # never a blank bubble


def test_without_evidence_a_person_is_offered_and_nothing_is_forced(cast: Cast) -> None:
    answer = an_answer(
        "I do not know.", decision="handoff", reason="no_evidence", citations=(), offers_person=True
    )
    replies.settle(claimed(posted_reply(cast)), answer)
    assert Conversation.objects.get(pk=cast.conversation.pk).status == "assistant"
    assert Message.objects.get(sender="assistant").offer_person


def test_stop_keeps_what_was_shown(cast: Cast) -> None:
    reply = posted_reply(cast)
    claim = claimed(reply)
    assert services.stop_reply(reply).state == "generating"  # its writer settles it
    assert replies.beat(claim, shown="Within").stop
    replies.settle_stopped(claim, replies.Shown("Within 30 days."))
    reply.refresh_from_db()
    assert (reply.state, reply.text) == ("stopped", "Within 30 days.")
    assert services.stop_reply(reply).state == "stopped"


@pytest.mark.parametrize("was_begun", [True, False])
def test_a_reply_that_nobody_writes_is_stopped_at_once(cast: Cast, was_begun: bool) -> None:
    reply = posted_reply(cast)
    if was_begun:
        replies.beat(claimed(reply), shown="Within")
        lose(reply)
    assert services.stop_reply(reply).state == "stopped"
    assert replies.claim(reply.pk) is None
