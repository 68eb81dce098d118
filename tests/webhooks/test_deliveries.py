"""What happens at a site reaches the company's own server: signed, at least once, and never into a private network."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from apps.conversations import services
from apps.conversations.desk import handing
from apps.conversations.desk.noting import add_note
from apps.conversations.models import Conversation, Message
from apps.conversations.replying import replies
from apps.integrations import delivering, outbox, posting, webhooks
from apps.integrations.errors import BadInput, NotPossibleNow
from apps.integrations.models import Delivery, Webhook
from apps.knowledge.websites.fetching import FetchRefused
from tests.conversations.cast import Cast, an_answer, say
from tests.webhooks.receiver import Receiver

ALL = ["message", "handoff", "resolved"]
State = Delivery.State


@pytest.fixture(autouse=True)
def bells(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    settings.WEBHOOKS_MAY_BE_PRIVATE = True  # the receiver is on this machine
    rung: list[Any] = []
    monkeypatch.setattr(outbox, "deliver_soon", rung.append)
    return rung


@pytest.fixture
def hook(cast: Cast, receiver: Receiver) -> Webhook:
    return webhooks.add_webhook(cast.shop, address=receiver.address, kinds=ALL)


def row(hook: Webhook) -> Delivery:
    return Delivery.objects.get(webhook=hook)


def fresh(hook: Webhook) -> Webhook:
    return Webhook.objects.get(pk=hook.pk)


def wait_over(hook: Webhook) -> None:
    """As if its wait had passed."""
    Webhook.objects.filter(pk=hook.pk).update(not_before=None)
    hook.deliveries.filter(state=State.PENDING).update(next_at=timezone.now())


def is_genuine(headers: dict[str, str], body: bytes, *, secret: str) -> bool:
    """As a receiver checks it, by what docs/api.md says."""
    parts = [part.split("=", 1) for part in headers["SeekDesk-Signature"].split(",")]
    seconds = next(value for name, value in parts if name == "t")
    mark = hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    return mark in [value for name, value in parts if name == "v1"]


def test_a_conversation_is_told_from_the_question_to_its_end(
    cast: Cast, hook: Webhook, receiver: Receiver, bells: list[Any]
) -> None:
    posted = say(cast.conversation, "How long? 退货 <b>")
    assert posted.reply is not None
    claim = replies.claim(posted.reply.pk)
    assert claim is not None
    replies.settle(claim, an_answer())
    services.request_handoff(cast.conversation)
    services.request_handoff(cast.conversation)  # a second wish is no second event
    add_note(cast.conversation, by=cast.agent, text="Between us", client_msg_id="n")
    services.take_over(cast.conversation, by=cast.agent)
    services.reply_as_agent(cast.conversation, by=cast.agent, text="Hello", client_msg_id="a")
    services.resolve(cast.conversation, by=cast.agent)
    assert set(bells) == {hook.pk}
    assert delivering.deliver(hook.pk) is False
    assert [one["kind"] for one in receiver.events] == [
        "message",
        "message",
        "handoff",
        "message",
        "resolved",
    ]
    question, answer, handoff, agent, resolved = (one["data"] for one in receiver.events)
    assert question["message"]["text"] == "How long? 退货 <b>"
    assert (question["message"]["sender"], question["conversation"]["status"]) == ("contact", "assistant")
    assert answer["message"]["citations"][0]["title"] == "Returns"
    assert handoff["handoff"]["reason"] == "contact_asked"
    assert handoff["conversation"]["status"] == "waiting"  # as it was then, whatever it is now
    assert (agent["message"]["text"], agent["message"]["name"]) == ("Hello", "Ada")
    assert resolved["resolved_by"] == "both"
    handing.undo(Conversation.objects.get(pk=cast.conversation.pk), by=cast.agent)
    delivering.deliver(hook.pk)
    reopened = receiver.events[-1]
    assert (reopened["kind"], reopened["data"]["conversation"]["status"]) == ("reopened", "agent")
    assert "Between us" not in str(receiver.events)
    for headers, body in receiver.heard:
        assert is_genuine(headers, body, secret=hook.secret)
        assert not is_genuine(headers, body + b" ", secret=hook.secret)
        assert not is_genuine(headers, body, secret="whsec_another")
    delivered = list(hook.deliveries.order_by("created_at"))
    assert {one.state for one in delivered} == {State.DONE}
    assert len({one.event_id for one in delivered}) == 6
    assert {len(one.response) for one in delivered} == {1024}


def test_a_resolve_that_was_taken_back_before_it_went_out_still_says_who_had_answered(
    cast: Cast, hook: Webhook, receiver: Receiver
) -> None:
    services.take_over(cast.conversation, by=cast.agent)
    services.reply_as_agent(cast.conversation, by=cast.agent, text="Hello", client_msg_id="a")
    services.resolve(cast.conversation, by=cast.agent)
    handing.undo(Conversation.objects.get(pk=cast.conversation.pk), by=cast.agent)
    delivering.deliver(hook.pk)
    resolved, reopened = receiver.events[-2:]
    assert (resolved["kind"], resolved["data"]["resolved_by"]) == ("resolved", "agent")
    assert "resolved_by" not in resolved["data"]["conversation"]
    assert reopened["kind"] == "reopened"


def test_only_what_was_chosen_of_ones_own_site_is_told(cast: Cast, receiver: Receiver) -> None:
    handoffs = webhooks.add_webhook(cast.shop, address=receiver.address, kinds=["handoff"])
    theirs = webhooks.add_webhook(cast.other, address=receiver.address, kinds=ALL)
    paused = webhooks.add_webhook(cast.shop, address=receiver.address, kinds=ALL)
    webhooks.pause(paused)
    say(cast.conversation)
    services.request_handoff(cast.conversation)
    assert [one.kind for one in handoffs.deliveries.all()] == ["handoff"]
    assert not theirs.deliveries.exists()
    assert not paused.deliveries.exists()


def test_what_is_taken_back_was_never_told(cast: Cast, hook: Webhook, bells: list[Any]) -> None:
    with transaction.atomic():
        say(cast.conversation)
        assert hook.deliveries.exists()
        transaction.set_rollback(True)
    assert not hook.deliveries.exists()
    assert not bells


@pytest.mark.parametrize(
    ("behaves", "reason", "status"),
    [
        (500, "bad_status", 500),
        (410, "bad_status", 410),
        (302, "redirect", 302),
        ("hangs", "too_slow", None),
        ("drips", "too_slow", None),
        ("closes", "unreachable", None),
        ("garbles", "unreachable", None),
    ],
)
def test_a_failure_is_written_down_and_tried_again(
    cast: Cast,
    hook: Webhook,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    behaves: Any,
    reason: str,
    status: int,
) -> None:
    receiver.behaves = behaves
    say(cast.conversation)
    say(cast.conversation)
    with monkeypatch.context() as hurry:
        if reason == "too_slow":
            hurry.setattr(delivering, "post", quick_post)
        delivering.deliver(hook.pk)
    assert len(receiver.heard) == 1  # the second waits behind the first; no redirect was followed
    first, second = hook.deliveries.order_by("created_at")
    assert (first.state, first.reason, first.status_code, first.tries) == (State.PENDING, reason, status, 1)
    assert first.next_at > timezone.now()
    assert (second.tries, fresh(hook).failures) == (0, 1)
    assert delivering.webhooks_due() == []
    receiver.behaves = 204
    wait_over(hook)
    assert delivering.webhooks_due() == [hook.pk]
    delivering.deliver(hook.pk)
    assert {one.state for one in hook.deliveries.all()} == {State.DONE}
    assert receiver.events[0]["id"] == receiver.events[1]["id"]
    assert (fresh(hook).failures, fresh(hook).failing_since) == (0, None)


def quick_post(url: str, body: bytes, **options: Any) -> posting.Posted:
    return posting.post(url, body, **options, seconds=0.4)


def test_ten_tries_over_a_day_are_enough_and_it_can_be_sent_again(
    cast: Cast, hook: Webhook, receiver: Receiver
) -> None:
    assert timedelta(hours=20) < sum(delivering.WAITS, timedelta()) < timedelta(days=2)
    receiver.behaves = 503
    say(cast.conversation)
    for _ in range(len(delivering.WAITS) + 3):
        wait_over(hook)
        delivering.deliver(hook.pk)
    assert (row(hook).state, row(hook).tries) == (State.FAILED, len(delivering.WAITS) + 1)
    assert len(receiver.heard) == len(delivering.WAITS) + 1
    receiver.behaves = 200
    webhooks.send_again(row(hook))
    delivering.deliver(hook.pk)
    assert row(hook).state == State.DONE
    assert len({one["id"] for one in receiver.events}) == 1


def test_an_address_that_fails_for_days_is_paused_and_told_nothing_until_somebody_starts_it(
    cast: Cast, hook: Webhook, receiver: Receiver
) -> None:
    receiver.behaves = 500
    say(cast.conversation)
    delivering.deliver(hook.pk)
    assert fresh(hook).paused_at is None
    Webhook.objects.filter(pk=hook.pk).update(failing_since=timezone.now() - timedelta(days=3))
    wait_over(hook)
    delivering.deliver(hook.pk)
    paused = fresh(hook)
    assert paused.paused_at is not None
    assert paused.is_paused_for_failing
    wait_over(hook)
    assert delivering.webhooks_due() == []
    with pytest.raises(NotPossibleNow, match="paused"):
        webhooks.send_test(paused)
    receiver.behaves = 200
    webhooks.resume(paused)
    assert delivering.webhooks_due() == [hook.pk]
    delivering.deliver(hook.pk)
    assert row(hook).state == State.DONE  # what waited was kept


def test_a_worker_that_died_leaves_its_delivery_to_the_next_and_writes_nothing_any_more(
    cast: Cast, hook: Webhook, receiver: Receiver
) -> None:
    say(cast.conversation)
    lost = delivering.claim_next(hook.pk)
    assert lost is not None
    assert delivering.claim_next(hook.pk) is None  # somebody is at it
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert delivering.webhooks_due() == [hook.pk]
    delivering.deliver(hook.pk)
    assert (row(hook).state, row(hook).attempt) == (State.DONE, 2)
    delivering.settle(lost, posted=None, reason="too_slow")
    assert (row(hook).state, fresh(hook).failures) == (State.DONE, 0)


def test_while_a_secret_is_rotated_both_sign(cast: Cast, hook: Webhook, receiver: Receiver) -> None:
    secret = webhooks.rotate_secret(hook)
    assert secret != hook.secret
    webhooks.send_test(hook)
    delivering.deliver(hook.pk)
    headers, body = receiver.heard[-1]
    assert is_genuine(headers, body, secret=secret)
    assert is_genuine(headers, body, secret=hook.secret)
    Webhook.objects.update(old_secret_until=timezone.now())
    webhooks.send_test(fresh(hook))
    delivering.deliver(hook.pk)
    headers, body = receiver.heard[-1]
    assert is_genuine(headers, body, secret=secret)
    assert not is_genuine(headers, body, secret=hook.secret)


@pytest.fixture
def public_only(settings: Any) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = False


def test_a_private_address_is_reached_only_where_the_deployment_says_so(
    cast: Cast, hook: Webhook, receiver: Receiver, public_only: None
) -> None:
    say(cast.conversation)
    delivering.deliver(hook.pk)
    assert not receiver.heard
    assert (row(hook).state, row(hook).reason) == (State.PENDING, "private_address")
    for inside in (
        "http://169.254.169.254/",
        "http://[::1]:9/",
        "http://10.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
    ):
        with pytest.raises(FetchRefused, match="private_address"):
            posting.post(inside, b"{}", headers={}, permits=delivering.permitted)


@pytest.mark.parametrize(
    "address",
    ["", "ftp://x.example/", "javascript:alert(1)", "https://a:b@x.example/", "https://x.example:0/", "//x"],
)
def test_an_address_that_cannot_be_told_is_refused(cast: Cast, address: str) -> None:
    with pytest.raises(BadInput, match="address"):
        webhooks.add_webhook(cast.shop, address=address, kinds=ALL)
    with pytest.raises(BadInput, match="kind"):
        webhooks.add_webhook(cast.shop, address="https://x.example/", kinds=["test"])


def test_what_is_erased_is_in_no_log(cast: Cast, hook: Webhook, receiver: Receiver) -> None:
    say(cast.conversation, "My name is Jane")
    assert "Jane" not in str(list(Delivery.objects.values()))
    Message.objects.all().delete()
    assert not hook.deliveries.exists()
    assert delivering.deliver(hook.pk) is False


def test_the_log_ends_after_a_month(cast: Cast, hook: Webhook) -> None:
    webhooks.send_test(hook)
    delivering.deliver(hook.pk)
    webhooks.send_test(fresh(hook))
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    delivering.forget_old()
    assert row(hook).state == State.PENDING  # what waits stays
