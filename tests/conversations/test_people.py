"""Who may do what: agents of the site, colleagues, strangers; and what becomes of an answer when a person comes."""

import pytest

from apps.conversations import queries, services
from apps.conversations.errors import NotPossibleNow
from apps.conversations.models import Conversation, Handoff, Message, Site
from apps.conversations.replying import replies
from tests.conversations.cast import Cast, an_answer, say, texts_seen_by_contact

ACTIONS = {
    "take_over": lambda conversation, by: services.take_over(conversation, by=by),
    "give_back": lambda conversation, by: services.give_back(conversation, by=by),
    "resolve": lambda conversation, by: services.resolve(conversation, by=by),
    "reply": lambda conversation, by: services.reply_as_agent(
        conversation, by=by, text="Hi", client_msg_id="a"
    ),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_agent_of_another_site_finds_no_conversation(cast: Cast, action: str) -> None:
    with pytest.raises(Conversation.DoesNotExist):
        ACTIONS[action](cast.conversation, cast.foreign_agent)
    assert Conversation.objects.get(pk=cast.conversation.pk).status == "assistant"


def test_sites_and_conversations_are_those_of_the_member(cast: Cast) -> None:
    assert list(queries.sites_of(cast.agent.user)) == [cast.shop]
    assert queries.membership(cast.agent.user, cast.shop.pk) == cast.agent
    with pytest.raises(Site.DoesNotExist):
        queries.membership(cast.foreign_agent.user, cast.shop.pk)
    assert list(queries.conversations_of(cast.agent)) == [cast.conversation]
    assert not queries.conversations_of(cast.foreign_agent).exists()
    with pytest.raises(Conversation.DoesNotExist):
        queries.conversation_for(cast.foreign_agent, cast.conversation.pk)


def test_contacts_see_their_own_conversations_only(cast: Cast) -> None:
    assert list(queries.contact_conversations(cast.customer)) == [cast.conversation]
    assert not queries.contact_conversations(cast.neighbour).exists()
    assert not queries.contact_conversations(cast.stranger).exists()


def test_a_person_is_asked_for_once(cast: Cast) -> None:
    first = services.request_handoff(cast.conversation, comment="A person, please")
    again = services.request_handoff(cast.conversation)
    conversation = Conversation.objects.get(pk=cast.conversation.pk)
    assert first == again
    assert (conversation.status, queries.position(conversation)) == ("waiting", 1)


def test_waiting_line_moves_up(cast: Cast) -> None:
    second = services.start_conversation(cast.neighbour)
    services.request_handoff(cast.conversation)
    services.request_handoff(second)
    second.refresh_from_db()
    assert queries.position(second) == 2
    services.take_over(cast.conversation, by=cast.agent)
    assert queries.position(second) == 1
    assert queries.position(Conversation.objects.get(pk=cast.conversation.pk)) == 0


def test_taking_over_closes_the_wait_and_names_who_took_it(cast: Cast) -> None:
    services.request_handoff(cast.conversation)
    services.take_over(cast.conversation, by=cast.agent)
    handoff = Handoff.objects.get()
    assert handoff.taken_by == cast.agent.user
    services.resolve(cast.conversation, by=cast.agent)
    handoff.refresh_from_db()
    assert handoff.closed_at is not None


def test_a_colleague_cannot_take_a_conversation_away_but_an_operator_can(cast: Cast) -> None:
    services.take_over(cast.conversation, by=cast.agent)
    with pytest.raises(NotPossibleNow) as refused:
        services.take_over(cast.conversation, by=cast.second_agent)
    assert refused.value.code == "with_another_agent"
    services.take_over(cast.conversation, by=cast.operator)
    assert Conversation.objects.get(pk=cast.conversation.pk).assignee == cast.operator.user


def test_only_who_took_over_may_answer(cast: Cast) -> None:
    for member in (cast.agent, cast.operator):
        with pytest.raises(NotPossibleNow):
            services.reply_as_agent(cast.conversation, by=member, text="Hi", client_msg_id="a")
    services.take_over(cast.conversation, by=cast.agent)
    first = services.reply_as_agent(cast.conversation, by=cast.agent, text="Hi", client_msg_id="a")
    again = services.reply_as_agent(cast.conversation, by=cast.agent, text="Hi", client_msg_id="a")
    assert first == again
    with pytest.raises(NotPossibleNow):
        services.reply_as_agent(cast.conversation, by=cast.second_agent, text="Hi", client_msg_id="b")


def test_an_answer_that_comes_after_a_person_took_over_is_a_draft(cast: Cast) -> None:
    reply = say(cast.conversation, "How long?").reply
    assert reply is not None
    claim = replies.claim(reply.pk)
    assert claim is not None
    services.take_over(cast.conversation, by=cast.agent)
    assert replies.settle(claim, an_answer())
    draft = Message.objects.get(pk=reply.pk)
    assert (draft.private, draft.state, draft.text) == (True, "done", "Within 30 days. [1]")
    assert texts_seen_by_contact(cast.conversation) == ["How long?"]
    assert draft in queries.messages_for_member(cast.conversation)


def test_an_answer_stays_a_draft_even_when_the_conversation_was_given_back_meanwhile(cast: Cast) -> None:
    reply = say(cast.conversation, "How long?").reply
    assert reply is not None
    claim = replies.claim(reply.pk)
    assert claim is not None
    services.take_over(cast.conversation, by=cast.agent)
    services.give_back(cast.conversation, by=cast.agent)
    replies.settle(claim, an_answer())
    assert texts_seen_by_contact(cast.conversation) == ["How long?"]


def test_a_draft_is_sent_once_as_it_is_or_edited(cast: Cast) -> None:
    reply = say(cast.conversation).reply
    assert reply is not None
    claim = replies.claim(reply.pk)
    assert claim is not None
    services.take_over(cast.conversation, by=cast.agent)
    replies.settle(claim, an_answer())
    draft = Message.objects.get(pk=reply.pk)
    sent = services.send_draft(draft, by=cast.agent, text="Within 30 days, gladly.")
    assert (sent.sender, sent.author, sent.from_draft) == ("agent", cast.agent.user, draft)
    assert services.send_draft(draft, by=cast.agent, text="Within 30 days, gladly.") == sent
    with pytest.raises(NotPossibleNow):
        services.send_draft(draft, by=cast.agent, text="Something else")
    with pytest.raises(NotPossibleNow) as refused:
        services.send_draft(sent, by=cast.agent, text="x")
    assert refused.value.code == "not_a_draft"


def test_identity_is_one_contact_on_every_device_and_keeps_what_was_said_before(cast: Cast) -> None:
    known = services.recognize(cast.shop, user_id="u1", name="Mei", locale="en", before=cast.customer)
    assert known.verified
    assert services.recognize(cast.shop, user_id="u1", locale="zh-hans") == known
    assert list(queries.contact_conversations(known)) == [cast.conversation]
    assert not queries.contact_conversations(cast.customer).exists()
    assert services.recognize(cast.other, user_id="u1", locale="en") != known


def test_what_a_verified_person_said_does_not_move_to_another(cast: Cast) -> None:
    first = services.recognize(cast.shop, user_id="u1", locale="en", before=cast.customer)
    second = services.recognize(cast.shop, user_id="u2", locale="en", before=first)
    assert not queries.contact_conversations(second).exists()


def test_feedback_counts_last_and_only_on_answers(cast: Cast) -> None:
    posted = say(cast.conversation)
    assert posted.reply is not None
    with pytest.raises(NotPossibleNow):
        services.give_feedback(posted.reply, rating="up")  # not yet written
    claim = replies.claim(posted.reply.pk)
    assert claim is not None
    replies.settle(claim, an_answer())
    reply = Message.objects.get(pk=posted.reply.pk)
    services.give_feedback(reply, rating="up")
    services.give_feedback(reply, rating="down", reason="wrong", comment="It is 14 days.")
    assert Message.objects.get(pk=reply.pk).feedback.rating == "down"
    with pytest.raises(NotPossibleNow):
        services.give_feedback(posted.message, rating="up")


@pytest.mark.parametrize(
    "origin", ["shop.example", "https://", "ftp://shop.example", "https://shop.example/path", "*"]
)
def test_origin_has_a_form(cast: Cast, origin: str) -> None:
    with pytest.raises(services.BadInput):
        services.create_site(name="Site", origins=[origin])


def test_origins_are_kept_as_browsers_write_them(cast: Cast) -> None:
    origins = ["HTTPS://Shop.Example/", "https://shop.example:443", "http://a.example:8080"]
    site = services.create_site(name="Site", origins=origins)
    assert site.origins == ["https://shop.example", "https://shop.example", "http://a.example:8080"]
