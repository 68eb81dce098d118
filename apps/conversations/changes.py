"""What every change to a conversation is made of: lock it, append to it, tell those who watch.

All of it happens inside the transaction of whoever calls; events go out after its commit.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.conversations.desk import expecting, finding
from apps.conversations.live import bells, events
from apps.conversations.live.happening import Kind, announce
from apps.conversations.models import Conversation, Handoff, Message

SUMMARY_CHARACTERS = 300
FACT_MESSAGES = 10
LASTING_AFTER = timedelta(days=7)


def lock(conversation_id: UUID) -> Conversation:
    """The conversation, which nobody else changes until this transaction ends."""
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("site")
    return rows.get(pk=conversation_id)


def lock_of(message_id: UUID) -> Conversation | None:
    """The same for the conversation in which this message stands, with its contact; None when there is none."""
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("site", "contact")
    return rows.filter(messages=message_id).first()


def append(conversation: Conversation, *, sender: str, text: str = "", **fields: Any) -> Message:
    conversation.last_seq += 1
    conversation.updated_at = conversation.changed_at = timezone.now()
    conversation.save(update_fields=["last_seq", "updated_at", "changed_at", "snoozed_until"])
    conversation.is_touched = True
    message = Message.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        episode=conversation.episode,
        sender=sender,
        text=text,
        **fields,
    )
    finding.index(message, site_id=conversation.site_id)
    return message


def tell(
    conversation: Conversation, message: Message, type: str, *, code: str = "", withdrawn: bool = False
) -> None:
    """The customer's stream hears of what the customer may see; the site's people hear of everything."""
    if withdrawn or not message.private:
        data = {"message_id": str(message.pk)} | ({"code": code} if code else {})
        later(events.publish, conversation.pk, type, data, seq=message.seq)
    if not message.private and message.state != Message.State.GENERATING:
        announce(Kind.MESSAGE, conversation, message=message)
    notify(conversation, seq=message.seq)


def tell_status(conversation: Conversation, type: str, **data: Any) -> None:
    later(events.publish, conversation.pk, type, data, seq=conversation.last_seq)
    if type == "resolved":
        announce(Kind.RESOLVED, conversation)
    notify(conversation, seq=conversation.last_seq)


def tell_position(conversation: Conversation) -> None:
    later(_tell_position, conversation)
    notify(conversation, seq=conversation.last_seq)


def _tell_position(conversation: Conversation) -> None:
    expected = expecting.expectation(conversation)
    data = {
        "status": conversation.status,
        "position": expected.position,
        "minutes": expected.minutes,
        "is_served": expected.is_served,
        "opens_at": expected.opens_at.isoformat() if expected.opens_at else None,
        "reference": conversation.reference,
    }
    events.publish(conversation.pk, "handoff", data, seq=conversation.last_seq)


def touch(conversation_id: UUID) -> None:
    """What is derived from the conversation is out of date now."""
    Conversation.objects.filter(pk=conversation_id).update(changed_at=timezone.now())


def notify(conversation: Conversation, *, seq: int) -> None:
    """Each change to a conversation ends here."""
    if not conversation.is_touched:
        touch(conversation.pk)
    data = {"conversation_id": str(conversation.pk), "status": conversation.status, "seq": seq}
    later(events.publish_site, conversation.site_id, "conversation", data)


def later(call: Any, *args: Any, **kwargs: Any) -> None:
    """After the commit; what goes wrong there must not look as if the change had failed."""

    def told() -> None:  # Django names what failed in its log, and a `partial` has no name
        call(*args, **kwargs)

    transaction.on_commit(told, robust=True)


# --- Waiting for a person -----------------------------------------------------------------------------------


def open_handoff(conversation: Conversation, *, reason: str, comment: str = "") -> Handoff:
    """The conversation joins the waiting line, once; a second wish changes nothing."""
    handoff: Handoff | None = conversation.handoffs.filter(closed_at=None).first()
    is_new = handoff is None
    if handoff is None:
        handoff = conversation.handoffs.create(
            reason=reason, comment=comment, summary=summarize(conversation), facts=facts_of(conversation)
        )
    if conversation.status in (Conversation.Status.ASSISTANT, Conversation.Status.RESOLVED):
        conversation.status = Conversation.Status.WAITING
        conversation.waiting_since, conversation.snoozed_until = timezone.now(), None
        conversation.save(update_fields=["status", "waiting_since", "snoozed_until"])
    tell_position(conversation)
    if is_new:
        announce(Kind.HANDOFF, conversation, handoff=handoff)
    if conversation.site.assigns:
        later(bells.ring, bells.ASSIGN_WAITING, conversation.site_id)
    return handoff


def close_handoffs(conversation: Conversation, *, at: datetime | None = None) -> None:
    conversation.handoffs.filter(closed_at=None).update(closed_at=at or timezone.now())


def summarize(conversation: Conversation) -> str:
    """The customer's last words, for whoever takes over."""
    asked = conversation.messages.filter(sender=Message.Sender.CONTACT, episode=conversation.episode)
    last = asked.order_by("-seq").first()
    return last.gist[:SUMMARY_CHARACTERS] if last else ""


def facts_of(conversation: Conversation) -> dict[str, Any]:
    """What the customer asked and what the assistant tried in this episode, for a look at a glance."""
    rows = conversation.messages.filter(episode=conversation.episode, private=False).exclude(text="")
    latest = list(rows.prefetch_related("citations").order_by("-seq")[:FACT_MESSAGES])
    asked = [
        row.text[:SUMMARY_CHARACTERS] for row in reversed(latest) if row.sender == Message.Sender.CONTACT
    ]
    tried = [
        {
            "text": row.spoken_text[:SUMMARY_CHARACTERS],
            "reason": row.reason,
            "titles": [citation.title for citation in row.citations.all()],
            "is_open": row.offer_person or row.state == Message.State.FAILED,  # it was no answer
        }
        for row in reversed(latest)
        if row.sender == Message.Sender.ASSISTANT or (row.sender == Message.Sender.SYSTEM and row.reason)
    ]
    return {"asked": asked, "tried": tried, **_wanted(latest)}


def _wanted(latest_first: list[Message]) -> dict[str, Any]:
    """The action that the customer asked for last, with what they said for it."""
    wishes = (row.trace.get("action") for row in latest_first)
    wish = next((wish for wish in wishes if wish), None)
    return {"intent": wish["name"], "slots": wish["arguments"]} if wish else {}


def move_up(conversation: Conversation) -> None:
    """Those who still wait learn their new place."""
    waiting = Conversation.objects.filter(
        site_id=conversation.site_id, status=Conversation.Status.WAITING
    ).select_related("site")
    for other in waiting.order_by("waiting_since")[:50]:
        tell_position(other)


def note_return(conversation: Conversation) -> None:
    """The customer came back after a resolve: within seven days it was not a lasting one."""
    recent = conversation.resolutions.filter(
        reopened_at=None, resolved_at__gte=timezone.now() - LASTING_AFTER, episode=conversation.episode
    )
    recent.update(reopened_at=timezone.now())


def reopen(conversation: Conversation) -> None:
    """A new episode, with the assistant."""
    conversation.episode += 1
    conversation.status = Conversation.Status.ASSISTANT
    conversation.save(update_fields=["episode", "status"])
