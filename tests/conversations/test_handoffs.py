"""A handoff done right: why, what was tried, what may be expected, second thoughts. And the old failures, one by one."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from apps.conversations import queries, services
from apps.conversations.desk import expecting, handing, letters, mailing, rating
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.live import bells, events
from apps.conversations.models import Conversation, Handoff, Letter, Member, Message, Resolution, Site
from apps.conversations.replying import replies
from apps.people import members
from tests.conversations.cast import Cast, an_answer, say

Status = Conversation.Status


def now(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_related("site").get(pk=conversation.pk)


def answered(
    conversation: Conversation, question: str, text: str = "Within 30 days. [1]", **fields: Any
) -> None:
    posted = say(conversation, question)
    assert posted.reply is not None
    claim = replies.claim(posted.reply.pk)
    assert claim is not None
    replies.settle(claim, an_answer(text, **fields))


# --- Why, and what is known ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "question", "reason"),
    [
        ({"reason": "supported"}, "Hello", "contact_asked"),
        ({"reason": "no_evidence", "decision": "handoff", "offers_person": True}, "Hello", "no_evidence"),
        ({"reason": "unclear", "decision": "handoff", "offers_person": True}, "Hello", "low_confidence"),
        ({"reason": "search_down", "decision": "handoff", "offers_person": True}, "Hello", "model_down"),
        ({"reason": "supported"}, "This is unacceptable, I want to complain", "complaint"),
        ({"reason": "supported"}, "我要投诉你们", "complaint"),
    ],
)
def test_the_reason_says_why_a_person_was_wished_for(
    cast: Cast, answer: dict[str, Any], question: str, reason: str
) -> None:
    answered(cast.conversation, question, **answer)
    assert services.request_handoff(cast.conversation).reason == reason


def test_whoever_takes_it_sees_what_was_asked_and_tried(cast: Cast) -> None:
    answered(cast.conversation, "How long can I return things?")
    facts = services.request_handoff(cast.conversation, comment="I need more time").facts
    assert facts["asked"] == ["How long can I return things?"]
    tried = {"text": "Within 30 days.", "reason": "supported", "titles": ["Returns"], "is_open": False}
    assert facts["tried"] == [tried]


# --- What may be expected -----------------------------------------------------------------------------------


def test_what_may_be_expected_is_told_only_when_it_is_known(cast: Cast) -> None:
    services.request_handoff(cast.conversation)
    told = expecting.expectation(now(cast.conversation))
    assert (told.position, told.minutes, told.people, told.is_served) == (1, None, 0, False)
    expecting.show_up(cast.agent)
    for minutes in (2, 4, 9):
        earlier = services.start_conversation(cast.neighbour)
        row = earlier.handoffs.create(
            reason="contact_asked", taken_at=timezone.now(), closed_at=timezone.now()
        )
        Handoff.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(minutes=minutes))
    told = expecting.expectation(now(cast.conversation))
    assert (told.minutes, told.people, told.is_served) == (4, 1, True)


def test_nobody_is_there_out_of_hours_or_when_they_say_so(cast: Cast) -> None:
    expecting.show_up(cast.agent)
    assert expecting.people_here(cast.shop).count() == 1
    Member.objects.filter(pk=cast.agent.pk).update(is_available=False)
    assert not expecting.people_here(cast.shop).exists()
    cast.shop.hours = {"mon": []}
    cast.shop.save()
    assert not expecting.expectation(now(cast.conversation)).is_open


def test_a_promise_counts_down_for_those_who_wait(cast: Cast) -> None:
    cast.shop.targets = {"first_reply": 10}
    cast.shop.save()
    services.request_handoff(cast.conversation)
    waiting = now(cast.conversation)
    assert waiting.waiting_since is not None
    due = expecting.reply_due(waiting, unanswered_since=None)
    assert due == waiting.waiting_since + timedelta(minutes=10)


# --- Second thoughts ----------------------------------------------------------------------------------------


def test_the_customer_cancels_and_the_others_move_up(cast: Cast) -> None:
    other = services.start_conversation(cast.neighbour)
    services.request_handoff(cast.conversation)
    services.request_handoff(other)
    handing.cancel(cast.conversation)
    handing.cancel(cast.conversation)
    assert now(cast.conversation).status == Status.ASSISTANT
    assert queries.position(now(other)) == 1
    assert say(cast.conversation).reply is not None


def test_it_is_too_late_to_cancel_once_a_person_came(cast: Cast) -> None:
    services.request_handoff(cast.conversation)
    services.take_over(cast.conversation, by=cast.agent)
    with pytest.raises(NotPossibleNow):
        handing.cancel(cast.conversation)


def test_a_take_over_is_undone_and_the_place_in_line_is_the_old_one(cast: Cast) -> None:
    services.request_handoff(cast.conversation)
    since = now(cast.conversation).waiting_since
    services.request_handoff(services.start_conversation(cast.neighbour))
    services.take_over(cast.conversation, by=cast.agent)
    assert handing.may_undo(now(cast.conversation), by=cast.agent)
    handing.undo_take_over(cast.conversation, by=cast.agent)
    back = now(cast.conversation)
    assert (back.status, back.assignee, queries.position(back)) == (Status.WAITING, None, 1)
    assert since is not None
    assert back.waiting_since is not None
    assert abs(back.waiting_since - since) < timedelta(seconds=5)
    assert (
        services.take_over(cast.conversation, by=cast.second_agent).assignee_id == cast.second_agent.user_id
    )


def test_a_take_over_from_the_assistant_is_undone_to_the_assistant(cast: Cast) -> None:
    services.take_over(cast.conversation, by=cast.agent)
    handing.undo_take_over(cast.conversation, by=cast.agent)
    assert now(cast.conversation).status == Status.ASSISTANT
    assert handing.given_back(now(cast.conversation), by=cast.agent) is None
    assert say(cast.conversation).reply is not None


def test_after_a_word_nothing_can_be_undone_and_never_by_another(cast: Cast) -> None:
    services.take_over(cast.conversation, by=cast.agent)
    with pytest.raises(NotPossibleNow):
        handing.undo_take_over(cast.conversation, by=cast.second_agent)
    services.reply_as_agent(cast.conversation, by=cast.agent, text="Hello", client_msg_id="a")
    assert not handing.may_undo(now(cast.conversation), by=cast.agent)
    with pytest.raises(NotPossibleNow):
        handing.undo_take_over(cast.conversation, by=cast.agent)
    with pytest.raises(Conversation.DoesNotExist):
        handing.undo_take_over(cast.conversation, by=cast.foreign_agent)


def test_a_give_back_is_undone_to_the_same_handoff_until_the_customer_writes(cast: Cast) -> None:
    services.request_handoff(cast.conversation)
    services.take_over(cast.conversation, by=cast.agent)
    services.reply_as_agent(cast.conversation, by=cast.agent, text="One moment.", client_msg_id="a")
    services.give_back(cast.conversation, by=cast.agent)
    with pytest.raises(NotPossibleNow):
        handing.undo(now(cast.conversation), by=cast.second_agent)
    with pytest.raises(Conversation.DoesNotExist):
        handing.undo(now(cast.conversation), by=cast.foreign_agent)
    later = timezone.now() + timedelta(minutes=11)
    assert handing.given_back(now(cast.conversation), by=cast.agent, now=later) is None
    handing.undo(now(cast.conversation), by=cast.agent)
    back = now(cast.conversation)
    assert (back.status, back.assignee) == (Status.AGENT, cast.agent.user)
    handoff = back.handoffs.get()
    assert (handoff.reason, handoff.closed_at) == (Handoff.Reason.CONTACT_ASKED, None)
    services.give_back(back, by=cast.agent)
    say(cast.conversation)
    with pytest.raises(NotPossibleNow):
        handing.undo(now(cast.conversation), by=cast.agent)


@pytest.mark.parametrize("before", [Status.ASSISTANT, Status.WAITING, Status.AGENT])
def test_a_resolve_by_mistake_is_undone_to_where_it_was(cast: Cast, before: str) -> None:
    if before != Status.ASSISTANT:
        services.request_handoff(cast.conversation)
    if before == Status.AGENT:
        services.take_over(cast.conversation, by=cast.agent)
    was, place = now(cast.conversation), queries.position(now(cast.conversation))
    services.resolve(cast.conversation, by=cast.agent)
    with pytest.raises(NotPossibleNow):
        handing.undo(now(cast.conversation), by=cast.second_agent)
    handing.undo(now(cast.conversation), by=cast.agent)
    back = now(cast.conversation)
    assert (back.status, back.assignee, back.episode) == (before, was.assignee, was.episode)
    assert not back.resolutions.exists()
    assert back.handoffs.filter(closed_at=None).count() == (0 if before == Status.ASSISTANT else 1)
    assert queries.position(back) == place


@pytest.mark.parametrize("is_late", [False, True])
def test_what_was_asked_before_an_undone_resolve_is_answered(cast: Cast, is_late: bool) -> None:
    """The answer ends after second thoughts, or between the two."""
    reply = say(cast.conversation, "May I send it back?").reply
    assert reply is not None
    claim = replies.claim(reply.pk)
    assert claim is not None
    services.resolve(cast.conversation, by=cast.agent)
    steps = [
        lambda: handing.undo(now(cast.conversation), by=cast.agent),
        lambda: replies.settle(claim, an_answer("I have connected you to a colleague.")),
    ]
    for step in steps if is_late else reversed(steps):
        step()
    shown = queries.messages_for_contact(now(cast.conversation)).get(pk=reply.pk)
    assert (shown.state, shown.text) == (Message.State.DONE, "I have connected you to a colleague.")
    assert now(cast.conversation).status == Status.WAITING  # what was told is kept


@pytest.mark.parametrize("before", [Status.ASSISTANT, Status.WAITING])
def test_an_answer_that_was_lost_while_resolved_is_told_when_that_is_undone(cast: Cast, before: str) -> None:
    reply = say(cast.conversation, "May I send it back?").reply
    assert reply is not None
    assert replies.claim(reply.pk) is not None
    if before == Status.WAITING:
        services.request_handoff(cast.conversation)
    services.resolve(cast.conversation, by=cast.agent)
    long_ago = timezone.now() - timedelta(minutes=1)
    Message.objects.filter(pk=reply.pk).update(attempt=replies.MAX_ATTEMPTS, heartbeat_at=long_ago)
    assert replies.claim(reply.pk) is None  # it is given up
    assert not queries.messages_for_contact(now(cast.conversation)).filter(pk=reply.pk).exists()
    handing.undo(now(cast.conversation), by=cast.agent)
    shown = queries.messages_for_contact(now(cast.conversation)).get(pk=reply.pk)
    assert (shown.state, shown.offer_person) == (Message.State.FAILED, True)
    assert now(cast.conversation).status == Status.WAITING
    assert now(cast.conversation).handoffs.filter(closed_at=None).count() == 1


def test_what_was_withdrawn_before_a_resolve_stays_a_draft_when_that_is_undone(cast: Cast) -> None:
    reply = say(cast.conversation, "May I send it back?").reply
    assert reply is not None
    claim = replies.claim(reply.pk)
    assert claim is not None
    services.take_over(cast.conversation, by=cast.agent)
    replies.settle(claim, an_answer("Within 30 days."))
    services.give_back(cast.conversation, by=cast.agent)
    services.resolve(cast.conversation, by=cast.agent)
    handing.undo(now(cast.conversation), by=cast.agent)
    assert Message.objects.get(pk=reply.pk).private


def test_who_waits_again_after_an_undone_resolve_is_looked_for_and_the_others_learn_their_place(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.request_handoff(cast.conversation)
    behind = services.start_conversation(cast.neighbour)
    services.request_handoff(behind)
    services.take_over(cast.conversation, by=cast.second_agent)
    cast.agent.role = Member.Role.OPERATOR
    services.resolve(cast.conversation, by=cast.agent)
    members.give_up_conversations(cast.second_agent)
    cast.second_agent.delete()
    Site.objects.filter(pk=cast.shop.pk).update(assigns=True)
    rung: list[str] = []
    told: list[Any] = []
    monkeypatch.setattr(bells, "ring", lambda name, id: rung.append(name))
    monkeypatch.setattr(events, "publish", lambda to, type, data, **seq: told.append((to, data["position"])))
    handing.undo(now(cast.conversation), by=cast.agent)
    back = now(cast.conversation)
    assert (back.status, back.handoffs.get().taken_by, back.handoffs.get().taken_at) == (
        Status.WAITING,
        None,
        None,
    )
    assert bells.ASSIGN_WAITING in rung
    assert {(back.pk, 1), (behind.pk, 2)} <= set(told)


def test_a_resolve_stands_once_time_has_passed_or_the_customer_acted(cast: Cast) -> None:
    services.take_over(cast.conversation, by=cast.agent)
    services.reply_as_agent(cast.conversation, by=cast.agent, text="Done.", client_msg_id="a")
    services.resolve(cast.conversation, by=cast.agent)
    later = timezone.now() + timedelta(minutes=11)
    assert handing.end_to_undo(now(cast.conversation), by=cast.agent, now=later) is None
    with pytest.raises(Conversation.DoesNotExist):
        handing.undo_resolve(cast.conversation, by=cast.foreign_agent)
    rating.rate(cast.conversation, score=5)
    with pytest.raises(NotPossibleNow):
        handing.undo_resolve(cast.conversation, by=cast.agent)


def test_a_resolve_cannot_be_undone_once_the_customer_wrote_again(cast: Cast) -> None:
    services.resolve(cast.conversation, by=cast.agent)
    say(cast.conversation)
    with pytest.raises(NotPossibleNow):
        handing.undo_resolve(cast.conversation, by=cast.agent)


# --- While nobody is there ----------------------------------------------------------------------------------


def test_an_answer_is_mailed_to_who_left_an_address(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(bells, "ring", lambda name, id: rung.append((name, id)))
    say(cast.conversation)
    handing.leave_email(cast.conversation, email=" clara@example.org ")
    handing.leave_email(cast.conversation, email="clara@example.com")
    services.take_over(cast.conversation, by=cast.agent)
    sent = services.reply_as_agent(
        cast.conversation, by=cast.agent, text="Here it is {site}", client_msg_id="a"
    )
    assert rung == [(bells.MAIL_LETTER, sent.pk)]
    mailing.send(sent.pk, now=timezone.now())
    mailing.send(sent.pk, now=timezone.now())
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["clara@example.com"]
    assert "Here it is {site}" in mail.outbox[0].body
    assert cast.conversation.reference in mail.outbox[0].subject


def test_a_mail_outlives_a_lost_bell_a_mail_server_that_is_away_and_a_worker_that_was_killed(
    cast: Cast, settings: Any
) -> None:
    """No bell is heard in these tests: no broker is there."""
    handing.leave_email(cast.conversation, email="clara@example.com")
    services.take_over(cast.conversation, by=cast.agent)
    sent = services.reply_as_agent(cast.conversation, by=cast.agent, text="Here it is", client_msg_id="a")
    then = timezone.now()
    assert letters.take(sent.pk, now=then)  # by a worker that is killed
    assert not letters.due(now=then).exists()
    then += timedelta(minutes=2)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 9
    with pytest.raises(OSError, match="refused"):
        mailing.send(sent.pk, now=then)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    for letter in letters.due(now=then + timedelta(minutes=3)):
        mailing.send(letter.pk, now=then + timedelta(minutes=3))
    assert [one.to for one in mail.outbox] == [["clara@example.com"]]
    assert not Letter.objects.exists()


def test_a_mail_that_nobody_can_send_is_given_up_in_the_end(cast: Cast) -> None:
    letter = Letter.objects.create(message=say(cast.conversation).message, tries=letters.MOST_TRIES)
    mailing.send(letter.pk, now=timezone.now())
    assert not Letter.objects.exists()
    assert mail.outbox == []


@pytest.mark.parametrize(
    "email", ["", "clara", "a@b", "a@b.c\nBcc: x@y.z", "x" * 400 + "@example.org", "a\x00@example.org"]
)
def test_what_is_no_address_is_refused(cast: Cast, email: str) -> None:
    with pytest.raises(BadInput):
        handing.leave_email(cast.conversation, email=email)
    assert now(cast.conversation).status == Status.ASSISTANT


# --- After a resolve ----------------------------------------------------------------------------------------


def test_who_comes_back_within_seven_days_joins_the_same_conversation(cast: Cast) -> None:
    answered(cast.conversation, "How long?")
    services.resolve(cast.conversation, by=cast.agent)
    resolution = Resolution.objects.get(conversation=cast.conversation)
    assert (resolution.part, resolution.by, resolution.reopened_at) == ("assistant", cast.agent.user, None)
    say(cast.conversation, "Still broken")
    resolution.refresh_from_db()
    assert resolution.reopened_at is not None
    assert now(cast.conversation).episode == 2


def test_after_seven_days_a_resolve_has_lasted(cast: Cast) -> None:
    services.take_over(cast.conversation, by=cast.agent)
    services.reply_as_agent(cast.conversation, by=cast.agent, text="Done", client_msg_id="a")
    services.resolve(cast.conversation, by=cast.agent)
    Resolution.objects.update(resolved_at=timezone.now() - timedelta(days=8))
    say(cast.conversation, "Another thing")
    resolution = Resolution.objects.get()
    assert (resolution.part, resolution.reopened_at) == ("agent", None)


# --- The old failures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "I have transferred you to a colleague. [1]",
        "We are connecting you with our workshop.",
        "I'll pass you on to a person.",
        "已为您转接人工客服，请稍候。",
        "正在帮您转接，请稍等。",
    ],
)
def test_an_answer_that_claims_a_handoff_makes_one(cast: Cast, text: str) -> None:
    answered(cast.conversation, "My lamp is broken", text)
    assert now(cast.conversation).status == Status.WAITING
    assert cast.conversation.handoffs.get(closed_at=None).reason == Handoff.Reason.POLICY


@pytest.mark.parametrize(
    "text",
    [
        "Would you like to talk to a person?",
        "需要我为您转接人工客服吗？",
        "You can transfer the voucher to a friend.",
    ],
)
def test_an_answer_that_only_offers_a_person_makes_none(cast: Cast, text: str) -> None:
    answered(cast.conversation, "My lamp is broken", text)
    assert now(cast.conversation).status == Status.ASSISTANT


def test_no_loop_after_a_give_back(cast: Cast) -> None:
    """The old wish for a person stays in the history, and must not hand over again."""
    answered(cast.conversation, "A person please", "", reason="asked_for_person", decision="handoff")
    services.take_over(cast.conversation, by=cast.agent)
    services.give_back(cast.conversation, by=cast.agent)
    for question in ("How long can I return things?", "And from Austria?"):
        answered(cast.conversation, question)
        assert now(cast.conversation).status == Status.ASSISTANT
    assert not cast.conversation.handoffs.filter(closed_at=None).exists()


def test_no_silent_handoff(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever opens one, the customer's stream says so."""
    told: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        "apps.conversations.live.events.publish", lambda id, type, data, **more: told.append((type, data))
    )
    services.request_handoff(cast.conversation)
    assert ("handoff", "waiting") in [(type, data.get("status")) for type, data in told]
    told.clear()
    other = services.start_conversation(cast.neighbour)
    posted = say(other)
    assert posted.reply is not None
    Message.objects.filter(pk=posted.reply.pk).update(attempt=2, heartbeat_at=None)
    assert replies.claim(posted.reply.pk) is None  # given up
    assert ("handoff", "waiting") in [(type, data.get("status")) for type, data in told]


def test_two_agents_never_answer_at_once(cast: Cast) -> None:
    services.request_handoff(cast.conversation)
    services.take_over(cast.conversation, by=cast.agent, from_line=True)
    with pytest.raises(NotPossibleNow):
        services.take_over(cast.conversation, by=cast.second_agent)
    with pytest.raises(NotPossibleNow):
        services.take_over(cast.conversation, by=cast.operator, from_line=True)
    with pytest.raises(NotPossibleNow):
        services.reply_as_agent(cast.conversation, by=cast.second_agent, text="Me too", client_msg_id="b")
    assert not Message.objects.filter(text="Me too").exists()
